/** Makes the tables, queues and topics of a plan in the engines; tables that already stand are kept with their data. */
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type TableDescription,
} from '@aws-sdk/client-dynamodb'
import { CreateTopicCommand } from '@aws-sdk/client-sns'
import { CreateQueueCommand } from '@aws-sdk/client-sqs'
import type { Clients } from './clients.ts'
import { StartError } from './lifecycle.ts'
import type { Plan, TablePlan } from './plan.ts'

/**
 * Makes all that does not yet stand.
 * @throws StartError when a table stands with other keys or indexes than the plan's.
 */
export async function provision(
  plan: Pick<Plan, 'tables' | 'queues' | 'topics'>,
  { dynamodb, sqs, sns }: Clients,
): Promise<void> {
  await Promise.all([
    ...plan.tables.map(async (table) => provisionTable(table, dynamodb)),
    ...plan.queues.map(async ({ name, attributes }) =>
      sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes })),
    ),
    ...plan.topics.map(async ({ name }) => sns.send(new CreateTopicCommand({ Name: name }))),
  ])
}

async function provisionTable(table: TablePlan, dynamodb: Clients['dynamodb']): Promise<void> {
  const standing = await describe(table.name, dynamodb)
  const wanted = definitionOf(table)
  if (standing === undefined) {
    await dynamodb.send(new CreateTableCommand(wanted))
    return
  }
  if (formOf(standing) === formOf(wanted)) return
  const advice = 'Start with another folder (--data DIR), or move this one away.'
  throw new StartError(`Table ${table.name} in the data folder was made by another version of Keepwatch. ${advice}`)
}

async function describe(name: string, dynamodb: Clients['dynamodb']): Promise<TableDescription | undefined> {
  try {
    return (await dynamodb.send(new DescribeTableCommand({ TableName: name }))).Table
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined
    throw error
  }
}

function definitionOf({ name, definition }: TablePlan): CreateTableCommandInput {
  const indexes = definition.GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({
    IndexName,
    KeySchema,
    Projection: {
      ProjectionType: Projection.ProjectionType,
      ...(Projection.NonKeyAttributes === undefined ? {} : { NonKeyAttributes: Projection.NonKeyAttributes }),
    },
  }))
  return {
    TableName: name,
    KeySchema: definition.KeySchema,
    AttributeDefinitions: definition.AttributeDefinitions,
    BillingMode: 'PAY_PER_REQUEST',
    ...(indexes.length === 0 ? {} : { GlobalSecondaryIndexes: indexes }),
  }
}

/** Keys and indexes in an order of their own, so that equal forms give equal text. */
function formOf(
  table: Pick<TableDescription, 'KeySchema' | 'GlobalSecondaryIndexes'> | CreateTableCommandInput,
): string {
  const indexes = (table.GlobalSecondaryIndexes ?? []).map(
    (index) => `${index.IndexName}(${keysOf(index.KeySchema)})${index.Projection?.ProjectionType}`,
  )
  return [keysOf(table.KeySchema), ...indexes.toSorted()].join(';')
}

function keysOf(schema: TableDescription['KeySchema']): string {
  return (schema ?? []).map((key) => `${key.KeyType}:${key.AttributeName}`).join(',')
}
