/** The alerts table: alerts with every transition; listed by status or by time, newest first. */
import { GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { type Alert, AlertSchema } from '../domain/alert.ts'
import { keys } from './keys.ts'
import { contentOf, expiresAt, number, type Table, text, textOf } from './table.ts'

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

export interface AlertPage {
  readonly entries: readonly { readonly key: string; readonly alert: Alert }[]
  readonly more: boolean
}

/** Alerts opened from `from` (inclusive) to `to` (exclusive), of one status or all, newest first. */
export async function alertsOf(
  { client, table }: Table,
  asked: {
    readonly status?: 'open' | 'resolved' | undefined
    readonly from: string
    readonly to: string
    readonly before?: string | undefined
    readonly limit: number
  },
): Promise<AlertPage> {
  const index = asked.status === undefined ? keys.alertsByTime : keys.alertsByStatus
  const upper = asked.before !== undefined && asked.before < asked.to ? asked.before : asked.to
  if (upper <= asked.from) return { entries: [], more: false }
  const answer = await client.send(
    new QueryCommand({
      TableName: table,
      IndexName: index.index,
      KeyConditionExpression: '#p = :p AND #s BETWEEN :from AND :upper',
      ExpressionAttributeNames: { '#p': index.partition, '#s': index.sort },
      ExpressionAttributeValues: {
        ':p': text(asked.status ?? 'all'),
        ':from': text(asked.from),
        ':upper': text(upper),
      },
      ScanIndexForward: false,
      Limit: asked.limit + 2,
    }),
  )
  const entries = (answer.Items ?? [])
    .map((item) => ({ key: textOf(item, index.sort), alert: AlertSchema.parse(contentOf(item)) }))
    .filter((entry) => entry.key !== asked.before)
  return {
    entries: entries.slice(0, asked.limit),
    more: entries.length > asked.limit || answer.LastEvaluatedKey !== undefined,
  }
}
