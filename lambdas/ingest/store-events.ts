/** Events → store: what brokers told as it is, and of each session that ended unseen one end, unless the broker told it. */
import type { Event } from '../../domain/event.ts'
import { concludedUntil, endIsKnown, endsOvertakenBy, writeConcluded } from '../../store/ends.ts'
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
  await rememberConcluded(inferred, ports)
  const known = await each(inferred, async (event) => endIsKnown(ports.tables.events, event))
  const concluded = inferred.filter((_, index) => known[index] === false)
  await writeEvents(ports.tables.events, concluded, kept)
  return { events: [...told, ...concluded], removed }
}

/** What one watcher concluded, another may have seen, and tell late: it was killed, or its queue was unreachable. */
async function removeOvertaken(told: readonly Event[], { tables }: Ports): Promise<Event[]> {
  const ends = told.filter(({ type, view }) => type === 'disconnected' && view === 'broker')
  const removed: Event[] = []
  for (const [first, ...others] of byBroker(ends)) {
    const until = await concludedUntil(tables.state, first.cluster, first.broker)
    if (until === undefined) continue
    const late = [first, ...others].filter(({ at }) => at <= until)
    removed.push(...(await each(late, async (end) => endsOvertakenBy(tables.events, end, until))).flat())
  }
  await removeEvents(tables.events, removed)
  return removed
}

async function rememberConcluded(inferred: readonly Event[], { tables }: Ports): Promise<void> {
  for (const [first, ...others] of byBroker(inferred)) {
    const at = others.reduce((latest, event) => (event.at > latest ? event.at : latest), first.at)
    await writeConcluded(tables.state, { ...first, at })
  }
}

function byBroker(events: readonly Event[]): [Event, ...Event[]][] {
  const groups = new Map<string, [Event, ...Event[]]>()
  for (const event of events) {
    const key = JSON.stringify([event.cluster, event.broker])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [event])
    else group.push(event)
  }
  return [...groups.values()]
}

/** Asks for each, a few at once. */
async function each<T>(events: readonly Event[], ask: (event: Event) => Promise<T>): Promise<T[]> {
  const answers: T[] = []
  for (let from = 0; from < events.length; from += readsAtOnce) {
    answers.push(...(await Promise.all(events.slice(from, from + readsAtOnce).map(ask))))
  }
  return answers
}
