/** Second examiner: brokers that stall, fill up, restart, and fleets that come back; told by particular products. */
import { createRecord } from './record.ts'
import { losing } from './second-habits.ts'
import { type BlindStory, hour, minute, second } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'the clock of a mosquitto host leaps: 60 of 80 time out in one second',
    accept: ['broker_stall'],
    why: 'So many active clients cannot all fall silent in one second.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed)
      const leapMs = Math.ceil((r.beginMs + hour) / 1000) * 1000
      r.fleet(80, leapMs - minute, {}, 500).forEach((link, index) => {
        if (index % 4 === 0) return
        r.close(link, leapMs + r.between(0, 400), 'keepalive_timeout')
        r.connect(link.device, leapMs + r.between(900, 2400))
      })
      return r.caseOf({ of: 'broker', broker: 'mosquitto' }, { fromMs: r.beginMs, toMs: leapMs + 20 * minute })
    },
  },
  {
    title: 'a collector`s pause of minutes: 700 of 800 time out within two seconds, asked of one',
    accept: ['broker_stall'],
    why: 'Its end was one of hundreds at the same second.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      const atMs = r.beginMs + hour
      r.fleet(800, atMs - minute, {}, 4000).forEach((link, index) => {
        if (index % 8 === 7) return
        const endMs = atMs + r.between(0, 1700)
        r.close(link, endMs, 'keepalive_timeout')
        r.connect(link.device, endMs + r.between(900, 6000))
      })
      return r.caseOf({ of: 'client', clientId: 'dev-0123' })
    },
  },
  {
    title: 'EMQX behind a source-hash balancer: 560, 130 and 110 for hours',
    accept: ['uneven_load'],
    why: 'One of three holds 70 % all the time; nobody fell.',
    tell: (seed) => {
      const r = createRecord('emqx', seed, ['n1', 'n2', 'n3'])
      const shares = { n1: 560, n2: 130, n3: 110 }
      for (let at = 0; at < 240; at += 4) {
        for (const [broker, count] of Object.entries(shares)) {
          r.gauge('connected', r.beginMs + at * minute, count + Math.round(r.between(-4, 5)), broker)
        }
      }
      return r.caseOf({ of: 'cluster' }, { fromMs: r.beginMs, toMs: r.beginMs + 4 * hour })
    },
  },
  {
    title: 'two small brokers with 8 and 2 clients',
    accept: ['unknown'],
    why: 'Ten clients are no load that could be uneven.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed, ['left', 'right'])
      for (let index = 0; index < 10; index += 1) {
        r.connect(r.device(`io-${index}`, { broker: index < 8 ? 'left' : 'right' }), r.beginMs - minute + index)
      }
      return r.caseOf({ of: 'cluster' }, { toMs: r.beginMs + 5 * hour })
    },
  },
  {
    title: 'EMQX is updated node after node; the last one stays empty',
    accept: ['uneven_after_restart'],
    why: 'Each node fell to nothing in turn; the last got nobody back while the first two hold all.',
    tell: (seed) => {
      const r = createRecord('emqx', seed, ['n1', 'n2', 'n3'])
      const stages = [
        [0, 240, 241, 239],
        [40, 0, 361, 359],
        [44, 2, 361, 358],
        [60, 181, 0, 540],
        [64, 180, 3, 538],
        [80, 452, 268, 0],
        [84, 451, 267, 1],
      ] as const
      for (let at = 0; at < 200; at += 2) {
        const stage = stages.findLast(([from]) => from <= at) ?? stages[0]
        r.brokers.forEach((broker, index) => {
          const value = (stage[index + 1] ?? 0) + Math.round(r.between(0, 2))
          r.gauge('connected', r.beginMs + at * minute, value, broker)
        })
      }
      return r.caseOf({ of: 'cluster' }, { fromMs: r.beginMs, toMs: r.beginMs + 200 * minute })
    },
  },
  {
    title: 'the fullest of three EMQX nodes loses connections and is slow to answer',
    accept: ['overloaded_broker'],
    why: 'Ends and CONNACK timeouts only at the node with most clients and 97 % CPU.',
    tell: (seed) => {
      const r = createRecord('emqx', seed, ['n1', 'n2', 'n3'])
      const devices = Array.from({ length: 300 }, (_, index) =>
        r.device(`m-${index}`, { broker: index % 5 === 0 ? 'n2' : index % 5 === 1 ? 'n3' : 'n1' }),
      )
      for (const of of devices) {
        const times = of.broker === 'n1' ? Math.floor(r.between(1, 4)) : r.random() < 0.06 ? 1 : 0
        const told = losing(r, of, {
          times,
          fromMs: r.beginMs - r.between(0, 8) * minute,
          ageMs: () => r.between(10, 50) * minute,
          awayMs: () => r.between(1, 40) * second,
          why: r.random() < 0.6 ? 'network_eof' : 'keepalive_timeout',
        })
        if (of.broker === 'n1' && r.random() < 0.3) {
          r.sawFailed(of, told - second, 'connack_timeout', { phase: 'mqtt', attempt: 1 })
        }
      }
      for (let at = 0; at < 150; at += 5) {
        r.gauge('cpu_percent', r.beginMs + at * minute, r.between(93, 99), 'n1')
        r.gauge('cpu_percent', r.beginMs + at * minute, r.between(18, 30), 'n2')
        r.gauge('cpu_percent', r.beginMs + at * minute, r.between(18, 30), 'n3')
      }
      return r.caseOf({ of: 'cluster' }, { fromMs: r.beginMs })
    },
  },
  {
    title: 'max_connections 250 at mosquitto: flat at 250, the rest turned away',
    accept: ['connection_limit'],
    why: 'A count that stays at one figure, and attempts denied by that very rule.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed)
      for (let at = 0; at < 120; at += 3) {
        r.gauge('connected', r.beginMs + at * minute, 250 - (r.random() < 0.2 ? 1 : 0))
      }
      for (let index = 0; index < 500; index += 1) {
        const atMs = r.beginMs + index * 14_000 + r.between(0, 4000)
        r.tell({ type: 'refused', atMs, cause: 'quota_exceeded', reason: 'denied: max_connections exceeded.' })
      }
      return r.caseOf({ of: 'broker', broker: 'mosquitto' }, { fromMs: r.beginMs })
    },
  },
  {
    title: 'open files: flat at 1012, and new clients see their attempts closed',
    accept: ['connection_limit'],
    why: 'The count stands just below 1024 while attempts fail, seen by the clients alone.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed)
      for (let at = 0; at < 120; at += 3) r.gauge('connected', r.beginMs + at * minute, 1012 + Math.round(r.random()))
      for (let index = 0; index < 40; index += 1) {
        const of = r.device(`late-${index}`, { reconnectMs: 10_000 })
        for (let attempt = 1; attempt <= 12; attempt += 1) {
          const atMs = r.beginMs + 20 * minute + attempt * 40_000 + r.between(0, 9000)
          r.sawFailed(of, atMs, 'tcp_fin', { phase: 'mqtt', attempt })
        }
      }
      return r.caseOf({ of: 'broker', broker: 'mosquitto' }, { fromMs: r.beginMs, toMs: r.beginMs + 2 * hour })
    },
  },
  {
    title: 'a thousand clients, steady, and nobody turned away',
    accept: ['unknown'],
    why: 'A flat count is good news where nothing is refused.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed)
      for (let at = 0; at < 180; at += 3) r.gauge('connected', r.beginMs + at * minute, 1000)
      r.fleet(20, r.beginMs + 3 * hour)
      return r.caseOf({ of: 'broker', broker: 'mosquitto' }, { fromMs: r.beginMs, toMs: r.beginMs + 3 * hour })
    },
  },
]
