/** Events → store: what brokers told as it is, and of each session that ended unseen one end, unless the broker told it. */
import type { Event } from '../../domain/event.ts'
import { endIsKnown, endIsSurplus, endsOvertakenBy, toldLate, writeConcluded } from '../../store/ends.ts'
import { removeEvents, writeEvents } from '../../store/events.ts'
import type { IngestPorts } from './ingest.ts'

type Ports = Pick<IngestPorts, 'tables' | 'settings' | 'nowMs'>

const readsAtOnce = 25

/** Stores events. Answers those that were stored, and those removed because the broker's own word came after all. */
export async function storeEvents(
  events: readonly Event[],
  ports: Ports,
): Promise<{ readonly events: readonly Event[]; readonly removed: readonly Event[] }> {
  const kept = { nowMs: ports.nowMs, days: ports.settings.retention.eventsDays }
  const told = events.filter(({ origin }) => origin !== 'inferred')
  const inferred = events.filter(({ origin }) => origin === 'inferred')
  await writeEvents(ports.tables.events, told, kept)
  const removed = await removeOvertaken(told, ports)
  // Said before it is checked what is known: of two batches at once, one sees the other.
  for (const ends of byBroker(inferred)) await writeConcluded(ports.tables.state, ends, kept)
  const known = await each(inferred, async (event) => endIsKnown(ports.tables.events, event))
  const concluded = inferred.filter((_, index) => known[index] === false)
  await writeEvents(ports.tables.events, concluded, kept)
  // Asked again, for a batch at the same time may have looked before this one wrote.
  const surplus = await each(concluded, async (event) => endIsSurplus(ports.tables.events, event))
  const withdrawn = concluded.filter((_, index) => surplus[index] === true)
  await removeEvents(ports.tables.events, withdrawn)
  const stays = concluded.filter((_, index) => surplus[index] === false)
  return { events: [...told, ...stays], removed: [...removed, ...withdrawn] }
}

/** What one watcher concluded, another may have seen, and tell late: it was killed, or its queue was unreachable. */
async function removeOvertaken(told: readonly Event[], { tables }: Ports): Promise<Event[]> {
  const removed: Event[] = []
  for (const ends of byBroker(told.filter(({ type, view }) => type === 'disconnected' && view === 'broker'))) {
    const late = await toldLate(tables.state, ends)
    const overtaken = await each(late, async ({ end, until }) => endsOvertakenBy(tables.events, end, until))
    removed.push(...overtaken.flat())
  }
  await removeEvents(tables.events, removed)
  return removed
}

function byBroker(events: readonly Event[]): Event[][] {
  const groups = new Map<string, Event[]>()
  for (const event of events) {
    const key = JSON.stringify([event.cluster, event.broker])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [event])
    else group.push(event)
  }
  return [...groups.values()]
}

/** Asks for each, a few at once. */
async function each<A, T>(about: readonly A[], ask: (one: A) => Promise<T>): Promise<T[]> {
  const answers: T[] = []
  for (let from = 0; from < about.length; from += readsAtOnce) {
    answers.push(...(await Promise.all(about.slice(from, from + readsAtOnce).map(ask))))
  }
  return answers
}
