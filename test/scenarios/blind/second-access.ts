/** Second examiner: who may not in, who may not stay, who breaks the protocol, and who never arrives. */
import { createRecord } from './record.ts'
import { losing } from './second-habits.ts'
import { type BlindStory, hour, minute, second, ofClient } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'TLS to the plain port: no CONNACK ever, others at the same broker do well',
    accept: ['wrong_endpoint'],
    why: 'It never once connected, the handshake hangs in TLS, the fleet connects.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed)
      r.fleet(25, r.beginMs + hour)
      const of = r.device('new-cam', { transport: 'tls', endpoint: 'mqtt.example.net:1883' })
      for (let index = 1; index <= 40; index += 1) {
        r.sawFailed(of, r.beginMs + index * 31_000, 'connack_timeout', { phase: 'tls', attempt: index })
      }
      return r.caseOf(ofClient('new-cam'))
    },
  },
  {
    title: 'a WebSocket path that the server does not know: 404 each time',
    accept: ['wrong_endpoint'],
    why: 'The server answers, and says that there is nothing there.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      const of = r.device('web-new', { transport: 'wss', runtime: 'browser', endpoint: 'mqtt.example.net:8084' })
      for (let index = 1; index <= 25; index += 1) {
        r.sawFailed(of, r.beginMs + index * 1400, 'ws_handshake', {
          phase: 'ws',
          statusCode: 404,
          code: 404,
          attempt: index,
        })
      }
      return r.caseOf(ofClient('web-new'))
    },
  },
  {
    title: 'the certificate is for another name',
    accept: ['wrong_endpoint', 'unknown'],
    why: 'The name it connects to is not the name of the server: address or certificate is wrong.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      const of = r.device('new-gw', { transport: 'tls', endpoint: '10.0.0.9:8883' })
      for (let index = 1; index <= 30; index += 1) {
        r.sawFailed(of, r.beginMs + index * 2050, 'tls', {
          phase: 'tls',
          errorCode: 'ERR_TLS_CERT_ALTNAME_INVALID',
          attempt: index,
        })
      }
      return r.caseOf(ofClient('new-gw'))
    },
  },
  {
    title: 'a name that no longer resolves',
    accept: ['endpoint_down', 'wrong_endpoint'],
    why: 'ENOTFOUND each period, nothing else; it was never reached.',
    tell: (seed) => {
      const r = createRecord('aedes', seed)
      const of = r.device('fridge', { endpoint: 'mqtt.old.example:1883', reconnectMs: 5000 })
      for (let index = 1; index <= 60; index += 1) {
        r.sawFailed(of, r.beginMs + index * 5030, 'dns', { phase: 'tcp', errorCode: 'ENOTFOUND', attempt: index })
      }
      return r.caseOf(ofClient('fridge'))
    },
  },
  {
    title: 'thirty clients that had stood are refused by TCP for an hour',
    accept: ['endpoint_down', 'broker_restart'],
    why: 'They lost it together and nothing listens there since.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed)
      for (let index = 0; index < 30; index += 1) {
        const of = r.device(`till-${index}`, { reconnectMs: 20_000 })
        r.sawConnected(of, r.beginMs + index * 700)
        const lostMs = r.beginMs + 30 * minute + r.between(0, 300)
        r.sawEnd(of, r.beginMs + index * 700, lostMs, 'tcp_fin')
        for (let attempt = 1; attempt <= 60; attempt += 1) {
          const more = { phase: 'tcp', errorCode: 'ECONNREFUSED', attempt } as const
          r.sawFailed(of, lostMs + attempt * 20_020, 'refused', more)
        }
      }
      return r.caseOf({ of: 'cluster' })
    },
  },
  {
    title: 'mosquitto 2.0 says only that some unknown one was not authorised, every ten seconds',
    accept: ['bad_credentials'],
    why: 'A loop of refusals for wrong credentials; who it is this version does not tell.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed)
      r.fleet(22, r.beginMs + 2 * hour)
      for (let index = 0; index < 300; index += 1) {
        const atMs = r.beginMs + index * 10_020
        r.tell({ type: 'refused', atMs, cause: 'not_authorized', reason: 'disconnected, not authorised.' })
      }
      return r.caseOf({ of: 'broker', broker: 'mosquitto' })
    },
  },
  {
    title: 'a new meter with a mistyped password at a broker of a hundred, MQTT 5',
    accept: ['bad_credentials'],
    why: '0x86 from the first attempt on.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(100, r.beginMs + hour)
      const of = r.device('meter-new', { protocol: 5, username: 'meter' })
      for (let index = 0; index < 45; index += 1) {
        r.refuse(of, r.beginMs + index * 15_000 + r.between(0, 900), { cause: 'not_authorized', reasonCode: 134 })
      }
      return r.caseOf(ofClient('meter-new'))
    },
  },
  {
    title: 'connected yesterday, and after a cut of the network refused with code 5',
    accept: ['expired_credentials', 'bad_credentials', 'unknown'],
    why: 'What once was good is refused: expired or withdrawn, one occasion cannot tell.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      const of = r.device('crane')
      r.sawConnected(of, r.beginMs)
      const lostMs = r.beginMs + 8 * hour
      r.sawEnd(of, r.beginMs, lostMs, 'tcp_reset', { errorCode: 'ECONNRESET' })
      for (let index = 1; index <= 20; index += 1) {
        r.sawFailed(of, lostMs + index * 30_000, 'connack_refused', { phase: 'mqtt', code: 5, attempt: index })
      }
      return r.caseOf(ofClient('crane'))
    },
  },
  {
    title: 'a token of fifteen minutes at EMQX',
    accept: ['expired_credentials'],
    why: '`not_authorized` ends sessions at 900 s, and the old token is refused a few times until a new one comes.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      r.fleet(55, r.beginMs + 4 * hour)
      const of = r.device('app-ios', { protocol: 5, username: 'jwt' })
      let atMs = r.beginMs
      for (let index = 0; index < 12; index += 1) {
        const link = r.connect(of, atMs)
        atMs += 900_000 + r.between(0, 900)
        r.close(link, atMs, 'not_authorized')
        for (let attempt = 1; attempt <= 3; attempt += 1) {
          r.refuse(of, atMs + attempt * 1020, { cause: 'not_authorized', reasonCode: 135 })
        }
        atMs += r.between(5, 9) * second
      }
      r.connect(of, atMs)
      return r.caseOf(ofClient('app-ios'))
    },
  },
  {
    title: 'a custom authorizer at AWS IoT that allows an hour',
    accept: ['expired_credentials'],
    why: 'CUSTOMAUTH_TTL_EXPIRATION after an hour, again and again.',
    tell: (seed) => {
      const r = createRecord('aws-iot', seed)
      r.fleet(200, r.beginMs + 12 * hour)
      losing(r, r.device('kiosk-8'), {
        times: 10,
        fromMs: r.beginMs,
        ageMs: () => hour + r.between(0, 3) * second,
        awayMs: () => r.between(1, 3) * second,
        why: 'lifetime_expired',
      })
      return r.caseOf(ofClient('kiosk-8'))
    },
  },
  {
    title: 'the certificate of the broker ran out: those who must reconnect cannot',
    accept: ['unknown', 'expired_credentials'],
    why: 'The error says CERT_HAS_EXPIRED: a credential that expired, though the server`s.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      const of = r.device('office', { transport: 'tls', endpoint: 'mqtt.example.net:8883' })
      r.sawConnected(of, r.beginMs)
      const lostMs = r.beginMs + 5 * hour
      r.sawEnd(of, r.beginMs, lostMs, 'tcp_fin')
      for (let index = 1; index <= 50; index += 1) {
        r.sawFailed(of, lostMs + index * 1080, 'tls', { phase: 'tls', errorCode: 'CERT_HAS_EXPIRED', attempt: index })
      }
      return r.caseOf(ofClient('office'))
    },
  },
  {
    title: 'an AWS IoT policy without the topic: AUTH_ERROR a moment after each connect',
    accept: ['authorization_denied'],
    why: 'Sessions of a few hundred ms from one address, ended for lack of permission.',
    tell: (seed) => {
      const r = createRecord('aws-iot', seed)
      r.fleet(90, r.beginMs + hour)
      losing(r, r.device('lamp-77'), {
        times: 50,
        fromMs: r.beginMs,
        ageMs: () => r.between(120, 420),
        awayMs: () => r.between(1000, 1200),
        why: 'not_authorized',
      })
      return r.caseOf(ofClient('lamp-77'))
    },
  },
  {
    title: 'RabbitMQ hangs up right after the first publish; the client names the topic',
    accept: ['authorization_denied'],
    why: 'Tiny sessions of one address; the last packet is a PUBLISH to the same topic each time.',
    tell: (seed) => {
      const r = createRecord('rabbitmq', seed)
      r.fleet(30, r.beginMs + hour)
      losing(r, r.device('robot', { reconnectMs: 3000 }), {
        times: 40,
        fromMs: r.beginMs,
        ageMs: () => r.between(90, 240),
        awayMs: () => 3010,
        why: 'not_authorized',
        sees: 'tcp_fin',
        seen: () => ({ lastSent: 'publish', lastTopic: 'cell/7/cmd', publishesSent: 1, sinceSentMs: 30 }),
      })
      return r.caseOf(ofClient('robot'))
    },
  },
  {
    title: 'a shell script publishes every ten seconds and says goodbye',
    accept: ['graceful'],
    why: 'Tiny sessions, all ended by DISCONNECT: that is how the tool works.',
    tell: (seed) => {
      const r = createRecord('mosquitto-2.1', seed)
      r.fleet(15, r.beginMs + hour)
      losing(r, r.device('cron-temp'), {
        times: 80,
        fromMs: r.beginMs,
        ageMs: () => r.between(20, 60),
        awayMs: () => r.between(9.9, 10.1) * second,
        why: 'client_requested',
      })
      return r.caseOf(ofClient('cron-temp'))
    },
  },
]
