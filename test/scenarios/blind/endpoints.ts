/** Stories of endpoints: wrong, unknown, closed, behind proxies, with certificates of yesterday. */
import { createRecord } from './record.ts'
import { type BlindStory, day, hour, minute, ofBroker, ofClient } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'a device behind a firewall: no SYN is ever answered',
    accept: ['wrong_endpoint', 'endpoint_down'],
    why: 'never connected; every attempt ends after the whole connect timeout in the phase tcp',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      record.fleet(50, record.beginMs + 2 * hour)
      const one = record.device('new-7', { endpoint: 'mqtt.example.net:8884' })
      for (let attempt = 1; attempt < 80; attempt += 1) {
        record.sawFailed(one, record.beginMs + attempt * 31_000, 'connack_timeout', { phase: 'tcp', attempt })
      }
      return record.caseOf(ofClient('new-7'))
    },
  },
  {
    title: 'TLS spoken to the plain port',
    accept: ['wrong_endpoint'],
    why: 'never connected, TLS fails each time with EPROTO on port 1883',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      const one = record.device('tls-1', { transport: 'tls' })
      for (let attempt = 1; attempt < 200; attempt += 1) {
        record.sawFailed(one, record.beginMs + attempt * 1030, 'tls', { phase: 'tls', errorCode: 'EPROTO', attempt })
      }
      return record.caseOf(ofClient('tls-1'))
    },
  },
  {
    title: 'the certificate of the broker expired over night',
    accept: ['unknown', 'wrong_endpoint', 'endpoint_down', 'expired_credentials'],
    why: 'CERT_HAS_EXPIRED says it, but it worked for weeks: no wrong endpoint, and no token; any of these near enough',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const one = record.device('cert-1', { transport: 'tls' })
      const expiredMs = record.beginMs + 20 * day
      record.sawConnected(one, record.beginMs)
      record.sawEnd(one, record.beginMs, expiredMs, 'tcp_fin', { sinceReceivedMs: 8000, sinceSentMs: 8000 })
      for (let attempt = 1; attempt < 60; attempt += 1) {
        const evidence = { phase: 'tls', errorCode: 'CERT_HAS_EXPIRED', attempt } as const
        record.sawFailed(one, expiredMs + attempt * 1050, 'tls', evidence)
      }
      return record.caseOf(ofClient('cert-1'))
    },
  },
  {
    title: 'a host name that is not (or no longer) in the DNS',
    accept: ['endpoint_down', 'wrong_endpoint'],
    why: 'ENOTFOUND each second',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const one = record.device('dns-1', { endpoint: 'mqqt.example.net:1883' })
      for (let attempt = 1; attempt < 300; attempt += 1) {
        record.sawFailed(one, record.beginMs + attempt * 1015, 'dns', { errorCode: 'ENOTFOUND', phase: 'tcp', attempt })
      }
      return record.caseOf(ofClient('dns-1'))
    },
  },
  {
    title: 'thirty services find the port closed for ten minutes, then are back',
    accept: ['endpoint_down', 'broker_restart'],
    why: 'ECONNREFUSED at every client: nothing listens there; all lost their session in one moment before',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const downMs = record.beginMs + hour
      for (let index = 0; index < 30; index += 1) {
        const one = record.device(`svc-${index}`, { clockMs: Math.round(record.jitter(0, 900)) })
        record.sawConnected(one, record.beginMs)
        record.sawEnd(one, record.beginMs, downMs + record.between(0, 40), 'tcp_fin', { sinceReceivedMs: 9000 })
        for (let attempt = 1; attempt <= 60; attempt += 1) {
          record.sawFailed(one, downMs + attempt * 10_000, 'refused', {
            errorCode: 'ECONNREFUSED',
            phase: 'tcp',
            attempt,
          })
        }
        record.sawConnected(one, downMs + 10.3 * minute, { attempt: 61 })
      }
      return record.caseOf(ofBroker('mosquitto'))
    },
  },
  {
    title: 'an ingress is reloaded: a few 502, then all is well',
    accept: ['unknown', 'endpoint_down', 'overloaded_broker', 'broker_restart'],
    why: 'the server was going away (1001), and a proxy found nobody behind it for ten seconds: a restart in all but name',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      const one = record.device('ui', { transport: 'wss', runtime: 'browser' })
      record.sawConnected(one, record.beginMs)
      const cutMs = record.beginMs + 3 * hour
      record.sawEnd(one, record.beginMs, cutMs, 'ws_close', { code: 1001 })
      for (let attempt = 1; attempt < 10; attempt += 1) {
        record.sawFailed(one, cutMs + attempt * 1010, 'ws_handshake', {
          code: 502,
          statusCode: 502,
          phase: 'ws',
          attempt,
        })
      }
      record.sawConnected(one, cutMs + 10_200, { attempt: 10 })
      return record.caseOf(ofClient('ui'), { toMs: cutMs + 2 * hour })
    },
  },
]
