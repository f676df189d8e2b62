/** The minutes table: what was derived and judged, by broker; can be rebuilt from events and samples. */
import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { type Minute, MinuteSchema } from '../domain/minute.ts'
import { keys } from './keys.ts'
import { keyText } from './key-text.ts'
import { contentOf, expiresAt, putAll, type Table, text } from './table.ts'

const partitionOf = (cluster: string, broker: string) => `${cluster}#${keyText(broker)}`

export async function writeMinutes(
  table: Table,
  minutes: readonly Minute[],
  retention: { nowMs: number; days: number },
) {
  await putAll(
    table,
    minutes.map((minute) => ({
      [keys.minutes.partition]: text(partitionOf(minute.cluster, minute.broker)),
      [keys.minutes.sort]: text(minute.minute),
      [keys.minutes.ttl]: expiresAt(retention.nowMs, retention.days),
      content: text(JSON.stringify(minute)),
    })),
  )
}

/** One minute, as it was last derived. */
export async function readMinute(
  { client, table }: Table,
  asked: { readonly cluster: string; readonly broker: string; readonly minute: string },
): Promise<Minute | undefined> {
  const answer = await client.send(
    new GetItemCommand({
      TableName: table,
      Key: {
        [keys.minutes.partition]: text(partitionOf(asked.cluster, asked.broker)),
        [keys.minutes.sort]: text(asked.minute),
      },
    }),
  )
  return answer.Item === undefined ? undefined : MinuteSchema.parse(contentOf(answer.Item))
}

/** Minutes of one broker from `from` (inclusive) to `to` (exclusive), newest first, at most `limit`. */
export async function minutesOf(
  { client, table }: Table,
  asked: {
    readonly cluster: string
    readonly broker: string
    readonly from: string
    readonly to: string
    readonly before?: string | undefined
    readonly limit: number
  },
): Promise<{ minutes: Minute[]; more: boolean }> {
  const upper = asked.before !== undefined && asked.before < asked.to ? asked.before : asked.to
  if (upper <= asked.from) return { minutes: [], more: false }
  const answer = await client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: '#p = :p AND #s BETWEEN :from AND :upper',
      ExpressionAttributeNames: { '#p': keys.minutes.partition, '#s': keys.minutes.sort },
      ExpressionAttributeValues: {
        ':p': text(partitionOf(asked.cluster, asked.broker)),
        ':from': text(asked.from),
        ':upper': text(upper),
      },
      ScanIndexForward: false,
      // BETWEEN includes its upper end, which belongs to the page before or to the next minute; and one tells of more.
      Limit: asked.limit + 2,
    }),
  )
  const minutes = (answer.Items ?? [])
    .map((item) => MinuteSchema.parse(contentOf(item)))
    .filter((minute) => minute.minute !== upper)
  return {
    minutes: minutes.slice(0, asked.limit),
    more: minutes.length > asked.limit || answer.LastEvaluatedKey !== undefined,
  }
}
