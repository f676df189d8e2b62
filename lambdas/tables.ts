/** The tables a step was given, on one client for all of them. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Table } from '../store/table.ts'

const client = new DynamoDBClient({})

/** The table of this name, as an environment variable told it. */
export function tableNamed(table: string): Table {
  return { client, table }
}
