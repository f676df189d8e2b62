/** Second examiner: processes that stand still, sessions nobody owns, two troubles at once. */
import { createRecord } from './record.ts'
import { fighting, losing } from './second-habits.ts'
import { type BlindStory, hour, minute, second } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'a simulator with 15 clients at three brokers stands still for minutes, all its connections go',
    accept: ['process_stall'],
    why: 'One process, three brokers, the same second, three times; other clients stay.',
    tell: (seed) => {
      const r = createRecord('mosquitto-2.1', seed, ['m1', 'm2', 'm3'])
      r.fleet(60, r.beginMs + 4 * hour)
      for (let index = 0; index < 15; index += 1) {
        const broker = r.brokers[index % 3] ?? 'm1'
        const of = r.device(`sim-${index}`, { broker, ip: '10.0.5.5', process: 'sim', keepalive: 30 })
        let atMs = r.beginMs + index * 200
        for (const stallMs of [40, 95, 180].map((at) => r.beginMs + at * minute)) {
          const link = r.connect(of, atMs)
          r.sawConnected(of, atMs)
          r.close(link, stallMs + 45_000 + r.between(0, 900), 'keepalive_timeout')
          const wakeMs = stallMs + 140_000 + r.between(0, 200)
          r.sawEnd(of, atMs, wakeMs, 'tcp_fin', { sinceReceivedMs: 141_000, sinceSentMs: 140_100 })
          atMs = wakeMs + 1015
        }
        r.connect(of, atMs)
        r.sawConnected(of, atMs)
      }
      return r.caseOf({ of: 'cluster' })
    },
  },
  {
    title: 'a host with twelve clients at two EMQX nodes hangs; the brokers tell one address',
    accept: ['process_stall', 'unknown'],
    why: 'One address, two brokers, one second, timeouts: a host. Or a site; the brokers cannot tell.',
    tell: (seed) => {
      const r = createRecord('emqx', seed, ['n1', 'n2'])
      r.fleet(120, r.beginMs + 3 * hour)
      const atMs = r.beginMs + 2 * hour
      for (let index = 0; index < 12; index += 1) {
        const broker = index % 2 === 0 ? 'n1' : 'n2'
        const link = r.connect(r.device(`host-${index}`, { broker, ip: '10.3.3.3' }), r.beginMs + index * 90)
        r.close(link, atMs + r.between(0, 800), 'keepalive_timeout')
        r.connect(link.device, atMs + 50 * second + r.between(0, 500))
      }
      return r.caseOf({ of: 'client', clientId: 'host-3' })
    },
  },
  {
    title: 'five machines behind one router time out within a minute, the other ninety do not',
    accept: ['unknown', 'client_stall'],
    why: 'A site with a bad minute; no process is shared, no second.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(90, r.beginMs + 3 * hour)
      for (let index = 0; index < 5; index += 1) {
        const link = r.connect(r.device(`site-${index}`, { ip: '91.4.4.4' }), r.beginMs)
        const atMs = r.beginMs + 100 * minute + r.between(0, 60) * second
        r.close(link, atMs, 'keepalive_timeout')
        r.connect(link.device, atMs + r.between(1, 30) * second)
      }
      return r.caseOf({ of: 'client', clientId: 'site-2' })
    },
  },
  {
    title: 'mqttjs_ and eight random characters each time, with clean=false: sessions pile up at mosquitto',
    accept: ['orphan_sessions'],
    why: 'A new id at each connect keeps a session for ever; 25 connections, thousands of sessions.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed)
      let sessions = 300
      for (let index = 0; index < 400; index += 1) {
        const atMs = r.beginMs + index * 30_000 + r.between(0, 9000)
        const id = `mqttjs_${Math.floor(r.random() * 0xffffffff)
          .toString(16)
          .padStart(8, '0')}`
        const link = r.connect(r.device(id, { clean: false, ip: `10.0.2.${index % 25}` }), atMs)
        r.close(link, atMs + r.between(6, 10) * minute, r.random() < 0.7 ? 'client_requested' : 'network_eof')
        sessions += 1
        if (index % 10 === 0) r.gauge('sessions', atMs, sessions)
      }
      return r.caseOf({ of: 'broker', broker: 'mosquitto' }, { fromMs: r.beginMs })
    },
  },
  {
    title: 'an application that asks for a kept session under an id it never uses again, told by itself too',
    accept: ['orphan_sessions'],
    why: 'clean=false, another id at each begin, and never a session present.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      r.fleet(14, r.beginMs + 6 * hour)
      for (let index = 0; index < 60; index += 1) {
        const id = `job-${Math.floor(r.random() * 1e12).toString(36)}`
        const of = r.device(id, { clean: false, ip: '10.0.9.9', process: `w${index}` })
        const atMs = r.beginMs + index * 5 * minute
        const link = r.connect(of, atMs)
        r.sawConnected(of, atMs, { sessionPresent: false })
        r.close(link, atMs + 4 * minute, 'client_requested')
        r.sawEnd(of, atMs, atMs + 4 * minute, 'local_end')
        if (index % 4 === 0) r.gauge('sessions', atMs, 40 + index)
      }
      return r.caseOf({ of: 'broker', broker: 'emqx' }, { fromMs: r.beginMs })
    },
  },
  {
    title: 'two troubles at one broker: an id used twice, and eight idle clients behind a limit of 100 s',
    accept: ['duplicate_client_id', 'idle_timeout'],
    why: 'Both are plain in the record; either may be said first.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(50, r.beginMs + 2 * hour)
      const pair = ['10.6.0.1', '10.6.0.2'].map((ip) => r.device('dup', { ip }))
      const [first, ...others] = pair
      if (first !== undefined)
        fighting(r, [first, ...others], { times: 120, fromMs: r.beginMs, everyMs: () => r.between(9800, 11_000) })
      for (let index = 0; index < 8; index += 1) {
        losing(r, r.device(`web-${index}`, { keepalive: 120, transport: 'wss' }), {
          times: 20,
          fromMs: r.beginMs + r.between(0, minute),
          ageMs: () => 100_000 + r.between(10, 500),
          awayMs: () => r.between(1, 3) * second,
          why: 'network_eof',
        })
      }
      return r.caseOf({ of: 'broker', broker: 'hivemq' })
    },
  },
  {
    title: 'a restart, after which the old passwords no longer hold',
    accept: ['broker_restart', 'bad_credentials', 'expired_credentials'],
    why: 'All fall with the shutdown, half are refused since.',
    tell: (seed) => {
      const r = createRecord('mosquitto-2.1', seed)
      const atMs = r.beginMs + hour
      r.fleet(24, atMs - minute, {}, 900).forEach((link, index) => {
        r.close(link, atMs, 'server_shutdown', { origin: 'inferred' })
        if (index % 2 === 0) r.connect(link.device, atMs + r.between(8, 12) * second)
        else
          for (let attempt = 0; attempt < 20; attempt += 1) {
            r.refuse(link.device, atMs + 9 * second + attempt * 30_000 + r.between(0, 500), { cause: 'not_authorized' })
          }
      })
      return r.caseOf({ of: 'broker', broker: 'mosquitto-2.1' }, { fromMs: r.beginMs })
    },
  },
  {
    title: 'a train: changing addresses and, in tunnels, links that the client believes in for long',
    accept: ['changing_network', 'half_open'],
    why: 'Both are so; the addresses change each time, and twice the client noticed ten minutes late.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      let atMs = r.beginMs
      for (let index = 0; index < 12; index += 1) {
        const of = r.device('train-9', { ip: `100.90.${index}.${index * 11 + 2}`, process: 'tr', keepalive: 60 })
        const link = r.connect(of, atMs)
        r.sawConnected(of, atMs)
        const lostMs = atMs + r.between(4, 50) * minute
        const lateMs = index % 6 === 3 ? 10 * minute : r.between(20, 70) * second
        r.close(link, lostMs + 90_000, 'keepalive_timeout')
        r.sawEnd(of, atMs, lostMs + lateMs, 'tcp_reset', {
          errorCode: 'ETIMEDOUT',
          sinceReceivedMs: Math.round(lateMs),
        })
        atMs = lostMs + Math.max(lateMs, 91_000) + second
      }
      return r.caseOf({ of: 'client', clientId: 'train-9' })
    },
  },
]
