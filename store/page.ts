/** One page of a partition, newest first: what every list of the API is read by. */
import { QueryCommand } from '@aws-sdk/client-dynamodb'
import { type Item, type Table, text, textOf } from './table.ts'

/** Instants `from` (inclusive) to `to` (exclusive), below the last key of the page before. */
export interface Range {
  readonly from: string
  readonly to: string
  readonly before?: string | undefined
  readonly limit: number
}

/** A partition of a table, or of one of its indexes, and the attribute it is sorted by. */
export interface Partition {
  readonly index?: string
  readonly partition: string
  readonly partitionKey: string
  readonly sortKey: string
}

export interface Page<T> {
  readonly entries: readonly { readonly key: string; readonly value: T }[]
  /** There may be more below the last entry. */
  readonly more: boolean
}

/** Reads at most `limit + 2` items, whatever the history. Sort keys begin with an instant. */
export async function readPage<T>(
  { client, table }: Table,
  asked: { readonly range: Range; readonly partition: Partition; readonly parse: (item: Item) => T },
): Promise<Page<T>> {
  const { range, partition } = asked
  const upper = range.before !== undefined && range.before < range.to ? range.before : range.to
  if (upper <= range.from) return { entries: [], more: false }
  const answer = await client.send(
    new QueryCommand({
      TableName: table,
      ...(partition.index === undefined ? {} : { IndexName: partition.index }),
      KeyConditionExpression: '#p = :p AND #s BETWEEN :from AND :upper',
      ExpressionAttributeNames: { '#p': partition.partitionKey, '#s': partition.sortKey },
      ExpressionAttributeValues: { ':p': text(partition.partition), ':from': text(range.from), ':upper': text(upper) },
      ScanIndexForward: false,
      // BETWEEN includes its upper end, which is of the page before or not asked for; and one more tells of more.
      Limit: range.limit + 2,
    }),
  )
  const entries = (answer.Items ?? [])
    .map((item) => ({ key: textOf(item, partition.sortKey), value: asked.parse(item) }))
    .filter((entry) => entry.key !== upper)
  return {
    entries: entries.slice(0, range.limit),
    more: entries.length > range.limit || answer.LastEvaluatedKey !== undefined,
  }
}
