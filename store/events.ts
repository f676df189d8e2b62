/** The events table: every event once, under its identity; read by client and by broker, newest first. */
import { clientDigest } from '../codec/identity.ts'
import { type Event, EventSchema } from '../domain/event.ts'
import { instant, minuteMs } from '../domain/time.ts'
import { keys } from './keys.ts'
import { askedClientKey, clientKey, keyText } from './key-text.ts'
import { type Page, type Range, readPage } from './page.ts'
import { contentOf, expiresAt, type Item, putAll, queryAll, type Table, text } from './table.ts'

/** Index partitions of one broker: spreads a storm; readers merge them. */
export const shardCount = 8
/** Longest client id, user name or reason kept whole in an item, characters. */
const maxTextCharacters = 1024

/** Which shard of its broker an event lies in; follows from its id, which is a hash. */
function shardOf(event: Event): number {
  return (event.id.codePointAt(0) ?? 0) % shardCount
}

function clientPartition(event: Event): string {
  return event.clientId === undefined
    ? `${event.cluster}##${shardOf(event)}`
    : `${event.cluster}#${clientKey(event.clientId)}`
}

function brokerPartition(cluster: string, broker: string, shard: number): string {
  return `${cluster}#${keyText(broker)}#${shard}`
}

/** Long texts are cut, and a cut client id is told by its digest: an item must fit, and be copied into an index. */
export function fitted(event: Event): Event {
  const { clientId, username, reason, ...rest } = event
  const long = clientId !== undefined && clientKey(clientId) === clientDigest(clientId)
  return {
    ...rest,
    ...(clientId === undefined ? {} : { clientId: long ? cut(clientId, 200) : clientId }),
    ...(long ? { clientDigest: clientDigest(clientId) } : {}),
    ...(username === undefined ? {} : { username: cut(username, maxTextCharacters) }),
    ...(reason === undefined ? {} : { reason: cut(reason, maxTextCharacters) }),
  }
}

function cut(value: string, maxCharacters: number): string {
  return value.length > maxCharacters ? `${value.slice(0, maxCharacters)}…` : value
}

/** Stores events, each once however often it comes. Throws when DynamoDB does not take them. */
export async function writeEvents(table: Table, events: readonly Event[], retention: { nowMs: number; days: number }) {
  const items = new Map<string, Item>()
  for (const event of events) {
    const partition = clientPartition(event)
    const sort = `${event.at}#${keyText(event.broker)}#${event.id}`
    items.set(`${partition} ${sort}`, {
      [keys.events.partition]: text(partition),
      [keys.events.sort]: text(sort),
      [keys.eventsByBroker.partition]: text(brokerPartition(event.cluster, event.broker, shardOf(event))),
      [keys.eventsByBroker.sort]: text(`${event.at}#${event.id}`),
      [keys.events.ttl]: expiresAt(retention.nowMs, retention.days),
      content: text(JSON.stringify(fitted(event))),
    })
  }
  await putAll(table, [...items.values()])
}

const parse = (item: Item): Event => EventSchema.parse(contentOf(item))

/** One client's events, newest first. `client` is an id, or `sha256:<hex>` of a long one. */
export async function clientEvents(
  table: Table,
  asked: Range & { readonly cluster: string; readonly client: string },
): Promise<Page<Event>> {
  const partition = {
    partition: `${asked.cluster}#${askedClientKey(asked.client)}`,
    partitionKey: keys.events.partition,
    sortKey: keys.events.sort,
  }
  return readPage(table, { range: asked, partition, parse })
}

/** So long after an inferred end another one, concluded by another watcher, is looked for. */
const endsApartMs = 10 * minuteMs
/** Events of one client looked at; one that drops more often than this in one session is told by its other events. */
const eventsLookedAt = 50

