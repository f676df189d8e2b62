/** Second examiner: one id in several hands, and what only looks so. */
import { createRecord } from './record.ts'
import { fighting, losing } from './second-habits.ts'
import { type BlindStory, hour, minute, second, ofClient } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'two panels cloned from one SD card at mosquitto 2.0, each back after 5 s',
    accept: ['duplicate_client_id'],
    why: 'Take-overs every few seconds, connects in turn from two addresses.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed)
      r.fleet(12, r.beginMs + hour)
      const [a, b] = [r.device('panel-7', { ip: '10.4.0.17' }), r.device('panel-7', { ip: '10.4.0.31' })]
      fighting(r, [a, b], { times: 44, fromMs: r.beginMs, everyMs: () => r.between(4800, 5600) })
      return r.caseOf(ofClient('panel-7'))
    },
  },
  {
    title: 'a thing name used by a test bench and by the machine at AWS IoT, every 2 s',
    accept: ['duplicate_client_id'],
    why: 'DUPLICATE_CLIENTID dozens of times from two addresses; ports are not told.',
    tell: (seed) => {
      const r = createRecord('aws-iot', seed)
      r.fleet(300, r.beginMs + hour)
      const [a, b] = [r.device('press-02', { ip: '18.2.9.4' }), r.device('press-02', { ip: '93.184.2.77' })]
      fighting(r, [a, b], { times: 60, fromMs: r.beginMs, everyMs: () => r.between(1700, 2600) })
      return r.caseOf(ofClient('press-02'))
    },
  },
  {
    title: 'three machines with a copied configuration at EMQX, asked of the whole broker of 150',
    accept: ['duplicate_client_id'],
    why: 'All bad ends are `discarded` of one id from three addresses.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      r.fleet(150, r.beginMs + hour)
      const devices = ['172.16.1.8', '172.16.1.9', '172.16.5.2'].map((ip) =>
        r.device('opc-bridge', { ip, protocol: 5 }),
      )
      const [first, ...others] = devices
      if (first !== undefined)
        fighting(r, [first, ...others], { times: 90, fromMs: r.beginMs, everyMs: () => r.between(900, 3100) })
      return r.caseOf({ of: 'broker', broker: 'emqx' })
    },
  },
  {
    title: 'two gateways with one id at RabbitMQ, which gives no reason',
    accept: ['duplicate_client_id'],
    why: 'Each begin from the one address ends the session from the other within milliseconds.',
    tell: (seed) => {
      const r = createRecord('rabbitmq', seed)
      r.fleet(30, r.beginMs + hour)
      const [a, b] = [r.device('gw', { ip: '10.9.1.2' }), r.device('gw', { ip: '10.9.7.40' })]
      fighting(r, [a, b], { times: 40, fromMs: r.beginMs, everyMs: () => r.between(9500, 11_500) })
      return r.caseOf(ofClient('gw'))
    },
  },
  {
    title: 'one id twice at aedes, which tells neither address nor reason',
    accept: ['duplicate_client_id', 'forked_client_id', 'unknown'],
    why: 'The next begin follows the end within milliseconds, faster than any reconnect: somebody else came. Or one does not dare.',
    tell: (seed) => {
      const r = createRecord('aedes', seed)
      r.fleet(8, r.beginMs + hour)
      const of = r.device('thermostat')
      losing(r, of, {
        times: 50,
        fromMs: r.beginMs,
        ageMs: () => r.between(980, 1100),
        awayMs: () => 3,
        why: 'session_taken_over',
      })
      return r.caseOf(ofClient('thermostat'))
    },
  },
  {
    title: 'only the client tells: DISCONNECT 0x8E every four seconds',
    accept: ['duplicate_client_id', 'forked_client_id'],
    why: 'The broker itself said 25 times that another took the session.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      const of = r.device('scada-view', { protocol: 5, reconnectMs: 4000 })
      losing(r, of, {
        times: 25,
        fromMs: r.beginMs,
        ageMs: () => r.between(200, 3900),
        awayMs: () => 4000,
        sees: 'server_disconnect',
        seen: () => ({ code: 142 }),
      })
      return r.caseOf(ofClient('scada-view'))
    },
  },
  {
    title: 'four workers of a process manager share an id at mosquitto 2.1',
    accept: ['forked_client_id'],
    why: 'One address, a new port each time, a take-over every half second with a reconnect period of 2 s.',
    tell: (seed) => {
      const r = createRecord('mosquitto-2.1', seed)
      r.fleet(20, r.beginMs + hour)
      const of = r.device('ingest', { ip: '10.0.0.5', reconnectMs: 2000 })
      fighting(r, [of], { times: 120, fromMs: r.beginMs, everyMs: () => r.between(420, 580) })
      return r.caseOf(ofClient('ingest'))
    },
  },
  {
    title: 'three tabs of a dashboard keep the id in localStorage, both views',
    accept: ['forked_client_id', 'duplicate_client_id'],
    why: 'One address, three browser processes: forked; that the id is used twice is true too.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(40, r.beginMs + hour)
      const tabs = ['t1', 't2', 't3'].map((process) =>
        r.device('web-anna', { ip: '81.7.3.2', process, transport: 'wss', runtime: 'browser', protocol: 5 }),
      )
      let atMs = r.beginMs
      for (let index = 0; index < 36; index += 1) {
        const of = tabs[index % 3] ?? r.device('web-anna')
        const link = r.connect(of, atMs)
        r.sawConnected(of, atMs)
        const beganMs = atMs
        atMs += r.between(310, 370)
        r.close(link, atMs, 'session_taken_over')
        r.sawEnd(of, beganMs, atMs + 4, 'server_disconnect', { code: 142 })
      }
      return r.caseOf(ofClient('web-anna'))
    },
  },
  {
    title: 'EMQX, one address without port, a take-over each second: a fork, or two devices behind one NAT',
    accept: ['forked_client_id', 'duplicate_client_id'],
    why: 'Without ports nobody can tell; both say that the id is in use twice.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      const of = r.device('counter', { ip: '62.1.1.1' })
      fighting(r, [of], { times: 70, fromMs: r.beginMs, everyMs: () => r.between(850, 1150) })
      return r.caseOf(ofClient('counter'))
    },
  },
  {
    title: 'a truck leaves a tunnel: one take-over, then hours of rest',
    accept: ['benign_takeover'],
    why: 'The old session had been silent, the new one lives; nothing to repair.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      r.fleet(100, r.beginMs + 4 * hour)
      const of = r.device('truck-11', { keepalive: 120, protocol: 5 })
      const old = r.connect(of, r.beginMs)
      r.sawConnected(of, r.beginMs)
      const backMs = r.beginMs + 52 * minute
      r.sawEnd(of, r.beginMs, backMs - 4 * second, 'keepalive_timeout', { sinceReceivedMs: 118_000 })
      r.close(old, backMs, 'session_taken_over')
      r.connect({ ...of, ip: '100.64.3.9' }, backMs + 8)
      r.sawConnected(of, backMs + 8)
      return r.caseOf(ofClient('truck-11'), { toMs: backMs + 3 * hour })
    },
  },
  {
    title: 'a robot changes between Wi-Fi and LTE a few times a shift and takes its own session over',
    accept: ['benign_takeover', 'changing_network', 'unknown'],
    why: 'Half an hour and more between take-overs, one device; surely no fight for an id.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(60, r.beginMs + 8 * hour)
      const ways = ['10.2.0.9', '100.70.1.4'].map((ip) => r.device('agv-3', { ip, process: 'agv', keepalive: 30 }))
      let atMs = r.beginMs
      for (let index = 0; index < 6; index += 1) {
        const of = ways[index % 2] ?? r.device('agv-3')
        const link = r.connect(of, atMs)
        atMs += r.between(25, 70) * minute
        r.close(link, atMs, 'session_taken_over')
      }
      r.connect(r.device('agv-3', { ip: '10.2.0.9', process: 'agv', keepalive: 30 }), atMs + 5)
      return r.caseOf(ofClient('agv-3'), { toMs: atMs + hour })
    },
  },
  {
    title: 'two lines of a plant have a mosquitto each and a copied id lives at both',
    accept: ['id_on_two_brokers'],
    why: 'Sessions of one id overlap for hours at two brokers and none takes the other over.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed, ['line-a', 'line-b'])
      r.fleet(16, r.beginMs + 6 * hour)
      for (const [broker, ip] of [
        ['line-a', '10.1.0.20'],
        ['line-b', '10.2.0.20'],
      ] as const) {
        losing(r, r.device('plc-20', { broker, ip }), {
          times: 3,
          fromMs: r.beginMs + r.between(0, 5) * minute,
          ageMs: () => r.between(60, 110) * minute,
          awayMs: () => r.between(2, 9) * second,
          why: 'network_eof',
        })
      }
      return r.caseOf(ofClient('plc-20'))
    },
  },
  {
    title: 'a device goes over to the other broker; its old one misses it only at 1.5 keepalives',
    accept: ['unknown', 'half_open', 'client_stall', 'benign_takeover'],
    why: 'They overlap once for 90 s: one device that moved, no id in two hands.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed, ['one', 'two'])
      r.fleet(50, r.beginMs + 3 * hour)
      const of = r.device('pump', { broker: 'one', ip: '10.0.8.8' })
      const link = r.connect(of, r.beginMs)
      const movedMs = r.beginMs + 71 * minute
      r.connect(of, movedMs, { broker: 'two' })
      r.close(link, movedMs + 84 * second, 'keepalive_timeout')
      return r.caseOf(ofClient('pump'), { toMs: movedMs + hour })
    },
  },
  {
    title: 'an application that makes a new client whenever one is slow and forgets the old',
    accept: ['forked_client_id', 'duplicate_client_id', 'closed_by_application'],
    why: 'One process fights itself: the id is in use twice on one machine.',
    tell: (seed) => {
      const r = createRecord('mosquitto-2.1', seed)
      r.fleet(5, r.beginMs + hour)
      const of = r.device('nodered-flow', { ip: '10.0.3.3', process: 'nr1' })
      fighting(r, [of], { times: 50, fromMs: r.beginMs, everyMs: () => r.between(950, 1080) })
      return r.caseOf(ofClient('nodered-flow'))
    },
  },
  {
    title: 'primary and standby of a pair share an id by intention: over once, back an hour later',
    accept: ['benign_takeover', 'unknown'],
    why: 'Two take-overs in five hours; neither session came to harm.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      r.fleet(25, r.beginMs + 5 * hour)
      const [a, b] = [r.device('historian', { ip: '10.0.1.1' }), r.device('historian', { ip: '10.0.1.2' })]
      const first = r.connect(a, r.beginMs)
      const overMs = r.beginMs + 2 * hour
      const other = r.connect(b, overMs)
      r.close(first, overMs + 1, 'session_taken_over')
      r.connect(a, overMs + hour)
      r.close(other, overMs + hour + 1, 'session_taken_over')
      return r.caseOf(ofClient('historian'), { toMs: overMs + 3 * hour })
    },
  },
]
