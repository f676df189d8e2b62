/** The minutes table: what was derived and judged, by broker; can be rebuilt from events and samples. */
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { type Minute, MinuteSchema } from '../domain/minute.ts'
import { keys } from './keys.ts'
import { keyText } from './key-text.ts'
import { type Page, type Range, readPage } from './page.ts'
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

/** Minutes of one broker, newest first. */
export async function minutesOf(
  table: Table,
  asked: Range & { readonly cluster: string; readonly broker: string },
): Promise<Page<Minute>> {
  const partition = {
    partition: partitionOf(asked.cluster, asked.broker),
    partitionKey: keys.minutes.partition,
    sortKey: keys.minutes.sort,
  }
  return readPage(table, { range: asked, partition, parse: (item) => MinuteSchema.parse(contentOf(item)) })
}
