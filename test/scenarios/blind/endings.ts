/** Stories of what was sent, of goodbyes, and of two troubles at once. */
import { createRecord } from './record.ts'
import { type BlindStory, hour, minute, ofBroker, ofClient, second } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'EMQX: a client of MQTT 5 ignores the receive maximum in every burst',
    accept: ['flow_control_violation'],
    why: 'the broker says receive_maximum_exceeded each time',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      record.fleet(40, record.beginMs + 3 * hour)
      const one = record.device('burst', { protocol: 5 })
      for (let round = 0, atMs = record.beginMs; round < 12; round += 1) {
        const link = record.connect(one, atMs)
        atMs += record.between(20, 600) * second
        record.close(link, atMs, 'quota_exceeded', { reasonCode: 0x93 })
        atMs += 2000
      }
      return record.caseOf(ofClient('burst'))
    },
  },
  {
    title: 'mosquitto: a home-made library sends what cannot be parsed',
    accept: ['protocol_violation'],
    why: 'malformed packet, each time',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const one = record.device('diy')
      for (let round = 0, atMs = record.beginMs; round < 15; round += 1) {
        record.close(record.connect(one, atMs), atMs + record.between(2, 90) * second, 'protocol_error')
        atMs += 100 * second
      }
      return record.caseOf(ofClient('diy'))
    },
  },
  {
    title: 'EMQX: pictures larger than the broker takes',
    accept: ['protocol_violation'],
    why: 'frame_too_large after each publish',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      record.fleet(500, record.beginMs + 3 * hour)
      const one = record.device('cam-9')
      for (let round = 0, atMs = record.beginMs; round < 8; round += 1) {
        record.close(record.connect(one, atMs), atMs + record.between(8, 12) * minute, 'packet_too_large')
        atMs += 13 * minute
      }
      return record.caseOf(ofClient('cam-9'))
    },
  },
  {
    title: 'a broker tells by webhook that the queue of a subscriber overflowed',
    accept: ['slow_consumer'],
    why: 'SessionOverflow is the broker’s own word for a consumer that does not keep up',
    tell: (seed) => {
      const record = createRecord('hivemq', seed)
      record.fleet(30, record.beginMs + 5 * hour)
      const one = record.device('historian', { protocol: 5, clean: false })
      for (let round = 0, atMs = record.beginMs; round < 7; round += 1) {
        const link = record.connect(one, atMs)
        atMs += record.between(15, 50) * minute
        record.close(link, atMs, 'quota_exceeded', { reason: 'SessionOverflow', reasonCode: 0x97 })
        atMs += 4000
      }
      return record.caseOf(ofClient('historian'))
    },
  },
  {
    title: 'mosquitto: dropped messages climb while one subscriber times out',
    accept: ['slow_consumer', 'client_stall', 'unknown'],
    why: 'drops of the whole broker before each timeout hint at a consumer that does not read; whose they are is not told',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      record.fleet(20, record.beginMs + 5 * hour)
      const one = record.device('slow', { ip: '10.6.6.6' })
      let dropped = 0
      for (let round = 0, atMs = record.beginMs; round < 5; round += 1) {
        const link = record.connect(one, atMs)
        const endMs = atMs + record.between(20, 60) * minute
        for (let before = 5; before > 0; before -= 1)
          record.gauge('dropped_total', endMs - before * minute, (dropped += 4000))
        record.close(link, endMs, 'keepalive_timeout')
        atMs = endMs + 3000
      }
      return record.caseOf(ofClient('slow'))
    },
  },
  {
    title: 'five hundred meters report and say goodbye, all day',
    accept: ['graceful'],
    why: 'every end was asked for',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      for (let index = 0; index < 500; index += 1) {
        const meter = record.device(`meter-${index}`)
        for (
          let atMs = record.beginMs + record.between(0, 60) * minute;
          atMs < record.beginMs + 4 * hour;
          atMs += hour
        ) {
          record.close(record.connect(meter, atMs), atMs + record.between(2, 20) * second, 'client_requested')
        }
      }
      return record.caseOf(ofBroker('mosquitto'))
    },
  },
  {
    title: 'a shift ends: 200 machines say goodbye at eight in the evening',
    accept: ['graceful'],
    why: 'many at once, but each said DISCONNECT',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      const eightMs = record.beginMs + 14 * hour
      for (let index = 0; index < 200; index += 1) {
        record.close(
          record.connect(record.device(`w-${index}`), record.beginMs),
          eightMs + record.between(0, 50) * second,
          'client_requested',
        )
      }
      return record.caseOf(ofBroker('emqx'), { fromMs: eightMs - hour, toMs: eightMs + hour })
    },
  },
  {
    title: 'AWS moves a client to another server now and then',
    accept: ['graceful', 'unknown'],
    why: 'SERVER_INITIATED_DISCONNECT is planned',
    tell: (seed) => {
      const record = createRecord('aws-iot', seed)
      const one = record.device('thing-1')
      for (let round = 0, atMs = record.beginMs; round < 5; round += 1) {
        record.close(record.connect(one, atMs), atMs + record.between(1, 30) * hour, 'server_redirect')
        atMs += 31 * hour
      }
      return record.caseOf(ofClient('thing-1'))
    },
  },
  {
    title: 'an application opens a new connection every ten minutes and ends the old one by end()',
    accept: ['graceful'],
    why: 'constant ages, but the client asked for each end',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const one = record.device('cron')
      for (let round = 0, atMs = record.beginMs; round < 20; round += 1) {
        record.sawConnected(one, atMs)
        record.close(record.connect(one, atMs), atMs + 600_000, 'client_requested')
        record.sawEnd(one, atMs, atMs + 599_990, 'local_end')
        atMs += 600_500
      }
      return record.caseOf(ofClient('cron'))
    },
  },
  {
    title: 'an idle limit by day, and one wrong password after maintenance',
    accept: ['idle_timeout', 'bad_credentials'],
    why: 'two causes at once: forty cuts at 60 s, then refusals until the password was right again',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const one = record.device('both', { keepalive: 120 })
      let atMs = record.beginMs
      for (let round = 0; round < 40; round += 1) {
        record.close(record.connect(one, atMs), atMs + 60_000 + record.between(100, 700), 'network_eof')
        atMs += 62_000
      }
      for (let attempt = 0; attempt < 40; attempt += 1) {
        record.refuse(one, atMs + attempt * 2000, { cause: 'not_authorized', reason: 'disconnected, not authorised.' })
      }
      return record.caseOf(ofClient('both'))
    },
  },
  {
    title: 'a month of a roaming client, and in its last minutes a fight over its id',
    accept: ['duplicate_client_id', 'changing_network'],
    why: 'two causes: thirty losses at changing addresses, then take-overs every second between two of them',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      let atMs = record.beginMs
      for (let round = 0; round < 30; round += 1) {
        const link = record.connect(record.device('van'), atMs)
        atMs += record.between(1, 40) * hour
        record.close(link, atMs, 'network_eof')
        atMs += record.between(5, 300) * second
      }
      const holders = [record.device('van', { ip: '100.64.0.1' }), record.device('van', { ip: '100.64.7.9' })] as const
      let link = record.connect(holders[0], atMs)
      for (let round = 1; round < 60; round += 1) {
        atMs += 1000 + record.between(10, 60)
        record.close(link, atMs, 'session_taken_over')
        link = record.connect(holders[round % 2 === 0 ? 0 : 1], atMs + 2)
      }
      return record.caseOf(ofClient('van'))
    },
  },
  {
    title: 'the application destroys its own socket on every error of its own',
    accept: ['closed_by_application', 'unknown', 'graceful'],
    why: 'the client itself says that its side destroyed the socket; none of the network’s causes',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const one = record.device('self')
      for (let round = 0, atMs = record.beginMs; round < 10; round += 1) {
        record.sawConnected(one, atMs)
        const endMs = atMs + record.between(3, 40) * minute
        record.close(record.connect(one, atMs), endMs, 'network_eof')
        record.sawEnd(one, atMs, endMs, 'local_destroy', { sinceReceivedMs: 900, sinceSentMs: 900 })
        atMs = endMs + 1020
      }
      return record.caseOf(ofClient('self'))
    },
  },
]
