/** Stories, written after the others failed, of ages alike for reasons of their own: a schedule, or one moment for all. */
import { createRecord } from './record.ts'
import { type BlindStory, day, hour, minute, ofBroker, ofClient, second } from './story.ts'

export const stories: readonly BlindStory[] = [
  {
    title: 'a sensor wakes each minute, stays on for 30 s and cuts its own power',
    accept: ['unknown', 'graceful'],
    why: 'it begins each minute to the second, whatever happened before: its own schedule, and nobody cuts an idle line at 30 s',
    tell: (seed) => {
      const record = createRecord('mosquitto', seed)
      const one = record.device('duty-cycle', { keepalive: 60 })
      for (let round = 0; round < 90; round += 1) {
        const atMs = record.beginMs + round * minute + record.between(0, 150)
        record.close(record.connect(one, atMs), atMs + 30_000 + record.between(0, 200), 'network_eof')
      }
      return record.caseOf(ofClient('duty-cycle'))
    },
  },
  {
    title: 'an application connects, publishes one figure and destroys its socket, and says so itself',
    accept: ['closed_by_application', 'unknown', 'graceful'],
    why: 'the client tells that it was its own side that destroyed the socket: it was not thrown out',
    tell: (seed) => {
      const record = createRecord('rabbitmq', seed)
      const one = record.device('one-shot')
      for (let round = 0; round < 60; round += 1) {
        const atMs = record.beginMs + round * 10_000 + record.between(0, 300)
        const link = record.connect(one, atMs)
        record.sawConnected(one, atMs)
        record.close(link, atMs + 310, 'network_eof')
        const last = { lastSent: 'publish', lastTopic: 'plant/level', publishesSent: 1, sinceSentMs: 250 }
        record.sawEnd(one, atMs, atMs + 300, 'local_destroy', last)
      }
      return record.caseOf(ofClient('one-shot'))
    },
  },
  {
    title: 'the password of a whole fleet is changed a day after its last restart',
    accept: ['bad_credentials', 'unknown', 'kicked'],
    why: 'all are a day old because all began in one moment, and all were refused in one moment: one change, no life of a token',
    tell: (seed) => {
      const record = createRecord('hivemq', seed)
      const changedMs = record.beginMs + day
      for (let index = 0; index < 30; index += 1) {
        const one = record.device(`arm-${index}`, { protocol: 5 })
        record.close(record.connect(one, record.beginMs + record.between(0, 8) * second), changedMs, 'kicked')
        for (let attempt = 1; attempt < 40; attempt += 1) {
          record.refuse(one, changedMs + attempt * 5000, { cause: 'not_authorized', reasonCode: 0x86 })
        }
      }
      return record.caseOf(ofBroker('hivemq'), { fromMs: record.beginMs - minute, toMs: changedMs + hour })
    },
  },
]
