/** Second examiner: thin records, quiet ones, minutes alone. */
import { createRecord } from './record.ts'
import { fighting, losing } from './second-habits.ts'
import { type BlindStory, hour, minute, second } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'minutes alone: one id taken over forty times a minute from two addresses',
    accept: ['duplicate_client_id'],
    why: 'The minute names the client, its take-overs and both addresses.',
    tell: (seed) => {
      const r = createRecord('mosquitto-2.1', seed)
      r.fleet(40, r.beginMs + hour)
      const [a, b] = [r.device('agent', { ip: '10.1.1.1' }), r.device('agent', { ip: '10.1.1.2' })]
      fighting(r, [a, b], { times: 500, fromMs: r.beginMs, everyMs: () => r.between(1300, 1700) })
      return r.caseOf({ of: 'broker', broker: 'mosquitto-2.1' }, { minutesOnly: true })
    },
  },
  {
    title: 'minutes alone: three closes a minute, of this one and that one',
    accept: ['unknown'],
    why: 'A rate and nothing else.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      r.fleet(400, r.beginMs + 2 * hour, {}, 2.2)
      return r.caseOf({ of: 'broker', broker: 'emqx' }, { minutesOnly: true, fromMs: r.beginMs })
    },
  },
  {
    title: 'minutes alone: 200 fall in one minute and stand again in the next',
    accept: ['unknown', 'reconnect_storm', 'broker_restart', 'broker_stall'],
    why: 'A mass fall; whether restart, balancer or storm the minutes cannot tell.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      const atMs = r.beginMs + hour
      for (const link of r.fleet(200, atMs - minute, {}, 4000)) {
        r.close(link, atMs + r.between(0, 2500), 'network_eof')
        r.connect(link.device, atMs + r.between(2, 70) * second)
      }
      return r.caseOf({ of: 'broker', broker: 'hivemq' }, { minutesOnly: true, fromMs: r.beginMs })
    },
  },
  {
    title: 'eight hundred devices on an ordinary day',
    accept: ['unknown'],
    why: 'A few lost connections an hour all over the fleet: there is nothing to find.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed, ['h1', 'h2', 'h3', 'h4'])
      r.fleet(800, r.beginMs + 6 * hour, {}, 120)
      return r.caseOf({ of: 'cluster' }, { fromMs: r.beginMs })
    },
  },
  {
    title: 'a device that has stood for three hours',
    accept: ['unknown'],
    why: 'Nothing happened.',
    tell: (seed) => {
      const r = createRecord('mosquitto', seed)
      r.fleet(9, r.beginMs + 3 * hour)
      const of = r.device('good', { keepalive: 25 })
      r.connect(of, r.beginMs)
      r.sawConnected(of, r.beginMs)
      return r.caseOf({ of: 'client', clientId: 'good' }, { toMs: r.beginMs + 3 * hour })
    },
  },
  {
    title: 'begins without ends: the watcher missed the other half',
    accept: ['unknown'],
    why: 'Five begins from one address hours apart; how the sessions ended is not recorded.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      r.fleet(30, r.beginMs + 9 * hour)
      const of = r.device('dim')
      for (let index = 0; index < 5; index += 1) r.connect(of, r.beginMs + index * r.between(90, 100) * minute)
      return r.caseOf({ of: 'client', clientId: 'dim' })
    },
  },
  {
    title: 'aedes: it goes and comes at odd times',
    accept: ['unknown'],
    why: 'Only that it went is told, neither why nor from where.',
    tell: (seed) => {
      const r = createRecord('aedes', seed)
      r.fleet(15, r.beginMs + 8 * hour)
      losing(r, r.device('boat'), {
        times: 9,
        fromMs: r.beginMs,
        ageMs: () => r.between(4, 90) * minute,
        awayMs: () => r.between(2, 600) * second,
        why: 'network_eof',
      })
      return r.caseOf({ of: 'client', clientId: 'boat' })
    },
  },
  {
    title: 'CONNACK 3, server unavailable, to one client; nobody else complains',
    accept: ['unknown', 'overloaded_broker', 'connection_limit', 'slow_authentication'],
    why: 'The broker says that it cannot just now, not why.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(50, r.beginMs + 2 * hour)
      const of = r.device('probe')
      for (let index = 1; index <= 14; index += 1) {
        r.sawFailed(of, r.beginMs + hour + index * 5020, 'connack_refused', { phase: 'mqtt', code: 3, attempt: index })
      }
      return r.caseOf({ of: 'client', clientId: 'probe' })
    },
  },
  {
    title: 'a client of MQTT 5 at a broker that knows 3.1.1 only: code 1',
    accept: ['protocol_violation', 'wrong_endpoint', 'unknown'],
    why: 'Unacceptable protocol version, from the first attempt on: client and server do not match.',
    tell: (seed) => {
      const r = createRecord('rabbitmq', seed)
      const of = r.device('new-lib', { protocol: 5 })
      for (let index = 1; index <= 30; index += 1) {
        r.sawFailed(of, r.beginMs + index * 1030, 'connack_refused', { phase: 'mqtt', code: 1, attempt: index })
      }
      return r.caseOf({ of: 'client', clientId: 'new-lib' })
    },
  },
  {
    title: 'two ends at 61 s, keepalive 60',
    accept: ['unknown'],
    why: 'Two are no pattern.',
    tell: (seed) => {
      const r = createRecord('emqx', seed)
      r.fleet(20, r.beginMs + hour)
      losing(r, r.device('fan', { keepalive: 60 }), {
        times: 2,
        fromMs: r.beginMs,
        ageMs: () => r.between(60.3, 61.4) * second,
        why: 'network_eof',
      })
      return r.caseOf({ of: 'client', clientId: 'fan' })
    },
  },
  {
    title: 'one timeout in a month',
    accept: ['unknown'],
    why: 'One end is an anecdote.',
    tell: (seed) => {
      const r = createRecord('hivemq', seed)
      r.fleet(300, r.beginMs + 5 * hour)
      losing(r, r.device('lift'), { times: 1, fromMs: r.beginMs, ageMs: () => 3.3 * hour, why: 'keepalive_timeout' })
      return r.caseOf({ of: 'client', clientId: 'lift' }, { toMs: r.beginMs + 5 * hour })
    },
  },
  {
    title: 'twelve closes at odd ages of a device that stays at its address',
    accept: ['unknown'],
    why: 'No age, no peer, no hour in common: the record does not tell.',
    tell: (seed) => {
      const r = createRecord('mosquitto-2.1', seed)
      r.fleet(70, r.beginMs + 24 * hour)
      losing(r, r.device('boiler'), {
        times: 12,
        fromMs: r.beginMs,
        ageMs: () => -Math.log(1 - r.random()) * 95 * minute + 3 * minute,
        awayMs: () => r.between(1, 200) * second,
        why: 'network_eof',
      })
      return r.caseOf({ of: 'client', clientId: 'boiler' })
    },
  },
]
