/** The events table: every event once, under its identity; read by client and by broker, newest first. */
import { clientDigest } from '../codec/identity.ts'
import { type Event, EventSchema } from '../domain/event.ts'
import { keys } from './keys.ts'
import { askedClientKey, clientKey, keyText } from './key-text.ts'
import { type Page, type Range, readPage } from './page.ts'
import { contentOf, expiresAt, type Item, putAll, queryAll, removeAll, type Table, text } from './table.ts'

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
    : `${event.cluster}#${event.clientDigest ?? clientKey(event.clientId)}`
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

function keyOf(event: Event): Item {
  return {
    [keys.events.partition]: text(clientPartition(event)),
    [keys.events.sort]: text(`${event.at}#${keyText(event.broker)}#${event.id}`),
  }
}

/** Stores events, each once however often it comes. Throws when DynamoDB does not take them. */
export async function writeEvents(table: Table, events: readonly Event[], retention: { nowMs: number; days: number }) {
  const items = new Map<string, Item>()
  for (const event of events) {
    items.set(event.id, {
      ...keyOf(event),
      [keys.eventsByBroker.partition]: text(brokerPartition(event.cluster, event.broker, shardOf(event))),
      [keys.eventsByBroker.sort]: text(`${event.at}#${event.id}`),
      [keys.events.ttl]: expiresAt(retention.nowMs, retention.days),
      content: text(JSON.stringify(fitted(event))),
    })
  }
  await putAll(table, [...items.values()])
}

/** Removes what was concluded and turned out to be wrong. */
export async function removeEvents(table: Table, events: readonly Event[]): Promise<void> {
  await removeAll(table, events.map(keyOf))
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

/** What one shard may have more than its part of a page, so that few pages are short. */
const shardSlack = 4

/**
 * One broker's events, newest first, merged over its shards. Reads `limit + 48` items, and may give fewer than `limit`
 * though there are more.
 */
export async function brokerEvents(table: Table, asked: Range & OfBroker): Promise<Page<Event>> {
  const { entries, more } = await newest(table, { ...asked, limit: Math.ceil(asked.limit / shardCount) + shardSlack })
  return { entries: entries.slice(0, asked.limit), more: more || entries.length > asked.limit }
}

interface OfBroker {
  readonly cluster: string
  readonly broker: string
}

/** The newest of every shard, with none left out between them. `limit` is that of one shard. */
async function newest(table: Table, asked: Range & OfBroker): Promise<Page<Event>> {
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
  // Before the last that was read of a shard with more, not all is known: what the others hold of that time is left out.
  const lasts = shards.flatMap((page) => (page.more ? [page.entries.at(-1)?.key ?? asked.to] : []))
  const since = lasts.toSorted().at(-1) ?? ''
  const entries = shards.flatMap((page) => page.entries).filter(({ key }) => key >= since)
  return { entries: entries.toSorted((a, b) => (a.key < b.key ? 1 : -1)), more: lasts.length > 0 }
}

/** About as many of one broker's newest events, with none left out between them. Reads `limit + 16` items or little more. */
export async function latestEvents(
  table: Table,
  asked: OfBroker & { readonly from: string; readonly to: string; readonly limit: number },
): Promise<{ readonly events: readonly Event[]; readonly cut: boolean }> {
  const { entries, more } = await newest(table, { ...asked, limit: Math.ceil(asked.limit / shardCount) })
  return { events: entries.map(({ value }) => value), cut: more }
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
