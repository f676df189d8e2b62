/** The alerts table, listed newest first. What operators did to an alert stands in attributes that the analysis never writes,
 * and the last known cause in one that outlasts the transitions told without one. */
import { ConditionalCheckFailedException, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import {
  type Acknowledgement,
  AcknowledgementSchema,
  type Alert,
  AlertSchema,
  type Verification,
  VerificationSchema,
} from '../domain/alert.ts'
import { namesCause } from '../domain/alert-diagnosis.ts'
import { transitionCount } from '../domain/alert-transitions.ts'
import { DiagnosisSchema } from '../domain/diagnosis.ts'
import { keys } from './keys.ts'
import { type Page, type Range, readPage } from './page.ts'
import { contentOf, expiresAt, getAll, type Item, jsonOf, number, type Table, text, textOf } from './table.ts'

/** An alert's id begins with its cluster. */
const clusterOf = (id: string) => id.split('.')[0] ?? ''

function keyOf(id: string): Item {
  return { [keys.alerts.partition]: text(clusterOf(id)), [keys.alerts.sort]: text(id) }
}

/**
 * Stores an alert as it stands; never replaces a later state of it by an earlier one. Gives it back with the diagnosis that
 * it has now: without a new one, or where the new one names no cause, the last that was stored.
 */
export async function writeAlert(
  { client, table }: Table,
  alert: Alert,
  retention: { nowMs: number; days: number },
): Promise<Alert> {
  const { acknowledgement: _, verification: __, diagnosis, ...content } = alert
  const names = {
    '#status': keys.alertsByStatus.partition,
    '#all': keys.alertsByTime.partition,
    '#openedAtId': keys.alertsByTime.sort,
    '#ttl': keys.alerts.ttl,
  }
  const values = {
    ':status': text(alert.status),
    ':all': text('all'),
    ':openedAtId': text(`${alert.openedAt}#${alert.id}`),
    ':ttl': expiresAt(retention.nowMs, retention.days),
    ':count': number(transitionCount(alert)),
    ':content': text(JSON.stringify(content)),
    ...(diagnosis === undefined ? {} : { ':diagnosis': text(JSON.stringify(diagnosis)) }),
  }
  const kept = diagnosis !== undefined && namesCause(diagnosis) ? ':diagnosis' : 'if_not_exists(diagnosis, :diagnosis)'
  const answers = diagnosis === undefined ? '' : `, diagnosis = ${kept}`
  try {
    const { Attributes: stored = {} } = await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: keyOf(alert.id),
        UpdateExpression: `SET #status = :status, #all = :all, #openedAtId = :openedAtId, #ttl = :ttl, transitionCount = :count, content = :content${answers}`,
        ConditionExpression: 'attribute_not_exists(content) OR transitionCount <= :count',
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: values,
        ReturnValues: 'ALL_NEW',
      }),
    )
    return { ...alert, ...diagnosisIn(stored) }
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    return alert
  }
}

/** What operators do to an alert: the attribute that holds it. */
export type OperatorAct = { readonly acknowledgement: Acknowledgement } | { readonly verification: Verification }

/** Records what an operator did to an alert, in place of what was done before; undefined when there is no such alert. */
export async function writeAct({ client, table }: Table, id: string, act: OperatorAct): Promise<Alert | undefined> {
  const [attribute, value] = Object.entries(act)[0] ?? []
  if (attribute === undefined || clusterOf(id) === '') return undefined
  try {
    const answer = await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: keyOf(id),
        UpdateExpression: 'SET #act = :act',
        ConditionExpression: 'attribute_exists(content)',
        ExpressionAttributeNames: { '#act': attribute },
        ExpressionAttributeValues: { ':act': text(JSON.stringify(value)) },
        ReturnValues: 'ALL_NEW',
      }),
    )
    return answer.Attributes === undefined ? undefined : parse(answer.Attributes)
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined
    throw error
  }
}

/** Which of these alerts are acknowledged. Reads one item for each, and nothing when there is none. */
export async function acknowledgedAmong(table: Table, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const acknowledged = new Set<string>()
  for (const item of await getAll(table, ids.map(keyOf), [keys.alerts.sort, 'acknowledgement'])) {
    if (item['acknowledgement'] !== undefined) acknowledged.add(textOf(item, keys.alerts.sort))
  }
  return acknowledged
}

/** An alert by its id, with what operators did to it. */
export async function readAlert({ client, table }: Table, id: string): Promise<Alert | undefined> {
  if (clusterOf(id) === '') return undefined
  const answer = await client.send(new GetItemCommand({ TableName: table, Key: keyOf(id) }))
  return answer.Item === undefined ? undefined : parse(answer.Item)
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
  return readPage(table, { range: asked, partition, parse })
}

function parse(item: Item): Alert {
  const alert = AlertSchema.parse(contentOf(item))
  const [acknowledgement, verification] = [jsonOf(item, 'acknowledgement'), jsonOf(item, 'verification')]
  return {
    ...alert,
    ...diagnosisIn(item),
    ...(acknowledgement === undefined ? {} : { acknowledgement: AcknowledgementSchema.parse(acknowledgement) }),
    ...(verification === undefined ? {} : { verification: VerificationSchema.parse(verification) }),
  }
}

function diagnosisIn(item: Item): Pick<Alert, 'diagnosis'> {
  const diagnosis = jsonOf(item, 'diagnosis')
  return diagnosis === undefined ? {} : { diagnosis: DiagnosisSchema.parse(diagnosis) }
}
