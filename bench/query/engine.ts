/** A large record on disk: written beneath dynalite while it is closed, for through its front it would take an hour. */
import { type BatchWriteItemCommandInput, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import inside from 'dynalite/db/index.js'
import { startTables, type TestTables } from '../../test/tables.ts'

const names = ['events', 'samples', 'minutes', 'state', 'alerts'] as const

const tablesOf = (client: DynamoDBClient): TestTables => {
  const [events, samples, minutes, state, alerts] = names.map((table) => ({ client, table }))
  return { events, samples, minutes, state, alerts } as TestTables
}

/** Makes the tables in a folder, and leaves nothing running. */
export async function makeTables(folder: string): Promise<void> {
  const { tables, stop } = await startTables(folder)
  for (const { client, table } of Object.values(tables)) {
    await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName: table })
  }
  await stop()
}

/** Runs the engine over a folder that has the tables. */
export async function openTables(folder: string): Promise<{ tables: TestTables; stop: () => Promise<void> }> {
  const server = dynalite({ path: folder, createTableMs: 0 })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' }
  const client = new DynamoDBClient({ endpoint: `http://127.0.0.1:${port}`, region: 'eu-central-1', credentials })
  const stop = async () => {
    client.destroy()
    await new Promise<void>((done) => server.close(() => done()))
  }
  return { tables: tablesOf(client), stop }
}

/** Lets `load` write by BatchWriteItem, and by nothing else, into the database that lies in the folder; items must be new. */
export async function loadBeneath(folder: string, load: (tables: TestTables) => Promise<void>): Promise<void> {
  const store = inside.create({ path: folder })
  type Part = ReturnType<typeof store.getItemDb>
  const batch = async (part: Part, puts: { key: string; item: Record<string, unknown> }[]) =>
    new Promise<void>((done, failed) =>
      part.batch(
        puts.map(({ key, item: value }) => ({ type: 'put', key, value })),
        (error) => (error ? failed(error) : done()),
      ),
    )
  const descriptions = await Promise.all(
    names.map(
      async (name) =>
        new Promise<[string, Parameters<typeof inside.createKey>[1]]>((done, failed) =>
          store.getTable(name, (error, table) => (error ? failed(error) : done([name, table]))),
        ),
    ),
  )
  const byName = new Map(descriptions)
  const write = async ({ RequestItems = {} }: BatchWriteItemCommandInput) => {
    for (const [name, requests] of Object.entries(RequestItems)) {
      const table = byName.get(name)
      if (table === undefined) throw new Error(`There is no table ${name}`)
      const indexes = table.GlobalSecondaryIndexes ?? []
      const items = requests.flatMap(({ PutRequest }) => (PutRequest?.Item === undefined ? [] : [PutRequest.Item]))
      await batch(
        store.getItemDb(name),
        items.map((item) => ({ key: inside.createKey(item, table), item })),
      )
      const puts = items.flatMap((item) => inside.getIndexActions(indexes, undefined, item, table).puts)
      for (const { IndexName } of indexes) {
        const own = puts.filter(({ index }) => index === IndexName)
        await batch(store.getIndexDb('Global', name, IndexName), own)
      }
    }
    return {}
  }
  const client = { send: async ({ input }: { input: BatchWriteItemCommandInput }) => write(input) }
  await load(tablesOf(client as unknown as DynamoDBClient))
  await new Promise<void>((done, failed) => store.db.close((error) => (error ? failed(error) : done())))
}
