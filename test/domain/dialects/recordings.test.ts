/** Every dialect over its recording: nothing is left unread, nothing is read as two different things. */
import { describe, expect, it } from 'vitest'
import { eventOf } from '../../../codec/identity.ts'
import { rejectionReasons } from '../../../domain/dialect.ts'
import { dialects } from '../../../domain/dialects/index.ts'
import type { EventDraft } from '../../../domain/event.ts'
import { faultsOf } from './contract.ts'
import { context, eventsOf, messagesOf, readAll } from './recorded.ts'

type EventType = EventDraft['type']
const ends: readonly EventType[] = ['connected', 'disconnected']
const all: readonly EventType[] = [...ends, 'refused']
/** What each recording holds: kinds of events, and whether the broker tells how many clients it has. */
const held: Readonly<Record<string, { events: readonly EventType[]; figures: boolean }>> = {
  aedes: { events: ends, figures: true },
  'aws-iot': { events: all, figures: false },
  emqx: { events: ends, figures: true },
  flashmq: { events: [], figures: true },
  generic: { events: ends, figures: false },
  mochi: { events: [], figures: true },
  mosquitto: { events: all, figures: true },
  nanomq: { events: all, figures: false },
  // Its refused logins need a feed that names the node.
  rabbitmq: { events: ends, figures: false },
  vernemq: { events: [], figures: true },
}

// Of one that publishes nothing there is nothing to record.
const publishing = Object.values(dialects).filter(({ transport }) => transport !== 'push')

describe.each(publishing)('$name over its recording', (dialect) => {
  const messages = messagesOf(dialect)
  const events = eventsOf(readAll(dialect))

  it('reads every line as events, samples or a rejection with a reason of the closed set', () => {
    expect(messages.flatMap((message) => faultsOf(dialect, message, context))).toEqual([])
  })

  it('finds no line malformed or cut, for a broker writes what it promises', () => {
    const reasons = readAll(dialect).flatMap((reading) => (reading.kind === 'rejection' ? [reading.reason] : []))
    expect(Object.keys(rejectionReasons)).toEqual(expect.arrayContaining([...new Set(reasons)]))
    expect(reasons.filter((reason) => reason === 'malformed' || reason === 'cut' || reason === 'retained')).toEqual([])
  })

  it('finds what is held: connections that begin and end, figures, or both', () => {
    const readings = readAll(dialect)
    const figures = readings.flatMap((reading) => (reading.kind === 'samples' ? reading.samples : []))
    expect({
      events: [...new Set(events.map((event) => event.type))].toSorted(),
      figures: figures.some((sample) => sample.name === 'connected'),
    }).toEqual(held[dialect.name])
  })

  it('gives every event its own id', () => {
    expect(new Set(events.map((event) => eventOf(event).id)).size).toBe(events.length)
  })

  it('gives the same events and ids when the same messages come again', () => {
    expect(eventsOf(readAll(dialect)).map(eventOf)).toEqual(events.map(eventOf))
  })

  it('gives a second watcher that receives everything later the same ids, or says that it cannot', () => {
    const later = messages.map((message) => ({ ...message, receivedAt: message.receivedAt + 5 }))
    const ids = eventsOf(readAll(dialect, later)).map((event) => eventOf(event).id)
    const same = events.every((event, index) => eventOf(event).id === ids[index])
    expect(same).toBe(dialect.stableIdentity)
  })

  it('reads everything that its subscriptions ask for', () => {
    const filters = dialect.subscriptions.map(({ filter }) => filter)
    for (const message of messages) {
      const reading = dialect.read(message, context)
      const watched = filters.some((filter) => matches(filter, message.topic))
      const notWatched = reading.kind === 'rejection' && reading.reason === 'not_watched'
      expect({ topic: message.topic, notWatched }).toEqual({ topic: message.topic, notWatched: !watched })
    }
  })

  it('subscribes at QoS 1 at most, and says what each subscription is for', () => {
    for (const { filter, purpose } of dialect.subscriptions) {
      // Only devices tell of themselves elsewhere, and AMQP has no topics.
      const anywhere = dialect.name === 'generic' || dialect.transport === 'amqp'
      const root = anywhere ? '' : filter.slice(0, filter.indexOf('/') + 1)
      expect(['', '$SYS/', '$aws/']).toContain(root)
      expect(dialect.accessAdvice).toContain(root)
      expect(purpose).not.toBe('')
    }
    expect(dialect.subscriptions.some(({ essential }) => essential)).toBe(events.length > 0)
    expect(dialect.accessAdvice).not.toBe('')
  })

  it('marks connections of Keepwatch as own', () => {
    const read = messages.map((message) => dialect.read(message, { ...context, isOwn: () => true }))
    const named = eventsOf(read).filter((event) => event.clientId !== undefined)
    expect(named.length > 0).toBe(events.length > 0)
    expect(named.every((event) => event.own)).toBe(true)
  })

  it('takes a retained copy of a lifecycle message for what it is', () => {
    const read = messages.map((message) => dialect.read({ ...message, retain: true }, context))
    expect(eventsOf(read)).toEqual([])
  })
})

/** MQTT's matching of a topic against a filter [MQTT 5 §4.7]. */
function matches(filter: string, topic: string): boolean {
  const levels = topic.split('/')
  const wanted = filter.split('/')
  return (
    wanted.every(
      (level, index) => level === '#' || (index < levels.length && (level === '+' || level === levels[index])),
    ) &&
    (wanted.at(-1) === '#' || wanted.length === levels.length)
  )
}
