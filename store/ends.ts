/** Ends of sessions that the broker did not tell: which of them are known already, and which turn out to be wrong. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import * as z from 'zod/mini'
import type { Event } from '../domain/event.ts'
import { instant, minuteMs } from '../domain/time.ts'
import { clientEvents } from './events.ts'
import { keys } from './keys.ts'
import { clientKey, keyText } from './key-text.ts'
import { readItems, stateKey } from './state-item.ts'
import { contentOf, expiresAt, type Table, text, textOf } from './table.ts'

/** So long after an inferred end another one, concluded by another watcher, is looked for. */
const endsApartMs = 10 * minuteMs
/** Events of one client looked at; one that drops more often than this in one session is told by its other events. */
const eventsLookedAt = 50

/** Is the end of an inferred end's session stored already: told by the broker, or concluded before? */
export async function endIsKnown(table: Table, inferred: Event): Promise<boolean> {
  const life = await lifeOf(table, inferred)
  return life.events.some((event) => event.id === inferred.id || isEndIn(life, inferred, event))
}

/**
 * Is an inferred end that was just stored one too many? Another batch may have stored the broker's own word, or another
 * inferred end, between the question whether it is known and its writing. Of two inferred ends the one with the lesser id stays.
 */
export async function endIsSurplus(table: Table, inferred: Event): Promise<boolean> {
  const life = await lifeOf(table, inferred)
  return life.events.some(
    (event) => isEndIn(life, inferred, event) && (event.origin !== 'inferred' || event.id < inferred.id),
  )
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

/** Clients named in one item: even with the longest keys they fit. */
const clientsAnItem = 2000
const clientOf = (event: Event) => event.clientDigest ?? (event.clientId === undefined ? '' : clientKey(event.clientId))

/**
 * Remembers of whose sessions ends were concluded: only what is told late of these can turn out to be their end.
 * The events are of one broker.
 */
export async function writeConcluded(
  table: Table,
  events: readonly Event[],
  retention: { nowMs: number; days: number },
) {
  const [first] = events
  if (first === undefined) return
  const until = events.reduce((latest, { at }) => (at > latest ? at : latest), first.at)
  for (let from = 0; from < events.length; from += clientsAnItem) {
    const some = events.slice(from, from + clientsAnItem)
    const item = {
      ...stateKey(first.cluster, `concluded#${keyText(first.broker)}#${until}#${some[0]?.id}`),
      [keys.state.ttl]: expiresAt(retention.nowMs, retention.days),
      until: text(until),
      content: text(JSON.stringify(some.map(clientOf))),
    }
    await table.client.send(new PutItemCommand({ TableName: table.table, Item: item }))
  }
}

const ClientsSchema = z.array(z.string())

/** Which of these ends, told by one broker, came after an end of their client had been concluded of a later time, and which. */
export async function toldLate(table: Table, ends: readonly Event[]): Promise<{ end: Event; until: string }[]> {
  const [first] = ends
  if (first === undefined) return []
  const earliest = ends.reduce((at, end) => (end.at < at ? end.at : at), first.at)
  const name = `concluded#${keyText(first.broker)}`
  const untils = new Map<string, string>()
  for await (const item of readItems(table, first.cluster, `${name}#${earliest}`, `${name}$`)) {
    for (const client of ClientsSchema.parse(contentOf(item))) untils.set(client, textOf(item, 'until'))
  }
  return ends.flatMap((end) => {
    const until = untils.get(clientOf(end))
    return until === undefined || end.at > until ? [] : [{ end, until }]
  })
}
