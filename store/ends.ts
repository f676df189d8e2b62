/** Ends of sessions that the broker did not tell: which of them are known already, and which turn out to be wrong. */
import type { Event } from '../domain/event.ts'
import { instant, minuteMs } from '../domain/time.ts'
import { clientEvents } from './events.ts'
import { keyText } from './key-text.ts'
import { putIf, readItem, stateKey } from './state-item.ts'
import { type Table, text, textOf } from './table.ts'

/** So long after an inferred end another one, concluded by another watcher, is looked for. */
const endsApartMs = 10 * minuteMs
/** Events of one client looked at; one that drops more often than this in one session is told by its other events. */
const eventsLookedAt = 50

/** Is the end of an inferred end's session stored already: told by the broker, or concluded before? */
export async function endIsKnown(table: Table, inferred: Event): Promise<boolean> {
  const life = await lifeOf(table, inferred)
  return life.events.some((event) => event.id === inferred.id || isEndIn(life, inferred, event))
}

/** The ends that were concluded of the session which this end, told by the broker, ended. All until then are looked at. */
export async function endsOvertakenBy(table: Table, told: Event, until: string): Promise<Event[]> {
  const client = told.clientDigest ?? told.clientId
  if (client === undefined) return []
  const { cluster, broker, at } = told
  const to = instant(Date.parse(until) + 1)
  const page = await clientEvents(table, { cluster, client, from: at, to, limit: eventsLookedAt })
  const overtaken: Event[] = []
  for (const { value } of page.entries) {
    if (value.origin !== 'inferred' || value.broker !== broker) continue
    if (isEndIn(await lifeOf(table, value), value, told)) overtaken.push(value)
  }
  return overtaken
}

type Place = Pick<Event, 'at' | 'ordinal'>

/** What happened to a client from the beginning of one of its sessions on, and where the next one began. */
interface Life {
  readonly events: readonly Event[]
  readonly began: Place
  readonly next: Place | undefined
}

/** An instant may be a whole second, in which a client ends one session and begins another. */
function isBefore(one: Place, other: Place): boolean {
  return one.at < other.at || (one.at === other.at && one.ordinal < other.ordinal)
}

/**
 * The session of an inferred end. Of several that began in its first instant it is the last, but where the one after it
 * showed that it had ended.
 */
async function lifeOf(table: Table, inferred: Event): Promise<Life> {
  const { cluster, broker, at, connectedAt = at } = inferred
  const client = inferred.clientDigest ?? inferred.clientId
  if (client === undefined) return { events: [], began: inferred, next: undefined }
  const to = instant(Date.parse(at) + endsApartMs)
  const page = await clientEvents(table, { cluster, client, from: connectedAt, to, limit: eventsLookedAt })
  const events = page.entries
    .map(({ value }) => value)
    .filter((event) => event.broker === broker && event.view === 'broker')
    .toSorted((one, other) => (isBefore(one, other) ? -1 : 1))
  const beginnings = events.filter(({ type }) => type === 'connected')
  const same = beginnings.filter((event) => event.at === connectedAt)
  const began = (at === connectedAt ? same[0] : same.at(-1)) ?? { at: connectedAt, ordinal: -1 }
  return { events, began, next: beginnings.find((event) => isBefore(began, event)) }
}

/** Is this another end of the session of an inferred end? */
function isEndIn({ began, next }: Life, inferred: Event, event: Event): boolean {
  if (event.type !== 'disconnected' || event.id === inferred.id || inferred.connectedAt === undefined) return false
  if (event.sessionKey !== undefined && inferred.sessionKey !== undefined)
    return event.sessionKey === inferred.sessionKey
  if (event.connectedAt !== undefined) return event.connectedAt === inferred.connectedAt
  // Without a key the beginning tells; where the broker does not repeat it, any end in the session's time is its end.
  return event.at <= inferred.at && isBefore(began, event) && (next === undefined || isBefore(event, next))
}

const itemName = (broker: string) => `concluded#${keyText(broker)}`

/** Remembers until when ends of a broker's sessions were concluded: only ends told of before can turn out to be those. */
export async function writeConcluded(table: Table, { cluster, broker, at }: Pick<Event, 'cluster' | 'broker' | 'at'>) {
  const item = { ...stateKey(cluster, itemName(broker)), until: text(at) }
  const expression = 'attribute_not_exists(#until) OR #until < :until'
  await putIf(table, item, { expression, names: { '#until': 'until' }, values: { ':until': text(at) } })
}

/** Until when ends of a broker's sessions were concluded; undefined when none ever was. */
export async function concludedUntil(table: Table, cluster: string, broker: string): Promise<string | undefined> {
  const item = await readItem(table, cluster, itemName(broker))
  return item === undefined ? undefined : textOf(item, 'until')
}
