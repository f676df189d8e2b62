/** What every table file needs: a client and a table's name, batches written whole, pages read whole. */
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb'

export interface Table {
  readonly client: DynamoDBClient
  readonly table: string
}

export type Item = Record<string, AttributeValue>

export const text = (value: string): AttributeValue => ({ S: value })
export const number = (value: number): AttributeValue => ({ N: String(value) })

/** Items per BatchWriteItem; a limit of DynamoDB. */
const batchItems = 25
const batchesInFlight = 8
const maxAttempts = 8

/**
 * Puts items in batches, eight in flight; what DynamoDB leaves unprocessed is retried with backoff.
 * Throws when that does not end within eight attempts. Items must have distinct keys.
 */
export async function putAll(table: Table, items: readonly Item[]): Promise<void> {
  await writeAll(
    table,
    items.map((Item) => ({ PutRequest: { Item } })),
  )
}

/** Removes items by their keys, in the same way. */
export async function removeAll(table: Table, itemKeys: readonly Item[]): Promise<void> {
  await writeAll(
    table,
    itemKeys.map((Key) => ({ DeleteRequest: { Key } })),
  )
}

async function writeAll(table: Table, requests: readonly WriteRequest[]): Promise<void> {
  const batches: WriteRequest[][] = []
  for (let i = 0; i < requests.length; i += batchItems) batches.push(requests.slice(i, i + batchItems))
  const next = batches.values()
  const worker = async () => {
    for (const batch of next) await writeBatch(table, batch)
  }
  await Promise.all(Array.from({ length: Math.min(batchesInFlight, batches.length) }, worker))
}

async function writeBatch({ client, table }: Table, batch: readonly WriteRequest[]): Promise<void> {
  let requests = [...batch]
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }))
    requests = answer.UnprocessedItems?.[table] ?? []
    if (requests.length === 0) return
    await pause(attempt)
  }
  throw new Error(`DynamoDB left ${requests.length} items of table ${table} unwritten after ${maxAttempts} attempts`)
}

/** Items per BatchGetItem; a limit of DynamoDB. */
const readsPerBatch = 100

/** The items with these keys, all different, that are there; only these attributes of each. Eight requests at once. */
export async function getAll(table: Table, itemKeys: readonly Item[], attributes?: readonly string[]): Promise<Item[]> {
  const batches: Item[][] = []
  for (let i = 0; i < itemKeys.length; i += readsPerBatch) batches.push(itemKeys.slice(i, i + readsPerBatch))
  const found: Item[] = []
  const next = batches.values()
  const worker = async () => {
    for (const batch of next) found.push(...(await getBatch(table, batch, attributes)))
  }
  await Promise.all(Array.from({ length: Math.min(batchesInFlight, batches.length) }, worker))
  return found
}

async function getBatch({ client, table }: Table, batch: Item[], attributes: readonly string[] = []): Promise<Item[]> {
  const some = attributes.length === 0 ? {} : projectionOf(attributes)
  const found: Item[] = []
  let left = batch
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const answer = await client.send(new BatchGetItemCommand({ RequestItems: { [table]: { Keys: left, ...some } } }))
    found.push(...(answer.Responses?.[table] ?? []))
    left = answer.UnprocessedKeys?.[table]?.Keys ?? []
    if (left.length === 0) return found
    await pause(attempt)
  }
  throw new Error(`DynamoDB left ${left.length} items of table ${table} unread after ${maxAttempts} attempts`)
}

/** Asks for some attributes; each under a name of ours, as many words are reserved. */
export function projectionOf(attributes: readonly string[]) {
  return {
    ProjectionExpression: attributes.map((_, index) => `#a${index}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(attributes.map((name, index) => [`#a${index}`, name])),
  }
}

async function pause(attempt: number): Promise<void> {
  const pauseMs = Math.random() * 50 * 2 ** attempt
  await new Promise((done) => setTimeout(done, pauseMs))
}

/** All items of a query, page by page. Use only where the key bounds how many there are. */
export async function* queryAll(
  { client, table }: Table,
  input: Omit<QueryCommandInput, 'TableName'>,
): AsyncGenerator<Item> {
  let start: Item | undefined
  do {
    const page = await client.send(
      new QueryCommand({ ...input, TableName: table, ...(start === undefined ? {} : { ExclusiveStartKey: start }) }),
    )
    yield* page.Items ?? []
    start = page.LastEvaluatedKey
  } while (start !== undefined)
}

/** Text attribute of an item; throws when the store holds something else, naming the attribute. */
export function textOf(item: Item, attribute: string): string {
  const value = item[attribute]?.S
  if (value === undefined) throw new Error(`A stored item lacks the text attribute "${attribute}"`)
  return value
}

/** JSON that Keepwatch itself wrote into an item's `content`. */
export function contentOf(item: Item): unknown {
  return JSON.parse(textOf(item, 'content'))
}

/** JSON that Keepwatch itself wrote into an attribute that not every item has. */
export function jsonOf(item: Item, attribute: string): unknown {
  return item[attribute] === undefined ? undefined : JSON.parse(textOf(item, attribute))
}

/** Epoch seconds, as DynamoDB's TTL wants them, so many days from now (epoch milliseconds). */
export function expiresAt(nowMs: number, days: number): AttributeValue {
  return number(Math.floor(nowMs / 1000) + days * 86_400)
}

/** Is an item past its time, though DynamoDB has not removed it yet? */
export function hasExpired(item: Item, attribute: string, nowMs: number): boolean {
  const seconds = item[attribute]?.N
  return seconds !== undefined && Number(seconds) * 1000 <= nowMs
}
