/** Second examiner: restarts, storms, slow entry, and many who go or come together for other reasons. */
import { createRecord } from './record.ts'
import { type BlindStory, hour, minute, second } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'a small mosquitto is updated: 30 clients, the broker says that it terminates, asked of one',
    accept: ['broker_restart'],
    why: 'The broker announced its end, all were back within seconds.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed)
      const atMs = r.beginMs + 2 * hour
      for (const link of r.fleet(30, atMs - minute, {}, 900)) {
        r.close(link, atMs, 'server_shutdown', { origin: 'inferred' })
        r.connect(link.device, atMs + 6 * second + r.between(0, 3000))
      }
      return r.caseOf({ of: 'client', clientId: 'dev-0004' })
    },
  },
  {
    title: 'RabbitMQ goes into maintenance: ten clients with MQTT 5 are told 0x8B, nobody else tells',
    accept: ['broker_restart'],
    why: 'Server shutting down, in its own code, to all at once.',
    tell: (seed) => {
      const r = createRecord('rabbitmq', seed)
      for (let index = 0; index < 10; index += 1) {
        const of = r.device(`svc-${index}`, { protocol: 5 })
        r.sawConnected(of, r.beginMs + index * 300)
        const atMs = r.beginMs + 3 * hour + r.between(0, 900)
        r.sawEnd(of, r.beginMs + index * 300, atMs, 'server_disconnect', { code: 139 })
        for (let attempt = 1; attempt <= 9; attempt += 1) {
          const more = { phase: 'tcp', errorCode: 'ECONNREFUSED', attempt } as const
          r.sawFailed(of, atMs + attempt * 1010, 'refused', more)
        }
        r.sawConnected(of, atMs + 11 * second, { attempt: 10 })
      }
      return r.caseOf({ of: 'cluster' })
    },
  },
  {
    title: 'an EMQX node dies without a word; its clients stand at the others half a minute later',
    accept: ['broker_restart', 'unknown', 'reconnect_storm', 'uneven_after_restart', 'uneven_load'],
    why: 'The node tells no ends; only its count of zero and the arrivals elsewhere speak.',
    tell: (seed) => {
      const r = createRecord('emqx', seed, ['n1', 'n2', 'n3'])
      const atMs = r.beginMs + hour
      r.fleet(90, atMs - minute, {}, 2000).forEach((link, index) => {
        if (link.broker !== 'n1') return
        r.connect(link.device, atMs + r.between(1, 30) * second, { broker: index % 2 === 0 ? 'n2' : 'n3' })
      })
      for (const [broker, count] of [
        ['n1', 0],
        ['n2', 45],
        ['n3', 45],
      ] as const) {
        r.gauge('connected', r.beginMs, 30, broker)
        r.gauge('connected', atMs, count, broker)
      }
      return r.caseOf({ of: 'cluster' }, { fromMs: r.beginMs, toMs: atMs + 30 * minute })
    },
  },
  {
    title: 'the balancer fails over: 600 fall at three brokers at once and come back each second together',
    accept: ['reconnect_storm'],
    why: 'All fell within seconds and knock at multiples of one period, most in vain at first.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed, ['h1', 'h2', 'h3'])
      const atMs = r.beginMs + hour
      for (const link of r.fleet(600, atMs - minute, { reconnectMs: 2000 }, 4000)) {
        const endMs = atMs + r.between(0, 300)
        r.close(link, endMs, 'network_eof')
        let backMs = endMs
        const tries = Math.floor(r.between(1, 9))
        for (let attempt = 1; attempt < tries; attempt += 1) {
          backMs += 2000 + r.between(0, 40)
          r.refuse(link.device, backMs, { cause: 'server_error', reasonCode: 137 })
        }
        r.connect(link.device, backMs + 2000 + r.between(0, 40))
      }
      return r.caseOf({ of: 'cluster' }, { fromMs: r.beginMs, toMs: atMs + 20 * minute })
    },
  },
  {
    title: 'a broker is restarted and 300 with a period of five seconds put it down again, twice',
    accept: ['reconnect_storm', 'broker_restart'],
    why: 'A restart, then waves at the fixed period that end in new losses.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      const atMs = r.beginMs + hour
      for (const first of r.fleet(300, atMs - minute, { reconnectMs: 5000, protocol: 5 }, 4000)) {
        let link = first
        for (const fallMs of [atMs, atMs + 22 * second, atMs + 44 * second]) {
          const endMs = fallMs + r.between(0, 700)
          r.close(link, endMs, fallMs === atMs ? 'network_eof' : 'network_reset')
          link = r.connect(link.device, endMs + 5000 * Math.ceil(r.between(0, 3)) + r.between(0, 90))
        }
      }
      return r.caseOf({ of: 'broker', broker: 'hivemq' }, { fromMs: r.beginMs, toMs: atMs + 20 * minute })
    },
  },
  {
    title: 'the password backend answers after twenty seconds and more; who is in stays in',
    accept: ['slow_authentication'],
    why: 'CONNACK comes late or too late for everybody who enters, TCP is fast, no session ends.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      r.fleet(60, r.beginMs + 2 * hour, {}, 4000)
      for (let index = 0; index < 40; index += 1) {
        const of = r.device(`late-${index}`)
        let atMs = r.beginMs + 20 * minute + r.between(0, 30) * minute
        for (let attempt = 1; attempt <= 3; attempt += 1) {
          atMs += 31_000
          r.sawFailed(of, atMs, 'connack_timeout', { phase: 'mqtt', attempt })
        }
        const connectMs = Math.round(r.between(17_000, 29_500))
        r.connect(of, atMs + connectMs)
        r.sawConnected(of, atMs + connectMs, { connectMs, attempt: 4 })
      }
      for (let at = 20; at < 60; at += 1)
        r.gauge('canary_connect_ms', r.beginMs + at * minute, r.between(15_000, 28_000))
      return r.caseOf({ of: 'broker', broker: 'emqx' }, { fromMs: r.beginMs })
    },
  },
  {
    title: 'a TCP check every ten seconds from two balancers, HiveMQ knows no id',
    accept: ['health_checks'],
    why: 'Ends without any id at a fixed interval from two addresses.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(45, r.beginMs + 2 * hour)
      for (let index = 0; index < 700; index += 1) {
        const peer = `10.0.0.${index % 2 === 0 ? 4 : 5}:${30_000 + index}`
        const atMs = r.beginMs + index * 5000 + r.between(0, 60)
        r.tell({ type: 'disconnected', atMs, peer, cause: 'network_eof' })
      }
      return r.caseOf({ of: 'broker', broker: 'hivemq' }, { fromMs: r.beginMs })
    },
  },
  {
    title: 'scanners of the internet knock at odd times from everywhere',
    accept: ['unknown', 'protocol_violation'],
    why: 'Broken packets without an id, no interval, an address each: no balancer`s check.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(30, r.beginMs + 6 * hour)
      for (let index = 0; index < 25; index += 1) {
        const peer = `${20 + index * 3}.${index}.14.${index + 2}:${40_000 + index * 17}`
        r.tell({ type: 'disconnected', atMs: r.beginMs + r.between(0, 6) * hour, peer, cause: 'protocol_error' })
      }
      return r.caseOf({ of: 'broker', broker: 'hivemq' }, { fromMs: r.beginMs })
    },
  },
  {
    title: 'a shop switches its power off between ten and ten past ten',
    accept: ['unknown'],
    why: 'Forty go one after the other within minutes and nobody comes back: no storm, no restart is told.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      const links = r.fleet(40, r.beginMs + 2 * hour, {}, 4000)
      for (const link of links) r.close(link, r.beginMs + 2 * hour + r.between(0, 10) * minute, 'keepalive_timeout')
      return r.caseOf({ of: 'broker', broker: 'emqx' }, { fromMs: r.beginMs, toMs: r.beginMs + 4 * hour })
    },
  },
  {
    title: 'the early shift switches on: 200 come within a minute, nobody had fallen',
    accept: ['unknown'],
    why: 'Many begins without ends are a working day.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(50, r.beginMs + 3 * hour, {}, 400)
      for (let index = 0; index < 200; index += 1) {
        r.connect(r.device(`terminal-${index}`), r.beginMs + hour + r.between(0, minute))
      }
      return r.caseOf({ of: 'cluster' }, { fromMs: r.beginMs, toMs: r.beginMs + 3 * hour })
    },
  },
  {
    title: 'three of two hundred behind one switch fall in the same second',
    accept: ['unknown'],
    why: 'Three neighbours at once: not the broker. A switch, a cable; nobody recorded it.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(197, r.beginMs + 3 * hour)
      const atMs = r.beginMs + 2 * hour
      for (let index = 0; index < 3; index += 1) {
        const link = r.connect(r.device(`cell-${index}`, { ip: `10.8.3.${10 + index}` }), r.beginMs)
        r.close(link, atMs + r.between(0, 600), 'network_reset')
        r.connect(link.device, atMs + r.between(9, 14) * second)
      }
      return r.caseOf({ of: 'client', clientId: 'cell-1' })
    },
  },
  {
    title: 'twenty browsers lose a WebSocket proxy that is reloaded: close code 1001',
    accept: ['broker_restart', 'unknown', 'reconnect_storm'],
    why: '"Going away", to all at once: what they talked to was restarted; that it was a proxy nobody tells.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed)
      const atMs = r.beginMs + 80 * minute
      for (let index = 0; index < 20; index += 1) {
        const of = r.device(`view-${index}`, { transport: 'wss', runtime: 'browser' })
        r.sawConnected(of, r.beginMs + index * 2000)
        r.sawEnd(of, r.beginMs + index * 2000, atMs + r.between(0, 200), 'ws_close', { code: 1001, statusCode: 1001 })
        r.sawConnected(of, atMs + 1400 + r.between(0, 300))
      }
      return r.caseOf({ of: 'cluster' }, { fromMs: r.beginMs })
    },
  },
  {
    title: 'nodes are emptied by plan: EMQX sends a hundred to another server',
    accept: ['graceful', 'unknown', 'broker_restart', 'uneven_load', 'uneven_after_restart'],
    why: '`use_another_server` is wanted; it is no bad end.',
    tell: (seed) => {
      const r = createRecord('emqx', seed, ['n1', 'n2'])
      r.fleet(200, r.beginMs + hour, {}, 4000).forEach((link, index) => {
        if (link.broker !== 'n1') return
        const atMs = r.beginMs + hour + index * 1000
        r.close(link, atMs, 'server_redirect', { reason: 'use_another_server' })
        r.connect(link.device, atMs + 1100, { broker: 'n2' })
      })
      return r.caseOf({ of: 'client', clientId: 'dev-0040' })
    },
  },
]
