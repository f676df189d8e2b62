/** What analysis knows between its runs: brokers heard of, minutes marked for derivation, and its own record. */
import { ConditionalCheckFailedException, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import * as z from 'zod/mini'
import { AlertSchema } from '../domain/alert.ts'
import { AnalysisStateSchema, BaselinesSchema } from '../domain/analysis.ts'
import { InstantSchema } from '../domain/time.ts'
import { keyText } from './key-text.ts'
import { putIf, readItem, readItems, stateKey } from './state-item.ts'
import { contentOf, type Item, number, type Table, text } from './table.ts'

/** A cluster's analysis: the last judged minute, what was learned, alerts still to be stored or told. */
export const AnalysisRecordSchema = z.strictObject({
  version: z.number(),
  /** Start of the last minute judged. */
  position: InstantSchema,
  ranAt: InstantSchema,
  analysis: z.strictObject({ state: AnalysisStateSchema, baselines: BaselinesSchema }),
  /** Alerts whose last transition is not yet stored and published. */
  pending: z.array(AlertSchema),
})
export type AnalysisRecord = Readonly<z.infer<typeof AnalysisRecordSchema>>

/** Remembers that a broker was heard of. */
export async function writeBroker({ client, table }: Table, broker: { cluster: string; broker: string; at: string }) {
  await client.send(
    new PutItemCommand({
      TableName: table,
      Item: { ...stateKey(broker.cluster, `broker#${keyText(broker.broker)}`), content: text(JSON.stringify(broker)) },
    }),
  )
}

const BrokerSchema = z.strictObject({ cluster: z.string(), broker: z.string(), at: InstantSchema })
export type KnownBroker = Readonly<z.infer<typeof BrokerSchema>>

export async function brokersOf(table: Table, cluster: string): Promise<KnownBroker[]> {
  const brokers: KnownBroker[] = []
  for await (const item of readItems(table, cluster, 'broker#', 'broker$')) {
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
        ...stateKey(cluster, `mark#${mark.minute}#${keyText(mark.broker)}`),
        by: text(mark.by),
        content: text(JSON.stringify(mark)),
      },
    }),
  )
}

/** At most `limit` marks, oldest minute first. */
export async function marksOf(table: Table, cluster: string, limit: number): Promise<Mark[]> {
  const marks: Mark[] = []
  for await (const item of readItems(table, cluster, 'mark#', 'mark$')) {
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
        Key: stateKey(cluster, `mark#${mark.minute}#${keyText(mark.broker)}`),
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
  const item = await readItem(table, cluster, 'analysis')
  return item === undefined ? undefined : AnalysisRecordSchema.parse(contentOf(item))
}

/** Commits an analysis if it still stands at the version before; false when another run was first. */
export async function writeAnalysis(table: Table, cluster: string, record: AnalysisRecord): Promise<boolean> {
  const item: Item = {
    ...stateKey(cluster, 'analysis'),
    version: number(record.version),
    content: text(JSON.stringify(record)),
  }
  return record.version === 1
    ? putIf(table, item, { expression: 'attribute_not_exists(version)' })
    : putIf(table, item, { expression: 'version = :before', values: { ':before': number(record.version - 1) } })
}
