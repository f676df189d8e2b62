/** Real DynamoDB-compatible tables for tests: dynalite in memory, with the keys the stacks create. */
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { keys } from '../store/keys.ts'
import type { Table } from '../store/table.ts'

export type TestTables = Record<'events' | 'samples' | 'minutes' | 'state' | 'alerts', Table>

interface Key {
  readonly partition: string
  readonly sort: string
}

async function create(
  client: DynamoDBClient,
  table: string,
  key: Key,
  indexes: readonly (Key & { index: string })[] = [],
) {
  const schema = ({ partition, sort }: Key) => [
    { AttributeName: partition, KeyType: 'HASH' as const },
    { AttributeName: sort, KeyType: 'RANGE' as const },
  ]
  const names = new Set([key, ...indexes].flatMap(({ partition, sort }) => [partition, sort]))
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [...names].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: schema(key),
      ...(indexes.length === 0
        ? {}
        : {
            GlobalSecondaryIndexes: indexes.map((index) => ({
              IndexName: index.index,
              KeySchema: schema(index),
              Projection: { ProjectionType: 'ALL' as const },
            })),
          }),
    }),
  )
  return { client, table }
}

/** Starts the engine, in memory or on disk, and creates every table; `stop` leaves nothing running. */
export async function startTables(path?: string): Promise<{ tables: TestTables; stop: () => Promise<void> }> {
  const server = dynalite({ createTableMs: 0, ...(path === undefined ? {} : { path }) })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  const tables = {
    events: await create(client, 'events', keys.events, [keys.eventsByBroker]),
    samples: await create(client, 'samples', keys.samples),
    minutes: await create(client, 'minutes', keys.minutes),
    state: await create(client, 'state', keys.state),
    alerts: await create(client, 'alerts', keys.alerts, [keys.alertsByStatus, keys.alertsByTime]),
  }
  const stop = async () => {
    client.destroy()
    await new Promise<void>((done) => server.close(() => done()))
  }
  return { tables, stop }
}
