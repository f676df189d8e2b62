/** The state table: brokers known, what each feed covered, gaps, minutes marked for derivation, the analysis. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import * as z from 'zod/mini'
import { AlertSchema } from '../domain/alert.ts'
import { AnalysisStateSchema } from '../domain/analysis.ts'
import { FeedReportSchema, type Gap, GapSchema } from '../domain/batch.ts'
import { InstantSchema } from '../domain/time.ts'
import { keyText } from './key-text.ts'
import { keys } from './keys.ts'
import { contentOf, expiresAt, type Item, number, queryAll, type Table, text, textOf } from './table.ts'

/** What is stored of one feed of one watcher: its last report, and what it covered so far. */
export const FeedStateSchema = z.strictObject({
  report: FeedReportSchema,
  watcher: z.string(),
  /** When the last report was made, by the watcher's clock. */
  reportedAt: InstantSchema,
  /** Start of everything ever covered, and the span of the link that stands or stood last; absent before the first. */
  first: z.optional(InstantSchema),
  seenFrom: z.optional(InstantSchema),
  seenUntil: z.optional(InstantSchema),
})
export type FeedState = Readonly<z.infer<typeof FeedStateSchema>>

/** A cluster's analysis: the last judged minute, what was learned, alerts still to be stored or told. */
export const AnalysisRecordSchema = z.strictObject({
  version: z.number(),
  /** Start of the last minute judged. */
  position: InstantSchema,
  ranAt: InstantSchema,
  analysis: AnalysisStateSchema,
  /** Alerts whose last transition is not yet stored and published. */
  pending: z.array(AlertSchema),
})
export type AnalysisRecord = Readonly<z.infer<typeof AnalysisRecordSchema>>

const feedItem = (feed: string, watcher: string) => `feed#${keyText(feed)}#${keyText(watcher)}`

function key(cluster: string, name: string): Item {
  return { [keys.state.partition]: text(cluster), [keys.state.sort]: text(name) }
}

async function read({ client, table }: Table, cluster: string, name: string): Promise<Item | undefined> {
  const answer = await client.send(
    new GetItemCommand({ TableName: table, Key: key(cluster, name), ConsistentRead: true }),
  )
  return answer.Item
}

async function* readAll(table: Table, cluster: string, from: string, to: string): AsyncGenerator<Item> {
  yield* queryAll(table, {
    ConsistentRead: true,
    KeyConditionExpression: '#p = :p AND #s BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#p': keys.state.partition, '#s': keys.state.sort },
    ExpressionAttributeValues: { ':p': text(cluster), ':from': text(from), ':to': text(to) },
  })
}

/** True when the write took place; false when the item was no longer as the condition says. */
async function putIf(
  { client, table }: Table,
  item: Item,
  condition: { expression: string; values?: Item },
): Promise<boolean> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: item,
        ConditionExpression: condition.expression,
        ...(condition.values === undefined ? {} : { ExpressionAttributeValues: condition.values }),
      }),
    )
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

export async function readFeed(table: Table, asked: { cluster: string; feed: string; watcher: string }) {
  const item = await read(table, asked.cluster, feedItem(asked.feed, asked.watcher))
  if (item === undefined) return undefined
  return { value: FeedStateSchema.parse(contentOf(item)), revision: Number(item['revision']?.N ?? 0) }
}

/** Writes a feed's state if nobody wrote it since `revision` was read (undefined: if there was none). */
export async function writeFeed(table: Table, feed: FeedState, revision: number | undefined): Promise<boolean> {
  const item: Item = {
    ...key(feed.report.cluster, feedItem(feed.report.feed, feed.watcher)),
    revision: number((revision ?? 0) + 1),
    content: text(JSON.stringify(feed)),
  }
  return revision === undefined
    ? putIf(table, item, { expression: 'attribute_not_exists(revision)' })
    : putIf(table, item, { expression: 'revision = :revision', values: { ':revision': number(revision) } })
}

export async function feedsOf(table: Table, cluster: string): Promise<FeedState[]> {
  const feeds: FeedState[] = []
  for await (const item of readAll(table, cluster, 'feed#', 'feed#￿'))
    feeds.push(FeedStateSchema.parse(contentOf(item)))
  return feeds
}

