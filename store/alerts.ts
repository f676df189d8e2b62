/** The alerts table: alerts with every transition; listed by status or by time, newest first. */
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { type Alert, AlertSchema } from '../domain/alert.ts'
import { keys } from './keys.ts'
import { type Page, type Range, readPage } from './page.ts'
import { contentOf, expiresAt, number, type Table, text } from './table.ts'

/** Stores an alert as it stands; never replaces a later state of it by an earlier one. */
export async function writeAlert({ client, table }: Table, alert: Alert, retention: { nowMs: number; days: number }) {
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: {
          [keys.alerts.partition]: text(alert.cluster),
          [keys.alerts.sort]: text(alert.id),
          [keys.alertsByStatus.partition]: text(alert.status),
          [keys.alertsByTime.partition]: text('all'),
          [keys.alertsByTime.sort]: text(`${alert.openedAt}#${alert.id}`),
          [keys.alerts.ttl]: expiresAt(retention.nowMs, retention.days),
          transitionCount: number(alert.transitions.length),
          content: text(JSON.stringify(alert)),
        },
        ConditionExpression: 'attribute_not_exists(id) OR transitionCount <= :count',
        ExpressionAttributeValues: { ':count': number(alert.transitions.length) },
      }),
    )
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ConditionalCheckFailedException')) throw error
  }
}

/** An alert by its id, which begins with its cluster. */
export async function readAlert({ client, table }: Table, id: string): Promise<Alert | undefined> {
  const cluster = id.split('.')[0] ?? ''
  if (cluster === '') return undefined
  const answer = await client.send(
    new GetItemCommand({
      TableName: table,
      Key: { [keys.alerts.partition]: text(cluster), [keys.alerts.sort]: text(id) },
    }),
  )
  return answer.Item === undefined ? undefined : AlertSchema.parse(contentOf(answer.Item))
}

/** Alerts by the time they opened, of one status or all, newest first. */
export async function alertsOf(
  table: Table,
  asked: Range & { readonly status?: Alert['status'] | undefined },
): Promise<Page<Alert>> {
  const index = asked.status === undefined ? keys.alertsByTime : keys.alertsByStatus
  const partition = {
    index: index.index,
    partition: asked.status ?? 'all',
    partitionKey: index.partition,
    sortKey: index.sort,
  }
  return readPage(table, { range: asked, partition, parse: (item) => AlertSchema.parse(contentOf(item)) })
}