/** Is the end of an inferred end's session stored already: told by the broker, or concluded before? */
export async function endIsKnown(table: Table, inferred: Event): Promise<boolean> {
  const { cluster, clientId, clientDigest: digest, connectedAt, broker } = inferred
  const client = digest ?? clientId
  if (client === undefined || connectedAt === undefined) return false
  const to = instant(Date.parse(inferred.at) + endsApartMs)
  const page = await clientEvents(table, { cluster, client, from: connectedAt, to, limit: eventsLookedAt })
  const ofBroker = page.entries
    .map(({ value }) => value)
    .filter((event) => event.broker === broker && event.view === 'broker')
  const [began, next] = lifeOf(ofBroker, inferred)
  return ofBroker.some((value) => {
    if (value.type !== 'disconnected') return false
    if (value.id === inferred.id) return true
    if (value.sessionKey !== undefined && inferred.sessionKey !== undefined)
      return value.sessionKey === inferred.sessionKey
    if (value.connectedAt !== undefined) return value.connectedAt === connectedAt
    // Without a key the beginning tells; where the broker does not repeat it, any end in the session's time is its end.
    return value.at <= inferred.at && isBefore(began, value) && (next === undefined || isBefore(value, next))
  })
}

type Place = Pick<Event, 'at' | 'ordinal'>

/** An instant may be a whole second, in which a client ends one session and begins another. */
function isBefore(one: Place, other: Place): boolean {
  return one.at < other.at || (one.at === other.at && one.ordinal < other.ordinal)
}

/**
 * Where the session of an inferred end began, and where the client's next one did. Of several that began in its first
 * instant it is the last, but where the one after it showed that it had ended.
 */
function lifeOf(events: readonly Event[], { at, connectedAt = at }: Event): [began: Place, next: Place | undefined] {
  const beginnings = events
    .filter(({ type }) => type === 'connected')
    .toSorted((one, other) => (isBefore(one, other) ? -1 : 1))
  const same = beginnings.filter((event) => event.at === connectedAt)
  const began = (at === connectedAt ? same[0] : same.at(-1)) ?? { at: connectedAt, ordinal: -1 }
  return [began, beginnings.find((event) => isBefore(began, event))]
}

/** One broker's events, newest first, merged over its shards. Reads at most `shardCount × (limit + 2)` items. */
export async function brokerEvents(
  table: Table,
  asked: Range & { readonly cluster: string; readonly broker: string },
): Promise<Page<Event>> {
  const shards = await Promise.all(
    Array.from({ length: shardCount }, async (_, shard) => {
      const partition = {
        index: keys.eventsByBroker.index,
        partition: brokerPartition(asked.cluster, asked.broker, shard),
        partitionKey: keys.eventsByBroker.partition,
        sortKey: keys.eventsByBroker.sort,
      }
      return readPage(table, { range: asked, partition, parse })
    }),
  )
  const merged = shards.flatMap((page) => page.entries).toSorted((a, b) => (a.key < b.key ? 1 : -1))
  return {
    entries: merged.slice(0, asked.limit),
    more: merged.length > asked.limit || shards.some((page) => page.more),
  }
}

/** Every event of one broker in a span of instants, for deriving a minute; order is not promised. */
export async function eventsOfBroker(
  table: Table,
  asked: { readonly cluster: string; readonly broker: string; readonly from: string; readonly to: string },
): Promise<Event[]> {
  const shards = await Promise.all(
    Array.from({ length: shardCount }, async (_, shard) => {
      const events: Event[] = []
      const items = queryAll(table, {
        IndexName: keys.eventsByBroker.index,
        KeyConditionExpression: '#p = :p AND #s BETWEEN :from AND :to',
        ExpressionAttributeNames: { '#p': keys.eventsByBroker.partition, '#s': keys.eventsByBroker.sort },
        ExpressionAttributeValues: {
          ':p': text(brokerPartition(asked.cluster, asked.broker, shard)),
          ':from': text(asked.from),
          ':to': text(asked.to),
        },
      })
      for await (const item of items) events.push(parse(item))
      return events
    }),
  )
  return shards.flat()
}