/**
 * Stores a gap under its end. Of two with one end the longer stays: a watcher that was killed tells only of the time
 * since it started again. Where both begin alike, what the watcher told stays over what was concluded from silence.
 */
export async function writeGap(table: Table, gap: Gap, options: { inferred: boolean; nowMs: number; days: number }) {
  const item: Item = {
    ...key(gap.cluster, `gap#${gap.until}#${keyText(gap.feed)}#${keyText(gap.watcher)}`),
    [keys.state.ttl]: expiresAt(options.nowMs, options.days),
    since: text(gap.from),
    content: text(JSON.stringify(gap)),
  }
  const expression = `attribute_not_exists(content) OR since ${options.inferred ? '>' : '>='} :since`
  await putIf(table, item, { expression, values: { ':since': text(gap.from) } })
}

/** Gaps that ended at `from` or later, oldest end first. */
export async function gapsSince(table: Table, cluster: string, from: string): Promise<Gap[]> {
  const gaps: Gap[] = []
  for await (const item of readAll(table, cluster, `gap#${from}`, 'gap#￿')) gaps.push(GapSchema.parse(contentOf(item)))
  return gaps
}

/** Remembers that a broker was heard of. */
export async function writeBroker({ client, table }: Table, broker: { cluster: string; broker: string; at: string }) {
  await client.send(
    new PutItemCommand({
      TableName: table,
      Item: { ...key(broker.cluster, `broker#${keyText(broker.broker)}`), content: text(JSON.stringify(broker)) },
    }),
  )
}

const BrokerSchema = z.strictObject({ cluster: z.string(), broker: z.string(), at: InstantSchema })
export type KnownBroker = Readonly<z.infer<typeof BrokerSchema>>

export async function brokersOf(table: Table, cluster: string): Promise<KnownBroker[]> {
  const brokers: KnownBroker[] = []
  for await (const item of readAll(table, cluster, 'broker#', 'broker#￿')) {
    brokers.push(BrokerSchema.parse(contentOf(item)))
  }
  return brokers
}

const MarkSchema = z.strictObject({ broker: z.string(), minute: InstantSchema, by: z.string() })
export type Mark = Readonly<z.infer<typeof MarkSchema>>

/** Marks a minute whose events changed after it was derived. `by` tells one marking from a later one. */
export async function writeMark({ client, table }: Table, cluster: string, mark: Mark): Promise<void> {
  await client.send(
    new PutItemCommand({
      TableName: table,
      Item: {
        ...key(cluster, `mark#${mark.minute}#${keyText(mark.broker)}`),
        by: text(mark.by),
        content: text(JSON.stringify(mark)),
      },
    }),
  )
}

/** At most `limit` marks, oldest minute first. */
export async function marksOf(table: Table, cluster: string, limit: number): Promise<Mark[]> {
  const marks: Mark[] = []
  for await (const item of readAll(table, cluster, 'mark#', 'mark#￿')) {
    marks.push(MarkSchema.parse(contentOf(item)))
    if (marks.length >= limit) break
  }
  return marks
}

/** Removes a mark, unless the minute was marked again meanwhile. */
export async function clearMark({ client, table }: Table, cluster: string, mark: Mark): Promise<void> {
  try {
    await client.send(
      new DeleteItemCommand({
        TableName: table,
        Key: key(cluster, `mark#${mark.minute}#${keyText(mark.broker)}`),
        ConditionExpression: '#by = :by',
        ExpressionAttributeNames: { '#by': 'by' },
        ExpressionAttributeValues: { ':by': text(mark.by) },
      }),
    )
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
  }
}

export async function readAnalysis(table: Table, cluster: string): Promise<AnalysisRecord | undefined> {
  const item = await read(table, cluster, 'analysis')
  return item === undefined ? undefined : AnalysisRecordSchema.parse(JSON.parse(textOf(item, 'content')))
}

/** Commits an analysis if it still stands at the version before; false when another run was first. */
export async function writeAnalysis(table: Table, cluster: string, record: AnalysisRecord): Promise<boolean> {
  const item: Item = {
    ...key(cluster, 'analysis'),
    version: number(record.version),
    content: text(JSON.stringify(record)),
  }
  return record.version === 1
    ? putIf(table, item, { expression: 'attribute_not_exists(version)' })
    : putIf(table, item, { expression: 'version = :before', values: { ':before': number(record.version - 1) } })
}
