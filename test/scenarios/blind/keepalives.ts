/** Stories of keepalives: too short, mishandled by a broker, a library or a browser; and processes that stand still. */
import { createRecord } from './record.ts'
import { type BlindStory, day, hour, minute, ofBroker, ofClient, ofCluster, second } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'mosquitto: keepalive 2 over a radio link, sporadic timeouts',
    accept: ['keepalive_too_short'],
    why: 'a keepalive of 2 s leaves one second for a lost packet; the broker even counts whole seconds',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      record.fleet(15, record.beginMs + 6 * hour)
      const drone = record.device('drone', { keepalive: 2 })
      for (let round = 0, atMs = record.beginMs; round < 20; round += 1) {
        const link = record.connect(drone, atMs)
        atMs += record.between(30, 1500) * second
        record.close(link, atMs, 'keepalive_timeout')
        atMs += record.between(1, 4) * second
      }
      return record.caseOf(ofClient('drone'))
    },
  },
  {
    title: 'EMQX: keepalive 5 on a satellite terminal, whose pings take seconds',
    accept: ['keepalive_too_short'],
    why: 'timeouts at random ages; the client measured round trips of 2 to 4 s against a keepalive of 5',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      record.fleet(200, record.beginMs + 6 * hour)
      const ship = record.device('ship', { keepalive: 5, protocol: 5 })
      for (let round = 0, atMs = record.beginMs; round < 15; round += 1) {
        const link = record.connect(ship, atMs)
        record.sawConnected(ship, atMs, { connectMs: 2900 })
        const endMs = atMs + record.between(60, 1500) * second
        record.close(link, endMs, 'keepalive_timeout')
        record.sawEnd(ship, atMs, endMs - 200, 'keepalive_timeout', {
          rttMs: Math.round(record.between(2000, 4000)),
          sinceReceivedMs: 7500,
        })
        atMs = endMs + 3000
      }
      return record.caseOf(ofClient('ship'))
    },
  },
  ...(['broker', 'client'] as const).map(
    (of): BlindStory => ({
      title: `mosquitto: the clock of the machine leaps and 300 clients time out in one second; a ${of} is asked`,
      accept: ['broker_stall'],
      why: 'all keepalive timeouts have one second, whatever the keepalive, and everybody is back within seconds',
      tell: (seed) => {
        const record = createRecord('mosquitto', seed)
        const leapMs = record.beginMs + 50 * hour + 300
        for (let index = 0; index < 300; index += 1) {
          const one = record.device(`cam-${index}`, { keepalive: [30, 60, 120][index % 3] ?? 60 })
          const link = record.connect(one, record.beginMs + record.between(0, 40) * hour)
          record.close(link, leapMs + record.between(0, 600), 'keepalive_timeout')
          record.connect(one, leapMs + 1000 + record.between(100, 4000))
        }
        const span = { fromMs: leapMs - day, toMs: leapMs + 10 * minute }
        return record.caseOf(of === 'broker' ? ofBroker('mosquitto') : ofClient('cam-5'), span)
      },
    }),
  ),
  {
    title: 'five probes with keepalive 2 lost their network; mosquitto notices all in one sweep',
    accept: ['unknown', 'client_stall', 'keepalive_too_short'],
    why: 'mosquitto looks for silent clients every few seconds: one second for five is its sweep; 200 others stay',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const cutMs = record.beginMs + 2 * hour
      record.fleet(200, cutMs + hour)
      for (let index = 0; index < 5; index += 1) {
        const probe = record.device(`probe-${index}`, { keepalive: 2, ip: `10.66.0.${index + 1}` })
        record.close(record.connect(probe, record.beginMs), Math.floor(cutMs / 1000) * 1000 + 200, 'keepalive_timeout')
        record.connect(probe, cutMs + 9 * minute)
      }
      return record.caseOf(ofBroker('mosquitto'), { fromMs: cutMs - 5 * minute, toMs: cutMs + 15 * minute })
    },
  },
  {
    title: 'mosquitto gives up clients ten seconds after they connected, with a keepalive of 60',
    accept: ['broker_keepalive_defect'],
    why: 'a client with keepalive 60 cannot exceed its time after 10 s: the broker counts wrongly',
    tell: (seed) => {
      const record = createRecord('mosquitto-2.1', seed)
      for (let index = 0; index < 8; index += 1) {
        const one = record.device(`hmi-${index}`, { protocol: 5 })
        for (let round = 0, atMs = record.beginMs + record.between(0, 9000); round < 12; round += 1) {
          const link = record.connect(one, atMs)
          atMs += record.between(8, 15) * second
          record.close(link, atMs, 'keepalive_timeout')
          atMs += record.between(1, 2) * second
        }
      }
      return record.caseOf(ofBroker('mosquitto-2.1'))
    },
  },
  ...(['5.5.5', '5.5.2'] as const).map(
    (library): BlindStory => ({
      title: `a wall display that only receives, mqtt.js ${library}, is cut every 96 s`,
      accept: library === '5.5.5' ? ['receive_only_ping_defect'] : ['receive_only_ping_defect', 'unknown'],
      why: 'it published nothing and received something 0.4 s before each end: it never pings, but it did not stand still',
      tell: (seed) => {
        const record = createRecord('mosquitto', seed)
        record.fleet(25, record.beginMs + hour)
        const wall = record.device('wall', { library })
        for (let round = 0, atMs = record.beginMs; round < 20; round += 1) {
          const link = record.connect(wall, atMs)
          record.sawConnected(wall, atMs)
          const endMs = atMs + record.between(92, 97) * second
          record.close(link, endMs, 'keepalive_timeout')
          record.sawEnd(wall, atMs, endMs + 8, 'tcp_fin', {
            sinceReceivedMs: 400,
            sinceSentMs: Math.round(endMs - atMs - 30),
            publishesSent: 0,
            publishesReceived: 180,
            lastSent: 'subscribe',
          })
          atMs = endMs + 1020
        }
        return record.caseOf(ofClient('wall'))
      },
    }),
  ),
  {
    title: 'the same, and only mosquitto tells of it',
    accept: ['receive_only_ping_defect', 'client_stall', 'unknown'],
    why: 'a timeout 1.6 keepalives after each connect: the client never pings, but why the record does not say',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      record.fleet(25, record.beginMs + hour)
      const wall = record.device('wall')
      for (let round = 0, atMs = record.beginMs; round < 20; round += 1) {
        const link = record.connect(wall, atMs)
        atMs += record.between(92, 97) * second
        record.close(link, atMs, 'keepalive_timeout')
        atMs += 1020
      }
      return record.caseOf(ofClient('wall'))
    },
  },
  {
    title: 'a dashboard in a hidden tab, mqtt.js 4.3.7 over wss, keepalive 30',
    accept: ['timer_throttling'],
    why: 'a browser slows timers of hidden pages to one a minute, and this version has no worker timers',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      record.fleet(60, record.beginMs + 9 * hour)
      const tab = record.device('tab-1', { transport: 'wss', runtime: 'browser', library: '4.3.7', keepalive: 30 })
      for (let round = 0, atMs = record.beginMs; round < 9; round += 1) {
        const link = record.connect(tab, atMs)
        record.sawConnected(tab, atMs)
        const endMs = atMs + record.between(5, 50) * minute
        record.close(link, endMs, 'keepalive_timeout')
        record.sawEnd(tab, atMs, endMs + record.between(20, 900), 'ws_close', {
          code: 1006,
          hidden: true,
          sinceReceivedMs: 46_000,
        })
        atMs = endMs + record.between(1, 60) * second
      }
      return record.caseOf(ofClient('tab-1'))
    },
  },
  {
    title: 'a laptop with a current mqtt.js is closed four times a day',
    accept: ['client_stall', 'half_open', 'unknown', 'process_stall'],
    why: 'the page was visible and the library is current: the machine slept, which nothing proves',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      const lid = record.device('laptop', { transport: 'wss', runtime: 'browser', library: '5.14.1' })
      for (let round = 0, atMs = record.beginMs; round < 4; round += 1) {
        const link = record.connect(lid, atMs)
        record.sawConnected(lid, atMs)
        atMs += record.between(1, 3) * hour
        record.close(link, atMs, 'keepalive_timeout')
        const wokeMs = atMs + record.between(20, 90) * minute
        record.sawEnd(lid, link.beganMs, wokeMs, 'ws_close', {
          code: 1006,
          hidden: false,
          sinceReceivedMs: Math.round(wokeMs - atMs + 90_000),
        })
        atMs = wokeMs + 2000
      }
      return record.caseOf(ofClient('laptop'))
    },
  },
  {
    title: 'mqtt.js 5.3.4 without network: attempts every 30 s, which is its keepalive and not its period',
    accept: ['reconnect_loop_defect', 'endpoint_down'],
    why: 'the period is 1 s but attempts are spaced by the keepalive, in a version that has this defect',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const field = record.device('field', { library: '5.3.4', keepalive: 30 })
      const lostMs = record.beginMs + 2 * hour
      record.sawConnected(field, record.beginMs)
      record.sawEnd(field, record.beginMs, lostMs, 'keepalive_timeout', { sinceReceivedMs: 45_000 })
      for (let attempt = 1; attempt < 60; attempt += 1) {
        const code = { errorCode: 'ENETUNREACH', phase: 'tcp', attempt } as const
        record.sawFailed(field, lostMs + attempt * 30_000 + record.between(0, 60), 'unreachable', code)
      }
      return record.caseOf(ofClient('field'))
    },
  },
  ...(['broker and clients', 'broker'] as const).map(
    (views): BlindStory => ({
      title: `forty simulated devices in one process time out on three nodes at once; told by ${views}`,
      accept: views === 'broker' ? ['process_stall', 'unknown', 'client_stall'] : ['process_stall'],
      why: 'one address, three brokers, one moment, while 300 others stay: their process stood still',
      tell: (seed) => {
        const record = createRecord('emqx', seed, ['emqx@1', 'emqx@2', 'emqx@3'])
        const stallMs = record.beginMs + 6 * hour
        record.fleet(300, stallMs + hour)
        for (let index = 0; index < 40; index += 1) {
          const broker = record.brokers[index % 3] ?? 'emqx@1'
          const one = record.device(`sim-${index}`, { broker, ip: '10.8.8.8', process: 'simulator' })
          const link = record.connect(one, record.beginMs)
          const endMs = stallMs + record.between(0, 3000)
          record.close(link, endMs, 'keepalive_timeout')
          const backMs = stallMs + 70 * second + record.between(0, 1500)
          record.connect(one, backMs)
          if (views === 'broker') continue
          record.sawConnected(one, record.beginMs)
          record.sawEnd(one, record.beginMs, stallMs + 69 * second, 'tcp_fin', {
            sinceReceivedMs: 160_000,
            sinceSentMs: 160_000,
          })
          record.sawConnected(one, backMs)
        }
        return record.caseOf(ofCluster, { fromMs: stallMs - 10 * minute, toMs: stallMs + 10 * minute })
      },
    }),
  ),
]
