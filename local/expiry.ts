/** Deletes items whose time to live is over, as DynamoDB does some time after it passed. */
import { type AttributeValue, DeleteItemCommand, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { minuteMs, secondMs } from '../domain/time.ts'
import type { TablePlan } from './plan.ts'

const everyMs = 60 * minuteMs
const firstAfterMs = 2 * minuteMs
const pageItems = 500

export interface ExpiryOptions {
  readonly tables: readonly TablePlan[]
  readonly dynamodb: DynamoDBClient
  readonly say: (line: string) => void
}

/** Looks through the tables every hour. Stopping lets a pass that runs end at its next page. */
export function startExpiry(options: ExpiryOptions): { readonly stop: () => Promise<void> } {
  const state = { stopping: false }
  let running: Promise<void> = Promise.resolve()
  const pass = () => {
    running = expireAll(options, () => state.stopping).catch((error: unknown) =>
      options.say(`Expiring old items failed: ${error instanceof Error ? error.message : String(error)}`),
    )
  }
  const first = setTimeout(pass, firstAfterMs)
  const timer = setInterval(pass, everyMs)
  return {
    stop: async () => {
      state.stopping = true
      clearTimeout(first)
      clearInterval(timer)
      await running
    },
  }
}

async function expireAll({ tables, dynamodb }: ExpiryOptions, isStopping: () => boolean): Promise<void> {
  for (const table of tables) {
    if (!isStopping()) await expireTable({ table, dynamodb, nowSeconds: Date.now() / secondMs, isStopping })
  }
}

/**
 * Deletes a table's items whose TTL attribute lies before `nowSeconds` (epoch seconds). Gives how many.
 * An item that was given more time while this looked at it stays.
 */
export async function expireTable(work: {
  readonly table: TablePlan
  readonly dynamodb: DynamoDBClient
  readonly nowSeconds: number
  readonly isStopping?: () => boolean
}): Promise<number> {
  const { table, dynamodb } = work
  const ttl = table.definition.TimeToLiveSpecification
  if (ttl?.Enabled !== true || ttl.AttributeName === undefined) return 0
  const expired = {
    ExpressionAttributeNames: { '#ttl': ttl.AttributeName },
    ExpressionAttributeValues: { ':now': { N: String(Math.floor(work.nowSeconds)) } },
  }
  const keyNames = table.definition.KeySchema.map(({ AttributeName }) => AttributeName)
  let deleted = 0
  let from: Record<string, AttributeValue> | undefined
  do {
    const page = await dynamodb.send(
      new ScanCommand({
        TableName: table.name,
        Limit: pageItems,
        FilterExpression: '#ttl < :now',
        ...expired,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    )
    for (const item of page.Items ?? []) {
      if (await deleteExpired({ name: table.name, dynamodb, expired, key: keyOf(item, keyNames) })) deleted += 1
    }
    from = page.LastEvaluatedKey
  } while (from !== undefined && work.isStopping?.() !== true)
  return deleted
}

function keyOf(item: Record<string, AttributeValue>, names: readonly string[]): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)))
}

async function deleteExpired(work: {
  readonly name: string
  readonly dynamodb: DynamoDBClient
  readonly expired: {
    ExpressionAttributeNames: Record<string, string>
    ExpressionAttributeValues: Record<string, AttributeValue>
  }
  readonly key: Record<string, AttributeValue>
}): Promise<boolean> {
  try {
    await work.dynamodb.send(
      new DeleteItemCommand({
        TableName: work.name,
        Key: work.key,
        ConditionExpression: '#ttl < :now',
        ...work.expired,
      }),
    )
    return true
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false
    throw error
  }
}
