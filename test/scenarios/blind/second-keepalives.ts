/** Second examiner: silence, pings, limits of idleness, and what only looks so. */
import { createRecord } from './record.ts'
import { losing } from './second-habits.ts'
import { type BlindStory, hour, minute, second, ofClient } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'one sensor of fifty times out nine times a day with keepalive 30',
    accept: ['client_stall'],
    why: 'Irregular timeouts of one client, the others at the broker fine.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(50, r.beginMs + 20 * hour)
      losing(r, r.device('cellar', { keepalive: 30 }), {
        times: 9,
        fromMs: r.beginMs,
        ageMs: () => r.between(12, 190) * minute,
        awayMs: () => r.between(3, 240) * second,
        why: 'keepalive_timeout',
      })
      return r.caseOf(ofClient('cellar'))
    },
  },
  {
    title: 'a laptop that sleeps: it wakes to find the connection closed, the broker had timed it out',
    accept: ['client_stall', 'process_stall', 'half_open'],
    why: 'FIN with nothing received for much more than 1.5 keepalives: the client itself stood still.',
    tell: (seed) => {
      const r = createRecord('mosquitto-2.1', seed)
      r.fleet(30, r.beginMs + 12 * hour)
      const of = r.device('laptop', { keepalive: 60 })
      let atMs = r.beginMs
      for (let index = 0; index < 5; index += 1) {
        const link = r.connect(of, atMs)
        r.sawConnected(of, atMs)
        const sleepMs = atMs + r.between(20, 80) * minute
        const wakeMs = sleepMs + r.between(8, 40) * minute
        r.close(link, sleepMs + 90 * second, 'keepalive_timeout')
        r.sawEnd(of, atMs, wakeMs, 'tcp_fin', { sinceReceivedMs: Math.round(wakeMs - sleepMs), sinceSentMs: 400 })
        atMs = wakeMs + second
      }
      r.connect(of, atMs)
      return r.caseOf(ofClient('laptop'))
    },
  },
  {
    title: 'mosquitto 2.1 says "exceeded timeout" of a client seven to twelve seconds old with keepalive 60',
    accept: ['broker_keepalive_defect'],
    why: 'No client can be silent for 90 s in a session of 10 s.',
    tell: (seed) => {
      const r = createRecord('mosquitto-2.1', seed)
      r.fleet(18, r.beginMs + hour)
      losing(r, r.device('zigbee2mqtt'), {
        times: 30,
        fromMs: r.beginMs,
        ageMs: () => r.between(7, 12) * second,
        why: 'keepalive_timeout',
      })
      return r.caseOf(ofClient('zigbee2mqtt'))
    },
  },
  {
    title: 'a max_keepalive: many with keepalive 300 are timed out before the first minute is over',
    accept: ['broker_keepalive_defect'],
    why: 'Timeouts of sessions far younger than their keepalive, of everybody with a long one.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed)
      r.fleet(40, r.beginMs + hour, { keepalive: 30 })
      for (let index = 0; index < 12; index += 1) {
        losing(r, r.device(`meter-${index}`, { keepalive: 300 }), {
          times: 10,
          fromMs: r.beginMs + r.between(0, minute),
          ageMs: () => r.between(15, 41) * second,
          awayMs: () => r.between(2, 20) * second,
          why: 'keepalive_timeout',
        })
      }
      return r.caseOf({ of: 'broker', broker: 'mosquitto' })
    },
  },
  {
    title: 'nginx with proxy_timeout 10 minutes before EMQX, keepalive 900',
    accept: ['idle_timeout'],
    why: 'Idle clients end at 600 s, keepalive is longer, busy clients with keepalive 60 live.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      r.fleet(80, r.beginMs + 4 * hour)
      for (let index = 0; index < 6; index += 1) {
        losing(r, r.device(`valve-${index}`, { keepalive: 900 }), {
          times: 12,
          fromMs: r.beginMs + r.between(0, 10) * minute,
          ageMs: () => 600_000 + r.between(10, 900),
          awayMs: () => r.between(1, 4) * second,
          why: 'network_eof',
        })
      }
      return r.caseOf({ of: 'broker', broker: 'emqx' })
    },
  },
  {
    title: 'a cloud balancer forgets flows after 240 s; the client alone tells, and publishes at odd times',
    accept: ['idle_timeout'],
    why: 'Ages differ, the silence before each reset is 240 s; keepalive 300.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      losing(r, r.device('parking', { keepalive: 300 }), {
        times: 11,
        fromMs: r.beginMs,
        ageMs: () => r.between(5, 60) * minute,
        sees: 'tcp_reset',
        seen: () => {
          const silentMs = Math.round(240_000 + r.between(0, 700))
          return {
            errorCode: 'ECONNRESET',
            sinceReceivedMs: silentMs,
            sinceSentMs: silentMs,
            publishesSent: 9,
            lastSent: 'publish',
          }
        },
      })
      return r.caseOf(ofClient('parking'))
    },
  },
  {
    title: 'HAProxy with 50 s before mosquitto 2.0, keepalive 60, whole seconds',
    accept: ['idle_timeout'],
    why: 'Begin to end is 50 s again and again, less than the keepalive; no DISCONNECT.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed)
      r.fleet(10, r.beginMs + hour, { keepalive: 15 })
      losing(r, r.device('doorbell'), {
        times: 35,
        fromMs: r.beginMs,
        ageMs: () => 50_000 + r.between(5, 60),
        awayMs: () => 1010,
        why: 'network_eof',
      })
      return r.caseOf(ofClient('doorbell'))
    },
  },
  {
    title: 'a display that only receives, mqtt.js 5.5.5, keepalive 40',
    accept: ['receive_only_ping_defect'],
    why: 'Ends at 1.5 keepalives while messages come in, none goes out, and that version has the defect.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(70, r.beginMs + 2 * hour)
      losing(r, r.device('display-4', { keepalive: 40, library: '5.5.5' }), {
        times: 30,
        fromMs: r.beginMs,
        ageMs: () => r.between(60.2, 63.5) * second,
        why: 'keepalive_timeout',
        sees: 'tcp_fin',
        seen: () => ({ publishesSent: 0, publishesReceived: 600, sinceReceivedMs: 90, sinceSentMs: 60_900 }),
      })
      return r.caseOf(ofClient('display-4'))
    },
  },
  {
    title: 'browser tabs in the background, keepalive 20, mqtt.js 5.2.1, client view only',
    accept: ['timer_throttling'],
    why: 'Hidden pages, keepalive below a minute, a version without timers in workers.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      const traits = { keepalive: 20, library: '5.2.1', transport: 'wss', runtime: 'browser' } as const
      losing(r, r.device('desk-web', traits), {
        times: 14,
        fromMs: r.beginMs,
        ageMs: () => r.between(35, 400) * second,
        awayMs: () => r.between(1, 60) * second,
        sees: 'keepalive_timeout',
        seen: () => ({ hidden: true, sinceReceivedMs: 58_000 }),
      })
      return r.caseOf(ofClient('desk-web'))
    },
  },
  {
    title: 'a plain mosquitto lifecycle feed of a browser fleet with keepalive 15: hidden pages tell for themselves',
    accept: ['timer_throttling', 'client_stall'],
    why: 'Both views; timeouts only while hidden with mqtt.js 4.3.7.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed)
      r.fleet(35, r.beginMs + 4 * hour)
      const traits = { keepalive: 15, library: '4.3.7', transport: 'ws', runtime: 'browser' } as const
      losing(r, r.device('kiosk-admin', traits), {
        times: 12,
        fromMs: r.beginMs,
        ageMs: () => r.between(2, 15) * minute,
        awayMs: () => r.between(5, 55) * second,
        why: 'keepalive_timeout',
        sees: 'ws_close',
        seen: () => ({ hidden: true, code: 1006, sinceReceivedMs: 40_000, sinceSentMs: 30_000 }),
      })
      return r.caseOf(ofClient('kiosk-admin'))
    },
  },
  {
    title: 'network gone for twenty minutes, mqtt.js 5.3.4, keepalive 30: attempts at the pace of the keepalive',
    accept: ['reconnect_loop_defect'],
    why: 'Offline and reconnect every 30 s though the period is 1 s, with a version that has the loop.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      const of = r.device('booth', { keepalive: 30, library: '5.3.4' })
      r.sawConnected(of, r.beginMs)
      const lostMs = r.beginMs + 14 * minute
      r.sawEnd(of, r.beginMs, lostMs, 'keepalive_timeout', { sinceReceivedMs: 45_000 })
      for (let index = 1; index <= 40; index += 1) {
        const atMs = lostMs + second + index * 30_000 + r.between(0, 40)
        r.claim(of, atMs, { type: 'offline' }, {})
        const more = { clientCause: 'keepalive_timeout', phase: 'tcp', attempt: index } as const
        r.claim(of, atMs + 1, { type: 'refused', keepaliveSeconds: 30, cause: 'keepalive_timeout' }, more)
        r.claim(of, atMs + 3, { type: 'reconnecting' }, { attempt: index + 1 })
      }
      return r.caseOf(ofClient('booth'))
    },
  },
]
