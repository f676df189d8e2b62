/** Items of the state table: how they are keyed, read, and written under a condition. */
import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { keys } from './keys.ts'
import { type Item, projectionOf, queryAll, type Table, text, textOf } from './table.ts'

/** Key of a named item of a cluster. */
export function stateKey(cluster: string, name: string): Item {
  return { [keys.state.partition]: text(cluster), [keys.state.sort]: text(name) }
}

/** One item, or only these attributes of it, as it stands after every write before. */
export async function readItem(
  { client, table }: Table,
  cluster: string,
  name: string,
  attributes?: readonly string[],
): Promise<Item | undefined> {
  const answer = await client.send(
    new GetItemCommand({
      TableName: table,
      Key: stateKey(cluster, name),
      ConsistentRead: true,
      ...(attributes === undefined ? {} : projectionOf(attributes)),
    }),
  )
  return answer.Item
}

/** Items of a cluster whose names lie between two; `$` is the character after `#`, so `gap$` ends all `gap#…`. */
export async function* readItems(table: Table, cluster: string, from: string, to: string): AsyncGenerator<Item> {
  yield* queryAll(table, between(cluster, from, to))
}

/** Names of a cluster's items that lie between two. */
export async function namesOfItems(table: Table, cluster: string, from: string, to: string): Promise<string[]> {
  const names: string[] = []
  for await (const item of queryAll(table, { ...between(cluster, from, to), ProjectionExpression: '#s' })) {
    names.push(textOf(item, keys.state.sort))
  }
  return names
}

function between(cluster: string, from: string, to: string) {
  return {
    ConsistentRead: true,
    KeyConditionExpression: '#p = :p AND #s BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#p': keys.state.partition, '#s': keys.state.sort },
    ExpressionAttributeValues: { ':p': text(cluster), ':from': text(from), ':to': text(to) },
  }
}

/** True when the write took place; false when the item was no longer as the condition says. */
export async function putIf(
  { client, table }: Table,
  item: Item,
  condition: { expression: string; names?: Record<string, string>; values?: Item },
): Promise<boolean> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: item,
        ConditionExpression: condition.expression,
        ...(condition.names === undefined ? {} : { ExpressionAttributeNames: condition.names }),
        ...(condition.values === undefined ? {} : { ExpressionAttributeValues: condition.values }),
      }),
    )
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}
