/** Stories of client ids: copied, forked, left behind, on two brokers. */
import { createRecord, type Device } from './record.ts'
import type { Product } from './products.ts'
import { type BlindStory, day, hour, minute, ofBroker, ofClient, ofCluster, second } from './story.ts'

/** Holders of one id throw each other out, each coming back after its own period. */
function fight(product: Product, seed: number, holders: readonly Partial<Device>[], rounds: number, others = 30) {
  const record = createRecord(product, seed)
  const startMs = record.beginMs + 4 * hour
  record.fleet(others, startMs + 10 * minute)
  const devices = holders.map((traits) => record.device('press-7', traits))
  let atMs = startMs
  let link = record.connect(devices[0] as Device, record.beginMs)
  for (let round = 1; round <= rounds; round += 1) {
    const next = devices[round % devices.length] as Device
    atMs += next.reconnectMs / (devices.length - 1) + record.between(15, 90)
    record.close(link, atMs, 'session_taken_over')
    link = record.connect(next, atMs + record.between(1, 4))
  }
  return { record, startMs, devices }
}

export const stories: readonly BlindStory[] = [
  {
    title: 'mosquitto 2.0: a spare controller was cloned with its configuration',
    accept: ['duplicate_client_id'],
    why: 'two addresses take the id from each other every second; stamps are coarse but the addresses alternate',
    tell: (seed) =>
      fight('mosquitto', seed, [{ ip: '10.1.4.20' }, { ip: '10.1.4.77' }], 90).record.caseOf(ofClient('press-7')),
  },
  {
    title: 'AWS IoT: two things share a certificate and an id behind one NAT',
    accept: ['duplicate_client_id', 'forked_client_id'],
    why: 'DUPLICATE_CLIENTID again and again; AWS tells an address without a port, so one host or two cannot be told',
    tell: (seed) => {
      const shared = { ip: '203.0.113.9', reconnectMs: 2000 }
      return fight('aws-iot', seed, [shared, shared], 40, 200).record.caseOf(ofClient('press-7'))
    },
  },
  {
    title: 'RabbitMQ: an id on two hosts, of which it says no reason',
    accept: ['duplicate_client_id'],
    why: 'each end falls together with a beginning from the other address, dozens of times',
    tell: (seed) =>
      fight('rabbitmq', seed, [{ ip: '10.0.0.3' }, { ip: '10.0.9.4' }], 60).record.caseOf(ofClient('press-7')),
  },
  {
    title: 'aedes: an id ends and begins in the same millisecond, second for second',
    accept: ['duplicate_client_id', 'forked_client_id', 'unknown'],
    why: 'aedes tells ids only: the pattern suggests a fight, but no address shows the other holder',
    tell: (seed) => fight('aedes', seed, [{}, {}], 50, 5).record.caseOf(ofClient('press-7')),
  },
  {
    title: 'only one of two holders speaks: MQTT 5 told it 0x8E every second or two',
    accept: ['duplicate_client_id', 'forked_client_id'],
    why: 'the broker itself named the take-over, again and again; who the other is, nobody can tell',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      const one = record.device('dash', { protocol: 5, clockMs: 40 * second })
      let atMs = record.beginMs
      for (let round = 0; round < 30; round += 1) {
        record.sawConnected(one, atMs)
        const endMs = atMs + record.between(900, 1300)
        record.sawEnd(one, atMs, endMs, 'server_disconnect', { code: 0x8e })
        atMs = endMs + 1010
      }
      return record.caseOf(ofClient('dash'))
    },
  },
  {
    title: 'mosquitto 2.1: a service under a process manager with four workers',
    accept: ['forked_client_id', 'duplicate_client_id'],
    why: 'one address, many ports, four take-overs a second',
    tell: (seed) => {
      const worker = { ip: '10.2.2.2' }
      return fight('mosquitto-2.1', seed, [worker, worker, worker, worker], 160).record.caseOf(ofClient('press-7'))
    },
  },
  {
    title: 'two holders fight and the whole broker is asked, among 800 clients that are well',
    accept: ['duplicate_client_id', 'forked_client_id'],
    why: 'nearly all bad ends in the span are of one id',
    tell: (seed) => {
      const { record, startMs } = fight('emqx', seed, [{ ip: '10.1.1.1' }, { ip: '10.9.9.9' }], 120, 800)
      return record.caseOf(ofBroker('emqx'), { fromMs: startMs - minute, toMs: startMs + 5 * minute })
    },
  },
  {
    title: 'mosquitto: a client whose path failed came back before the broker noticed, once in a week',
    accept: ['benign_takeover'],
    why: 'one take-over, same address, the new session lives on for hours',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      record.fleet(20, record.beginMs + 6 * day)
      const pump = record.device('pump', { ip: '10.3.3.3', keepalive: 120 })
      const link = record.connect(pump, record.beginMs)
      const atMs = record.beginMs + 5 * day
      record.close(link, atMs, 'session_taken_over')
      record.connect(pump, atMs + 2)
      return record.caseOf(ofClient('pump'), { toMs: atMs + 9 * hour })
    },
  },
  {
    title: 'EMQX: a phone takes over its own old session now and then, from changing addresses',
    accept: ['benign_takeover', 'changing_network', 'unknown'],
    why: 'take-overs hours apart are a roaming client, no fight',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      let atMs = record.beginMs
      let link = record.connect(record.device('phone', { keepalive: 300 }), atMs)
      for (let round = 0; round < 14; round += 1) {
        atMs += record.between(2, 20) * hour
        record.close(link, atMs, 'session_taken_over')
        link = record.connect(record.device('phone', { keepalive: 300 }), atMs + 3)
      }
      return record.caseOf(ofClient('phone'))
    },
  },
  {
    title: 'a replaced controller takes the id of the old one, once',
    accept: ['benign_takeover', 'unknown'],
    why: 'one take-over by another address; nothing repeats',
    tell: (seed) => {
      const record = createRecord('hivemq', seed)
      const link = record.connect(record.device('plc-1', { ip: '10.0.0.1' }), record.beginMs)
      record.close(link, record.beginMs + 30 * day, 'session_taken_over')
      record.connect(record.device('plc-1', { ip: '10.0.0.2' }), record.beginMs + 30 * day + 2)
      return record.caseOf(ofClient('plc-1'), { toMs: record.beginMs + 31 * day })
    },
  },
  {
    title: 'two mosquittos that know nothing of each other hold one id for hours',
    accept: ['id_on_two_brokers'],
    why: 'two addresses are connected with one id at two brokers at the same time, and no take-over is told',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed, ['north', 'south'])
      record.fleet(60, record.beginMs + 9 * hour)
      for (const broker of record.brokers) {
        const one = record.device('scale-3', { broker })
        let atMs = record.beginMs + record.between(0, minute)
        for (let round = 0; round < 5; round += 1) {
          const link = record.connect(one, atMs)
          atMs += record.between(40, 100) * minute
          record.close(link, atMs, 'network_eof')
          atMs += record.between(2, 9) * second
        }
      }
      return record.caseOf(ofClient('scale-3'))
    },
  },
  {
    title: 'a client fails over between two brokers; the record lost one of its ends',
    accept: ['unknown', 'benign_takeover', 'graceful'],
    why: 'one overlap, from one address, is a lost message rather than an id used twice',
    tell: (seed) => {
      const record = createRecord('emqx', seed, ['emqx@a', 'emqx@b'])
      const one = record.device('gate', { ip: '10.7.7.7' })
      record.connect(one, record.beginMs, { broker: 'emqx@a' })
      const other = record.connect(one, record.beginMs + 2 * hour, { broker: 'emqx@b' })
      record.close(other, record.beginMs + 4 * hour, 'network_eof')
      const third = record.connect(one, record.beginMs + 4 * hour + 3000, { broker: 'emqx@a' })
      record.close(third, record.beginMs + 7 * hour, 'client_requested')
      return record.caseOf(ofClient('gate'))
    },
  },
  {
    title: 'EMQX: a web application asks for a lasting session under a new random id at every page load',
    accept: ['orphan_sessions'],
    why: 'new ids without clean start all day, sessions climb far above connections',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      record.fleet(50, record.beginMs + 8 * hour)
      for (let load = 0; load < 600; load += 1) {
        const atMs = record.beginMs + (load / 600) * 8 * hour
        const page = record.device(`mqttjs_${Math.floor(record.random() * 1e9).toString(16)}`, {
          clean: false,
          ip: '198.51.100.4',
        })
        record.close(record.connect(page, atMs), atMs + record.between(20, 300) * second, 'network_eof')
        if (load % 10 === 0) record.gauge('sessions', atMs, 50 + load)
      }
      return record.caseOf(ofBroker('emqx'))
    },
  },
  {
    title: 'a test run connects under random ids with clean start, and says goodbye',
    accept: ['graceful', 'unknown'],
    why: 'everything ends as asked for',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      for (let run = 0; run < 300; run += 1) {
        const atMs = record.beginMs + run * 4 * second
        record.close(
          record.connect(record.device(`ci-${run}`, { ip: '10.0.5.5' }), atMs),
          atMs + 2500,
          'client_requested',
        )
      }
      return record.caseOf(ofCluster)
    },
  },
]
