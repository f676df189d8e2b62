/** Stories that nobody could decide from the record: too few ends, or none that repeat anything. */
import { createRecord } from './record.ts'
import { type BlindStory, day, hour, minute, ofBroker, ofClient, ofCluster, second } from './story.ts'

/** One client that is lost at random ages, a product telling it. */
function randomEnds(product: Parameters<typeof createRecord>[0], seed: number, count: number, fleet = 20) {
  const record = createRecord(product, seed)
  const one = record.device('subject', { ip: '10.5.5.5' })
  let atMs = record.beginMs
  for (let round = 0; round < count; round += 1) {
    const link = record.connect(one, atMs)
    atMs += 300_000 + -Math.log(1 - record.random()) * 3 * hour
    record.close(link, atMs, 'network_eof')
    atMs += record.between(1, 20) * second
  }
  record.connect(one, atMs)
  record.fleet(fleet, atMs)
  return record
}

export const stories: readonly BlindStory[] = [
  ...(['mosquitto', 'emqx', 'rabbitmq', 'aws-iot', 'aedes'] as const).map(
    (product): BlindStory => ({
      title: `${product}: one client is lost nine times at random ages`,
      accept: ['unknown'],
      why: 'no age, no reason, no address, no neighbour repeats: what is recorded does not tell',
      tell: (seed) => randomEnds(product, seed, 9).caseOf(ofClient('subject')),
    }),
  ),
  {
    title: 'mosquitto: four ends of one client, in a fleet of a thousand',
    accept: ['unknown'],
    why: 'four ends of random ages tell nothing',
    tell: (seed) => randomEnds('mosquitto', seed, 4, 1000).caseOf(ofClient('subject')),
  },
  {
    title: 'nothing is recorded of this client',
    accept: ['unknown'],
    why: 'there is nothing to explain',
    tell: (seed) => createRecord('emqx', seed).caseOf(ofClient('nobody')),
  },
  {
    title: 'ordinary days of two hundred clients, the cluster is asked',
    accept: ['unknown', 'graceful'],
    why: 'a few goodbyes and lost connections a day are life',
    tell: (seed) => {
      const record = createRecord('rabbitmq', seed, ['rabbit@1', 'rabbit@2'])
      record.fleet(200, record.beginMs + 6 * hour)
      return record.caseOf(ofCluster)
    },
  },
  {
    title: 'MQTT 5 tells a client 0x80, unspecified error, seven times',
    accept: ['unknown', 'overloaded_broker'],
    why: 'the broker itself says that it does not say',
    tell: (seed) => {
      const record = createRecord('hivemq', seed)
      const one = record.device('v5', { protocol: 5 })
      for (let round = 0, atMs = record.beginMs; round < 7; round += 1) {
        record.sawConnected(one, atMs)
        const endMs = atMs + record.between(5, 300) * minute
        record.sawEnd(one, atMs, endMs, 'server_disconnect', { code: 0x80 })
        atMs = endMs + 1020
      }
      return record.caseOf(ofClient('v5'))
    },
  },
  {
    title: 'only minutes: a few more ends than usual on one of two brokers',
    accept: ['unknown'],
    why: 'six reasonless ends within an hour, and no figure of the broker stands out',
    tell: (seed) => {
      const record = createRecord('emqx', seed, ['emqx@1', 'emqx@2'])
      record.fleet(120, record.beginMs + 5 * hour)
      for (let index = 0; index < 6; index += 1) {
        const one = record.device(`x-${index}`)
        record.close(
          record.connect(one, record.beginMs),
          record.beginMs + hour + record.between(0, 55) * minute,
          'network_eof',
        )
      }
      return record.caseOf(ofBroker('emqx@1'), {
        minutesOnly: true,
        fromMs: record.beginMs,
        toMs: record.beginMs + 4 * hour,
      })
    },
  },
  {
    title: 'one end without a reason after ninety quiet days',
    accept: ['unknown'],
    why: 'a single end has no pattern, and a long history of nothing does not make one',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      const one = record.device('rare')
      record.close(record.connect(one, record.beginMs), record.beginMs + 90 * day, 'network_eof')
      record.connect(one, record.beginMs + 90 * day + 1500)
      return record.caseOf(ofClient('rare'), {
        toMs: record.beginMs + 90 * day + hour,
        fromMs: record.beginMs + 89 * day,
      })
    },
  },
  {
    title: 'one keepalive timeout in a month',
    accept: ['unknown', 'client_stall'],
    why: 'one end has no pattern',
    tell: (seed) => {
      const record = createRecord('emqx', seed)
      record.fleet(10, record.beginMs + day)
      const one = record.device('quiet')
      record.close(record.connect(one, record.beginMs), record.beginMs + 29 * day, 'keepalive_timeout')
      record.connect(one, record.beginMs + 29 * day + 3000)
      return record.caseOf(ofClient('quiet'))
    },
  },
]
