/** The minutes table: what was derived and judged, by broker and of whole clusters; can be rebuilt from events and samples. */
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { type Minute, MinuteSchema } from '../domain/minute.ts'
import { type WholeMinute, WholeMinuteSchema } from '../domain/whole-minute.ts'
import { keys } from './keys.ts'
import { keyText } from './key-text.ts'
import { type Page, type Range, readPage } from './page.ts'
import { contentOf, expiresAt, getAll, type Item, putAll, type Table, text } from './table.ts'

const partitionOf = (cluster: string, broker: string) => `${cluster}#${keyText(broker)}`
/** Of a whole cluster: in no broker's key stands a `#`. */
const wholePartitionOf = (cluster: string) => `${cluster}##whole`

interface Retention {
  readonly nowMs: number
  readonly days: number
}

export async function writeMinutes(table: Table, minutes: readonly Minute[], retention: Retention): Promise<void> {
  await putAll(
    table,
    minutes.map((minute) => itemOf(partitionOf(minute.cluster, minute.broker), minute, retention)),
  )
}

/** Minutes of whole clusters. Written after those of its brokers: whoever finds one finds theirs. */
export async function writeWholeMinutes(
  table: Table,
  minutes: readonly WholeMinute[],
  retention: Retention,
): Promise<void> {
  await putAll(
    table,
    minutes.map((minute) => itemOf(wholePartitionOf(minute.cluster), minute, retention)),
  )
}

function itemOf(partition: string, minute: Minute | WholeMinute, { nowMs, days }: Retention): Item {
  return {
    [keys.minutes.partition]: text(partition),
    [keys.minutes.sort]: text(minute.minute),
    [keys.minutes.ttl]: expiresAt(nowMs, days),
    content: text(JSON.stringify(minute)),
  }
}

/** One minute, as it was last derived. */
export async function readMinute(
  { client, table }: Table,
  asked: { readonly cluster: string; readonly broker: string; readonly minute: string },
): Promise<Minute | undefined> {
  const Key = keyOf(partitionOf(asked.cluster, asked.broker), asked.minute)
  const answer = await client.send(new GetItemCommand({ TableName: table, Key }))
  return answer.Item === undefined ? undefined : MinuteSchema.parse(contentOf(answer.Item))
}

/** One minute of a whole cluster, as it was last joined. */
export async function readWholeMinute(
  { client, table }: Table,
  asked: { readonly cluster: string; readonly minute: string },
): Promise<WholeMinute | undefined> {
  const Key = keyOf(wholePartitionOf(asked.cluster), asked.minute)
  const answer = await client.send(new GetItemCommand({ TableName: table, Key }))
  return answer.Item === undefined ? undefined : WholeMinuteSchema.parse(contentOf(answer.Item))
}

function keyOf(partition: string, minute: string): Item {
  return { [keys.minutes.partition]: text(partition), [keys.minutes.sort]: text(minute) }
}

/** One and the same minute of several brokers, those that have it: one item a broker, a hundred a request. */
export async function minutesAt(
  table: Table,
  asked: { readonly cluster: string; readonly brokers: readonly string[]; readonly minute: string },
): Promise<Minute[]> {
  const wanted = asked.brokers.map((broker) => keyOf(partitionOf(asked.cluster, broker), asked.minute))
  return (await getAll(table, wanted)).map((item) => MinuteSchema.parse(contentOf(item)))
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

/** Minutes of a whole cluster, newest first. */
export async function wholeMinutesOf(
  table: Table,
  asked: Range & { readonly cluster: string },
): Promise<Page<WholeMinute>> {
  const partition = {
    partition: wholePartitionOf(asked.cluster),
    partitionKey: keys.minutes.partition,
    sortKey: keys.minutes.sort,
  }
  return readPage(table, { range: asked, partition, parse: (item) => WholeMinuteSchema.parse(contentOf(item)) })
}
