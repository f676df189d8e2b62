/** What the analysis is told of a cluster: brokers heard of, and minutes marked for derivation. */
import { ConditionalCheckFailedException, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import * as z from 'zod/mini'
import { InstantSchema } from '../domain/time.ts'
import { keyText } from './key-text.ts'
import { keys } from './keys.ts'
import { readItems, stateKey } from './state-item.ts'
import { contentOf, expiresAt, hasExpired, type Table, text } from './table.ts'

/** A broker that nothing named for so long is forgotten: it was removed, or has another name now. */
const forgetBrokerDays = 7

/** Remembers that a broker was heard of. */
export async function writeBroker({ client, table }: Table, broker: KnownBroker, nowMs: number): Promise<void> {
  const item = {
    ...stateKey(broker.cluster, `broker#${keyText(broker.broker)}`),
    [keys.state.ttl]: expiresAt(nowMs, forgetBrokerDays),
    content: text(JSON.stringify(broker)),
  }
  await client.send(new PutItemCommand({ TableName: table, Item: item }))
}

const BrokerSchema = z.strictObject({ cluster: z.string(), broker: z.string(), at: InstantSchema })
export type KnownBroker = Readonly<z.infer<typeof BrokerSchema>>

/** Brokers of a cluster that were heard of and are not forgotten. */
export async function brokersOf(table: Table, cluster: string, nowMs: number): Promise<KnownBroker[]> {
  const brokers: KnownBroker[] = []
  for await (const item of readItems(table, cluster, 'broker#', 'broker$')) {
    // What has expired may lie there for days until DynamoDB removes it.
    if (!hasExpired(item, keys.state.ttl, nowMs)) brokers.push(BrokerSchema.parse(contentOf(item)))
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
