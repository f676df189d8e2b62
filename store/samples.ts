/** The samples table: brokers' figures, one of each name a minute. */
import { type Sample, SampleSchema } from '../domain/batch.ts'
import { keys } from './keys.ts'
import { keyText } from './key-text.ts'
import { contentOf, expiresAt, type Item, putAll, queryAll, type Table, text } from './table.ts'

const partitionOf = (cluster: string, broker: string) => `${cluster}#${keyText(broker)}`

export async function writeSamples(
  table: Table,
  samples: readonly Sample[],
  retention: { nowMs: number; days: number },
) {
  const items = new Map<string, Item>()
  for (const sample of samples) {
    const partition = partitionOf(sample.cluster, sample.broker)
    const sort = `${sample.at}#${sample.name}`
    items.set(`${partition} ${sort}`, {
      [keys.samples.partition]: text(partition),
      [keys.samples.sort]: text(sort),
      [keys.samples.ttl]: expiresAt(retention.nowMs, retention.days),
      content: text(JSON.stringify(sample)),
    })
  }
  await putAll(table, [...items.values()])
}

/** Samples of one broker from `from` (inclusive) to `to` (exclusive), oldest first. */
export async function samplesOf(
  table: Table,
  asked: { readonly cluster: string; readonly broker: string; readonly from: string; readonly to: string },
): Promise<Sample[]> {
  const samples: Sample[] = []
  const items = queryAll(table, {
    KeyConditionExpression: '#p = :p AND #s BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#p': keys.samples.partition, '#s': keys.samples.sort },
    ExpressionAttributeValues: {
      ':p': text(partitionOf(asked.cluster, asked.broker)),
      ':from': text(asked.from),
      ':to': text(asked.to),
    },
  })
  for await (const item of items) samples.push(SampleSchema.parse(contentOf(item)))
  return samples
}
