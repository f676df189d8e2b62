import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { clientsOf } from '../../local/clients.ts'
import { startEngines } from '../../local/engines.ts'
import { startGateway } from '../../local/gateway.ts'
import { Teardown } from '../../local/lifecycle.ts'
import { planOf } from '../../local/plan.ts'
import { provision } from '../../local/provision.ts'
import { TemplateSchema } from '../../local/template.ts'

let teardown: Teardown
let dataFolder: string
beforeEach(() => {
  teardown = new Teardown()
  dataFolder = mkdtempSync(join(tmpdir(), 'keepwatch-data-'))
})
afterEach(async () => {
  await teardown.run()
  rmSync(dataFolder, { recursive: true, force: true })
})

async function start(sortKey = 'sk') {
  const engines = await startEngines({ dataFolder, onFault: () => undefined })
  teardown.add('the engines', engines.stop)
  const gateway = await startGateway({ engines, secretsFile: join(dataFolder, 'none'), say: () => undefined })
  teardown.add('the gateway', gateway.stop)
  const clients = clientsOf(gateway, gateway.administrator)
  teardown.add('the clients', clients.destroy)
  const names = ['pk', sortKey]
  const template = TemplateSchema.parse({
    Resources: {
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          KeySchema: names.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
          AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        },
      },
    },
  })
  const assembly = { stacks: [{ name: 'Test', template }], assets: new Map<string, string>() }
  await provision(planOf(assembly, { gateway: gateway.url, api: '' }), clients)
  return { engines, ...clients }
}
const key = { pk: { S: 'a' }, sk: { S: 'b' } }

it('what the tables hold survives a restart', async () => {
  const first = await start()
  await first.dynamodb.send(new PutItemCommand({ TableName: 'Test-Table', Item: key }))
  await teardown.run()
  const second = await start()
  const found = await second.dynamodb.send(new GetItemCommand({ TableName: 'Test-Table', Key: key }))
  expect(found.Item).toEqual(key)
})

it('a second system on the same data folder is refused, and the first goes on', async () => {
  const first = await start()
  const second = startEngines({ dataFolder, onFault: () => undefined })
  await expect(second).rejects.toThrow(/is in use by another Keepwatch.*--data DIR/)
  await first.dynamodb.send(new PutItemCommand({ TableName: 'Test-Table', Item: key }))
})

it('tables of another form are not touched, and the remedy is told', async () => {
  await start()
  await teardown.run()
  await expect(start('another')).rejects.toThrow(/Table Test-Table .* another version.*--data DIR/)
})

it.each(['dynamodbPort', 'messagingPort'] as const)('the engine at %s answers the gateway alone', async (port) => {
  const { engines } = await start()
  const answer = await fetch(`http://127.0.0.1:${engines[port]}/`, { method: 'POST', body: '{}' })
  expect(answer.status).toBe(403)
})
