import { chmodSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { BatchWriteItemCommand, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { PublishCommand } from '@aws-sdk/client-sns'
import { ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Clients, clientsOf } from '../../local/clients.ts'
import { place } from '../../local/template.ts'
import { allow, arn, roleWith, setStage, type Stage } from './stage.ts'

const table = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'other', AttributeType: 'S' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byOther',
        KeySchema: [{ AttributeName: 'other', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  },
}
const secret = {
  'Fn::Sub': 'arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:plant-??????',
}
let stage: Stage
let clients: Clients
let secrets: SecretsManagerClient

beforeAll(async () => {
  stage = await setStage({
    Events: table,
    Others: table,
    Batches: { Type: 'AWS::SQS::Queue' },
    Alerts: { Type: 'AWS::SNS::Topic' },
    Role: roleWith(
      allow(['dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:BatchWriteItem'], arn('Events')),
      allow('sqs:SendMessage', arn('Batches')),
      allow('secretsmanager:GetSecretValue', secret),
      allow('logs:PutLogEvents', '*'),
    ),
  })
  const [role] = stage.plan.roles
  if (role === undefined) throw new Error('no role')
  const credentials = stage.gateway.admit({ identity: 'Test.Step', name: 'Step', role })
  clients = clientsOf(stage.gateway, credentials)
  secrets = new SecretsManagerClient({ endpoint: stage.gateway.url, region: place.region, credentials })
})
afterAll(async () => {
  clients.destroy()
  secrets.destroy()
  await stage.teardown.run()
})

describe('a caller with a role', () => {
  const item = { pk: { S: 'a' }, other: { S: 'b' } }

  it('does what its role allows', async () => {
    await clients.dynamodb.send(new PutItemCommand({ TableName: 'Test-Events', Item: item }))
    const stored = await stage.administrator.dynamodb.send(
      new GetItemCommand({ TableName: 'Test-Events', Key: { pk: { S: 'a' } } }),
    )
    expect(stored.Item).toEqual(item)
  })

  it.each<[what: string, call: () => Promise<unknown>, error: string, action: string]>([
    [
      'another action',
      async () => clients.dynamodb.send(new GetItemCommand({ TableName: 'Test-Events', Key: { pk: { S: 'a' } } })),
      'AccessDeniedException',
      'dynamodb:GetItem',
    ],
    [
      'another table',
      async () => clients.dynamodb.send(new PutItemCommand({ TableName: 'Test-Others', Item: item })),
      'AccessDeniedException',
      'Test-Others',
    ],
    [
      'an index that only its table’s grant covers',
      async () =>
        clients.dynamodb.send(
          new QueryCommand({
            TableName: 'Test-Events',
            IndexName: 'byOther',
            KeyConditionExpression: 'other = :o',
            ExpressionAttributeValues: { ':o': { S: 'b' } },
          }),
        ),
      'AccessDeniedException',
      'Test-Events/index/byOther',
    ],
    [
      'a batch in which one table is not allowed',
      async () =>
        clients.dynamodb.send(
          new BatchWriteItemCommand({
            RequestItems: {
              'Test-Events': [{ PutRequest: { Item: item } }],
              'Test-Others': [{ PutRequest: { Item: item } }],
            },
          }),
        ),
      'AccessDeniedException',
      'Test-Others',
    ],
    [
      'receiving from a queue it may only send to',
      async () => clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: stage.plan.queues[0]?.url })),
      'AccessDeniedException',
      'sqs:ReceiveMessage',
    ],
    [
      'publishing',
      async () => clients.sns.send(new PublishCommand({ TopicArn: stage.plan.topics[0]?.arn, Message: 'x' })),
      'AuthorizationErrorException',
      'sns:Publish',
    ],
  ])('is refused %s, in the form of the service, and it is said', async (_what, call, error, told) => {
    await expect(call()).rejects.toMatchObject({ name: error })
    expect(stage.said.some((line) => line.startsWith('IAM: Step') && line.includes(told))).toBe(true)
  })

  it('sends to the queue, singly and in batches, by the one grant', async () => {
    const QueueUrl = stage.plan.queues[0]?.url
    await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one' }))
    const sent = await clients.sqs.send(
      new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: '1', MessageBody: 'two' }] }),
    )
    expect(sent.Successful).toHaveLength(1)
  })

  it('leaves in the list of unused grants only what nothing used, and nothing that does not stand here', () => {
    const unused = stage.gateway.unusedGrants().map(({ role, action }) => `${role} ${action}`)
    expect(unused).toContain('Role dynamodb:Query')
    expect(unused).not.toContain('Role dynamodb:PutItem')
    expect(unused).not.toContain('Role sqs:SendMessage')
    expect(unused).not.toContain('Role logs:PutLogEvents')
  })
})

it('an access key nobody was given is refused', async () => {
  const stranger = clientsOf(stage.gateway, { accessKeyId: 'Test.Step', secretAccessKey: 'guessed' })
  const call = stranger.dynamodb.send(new PutItemCommand({ TableName: 'Test-Events', Item: { pk: { S: 'x' } } }))
  await expect(call).rejects.toMatchObject({ name: 'UnrecognizedClientException' })
  stranger.destroy()
})

describe('the secrets file', () => {
  const ask = async (SecretId: string) => secrets.send(new GetSecretValueCommand({ SecretId }))
  const write = (content: string, mode: number) => {
    const file = join(stage.folder, 'secrets.json')
    writeFileSync(file, content)
    chmodSync(file, mode)
  }

  it('answers by name, objects as JSON, and is read anew for each call', async () => {
    write('{"plant":{"username":"u","password":"p"}}', 0o600)
    expect(JSON.parse((await ask('plant')).SecretString ?? '')).toEqual({ username: 'u', password: 'p' })
    write('{"plant":"text"}', 0o600)
    expect((await ask('plant')).SecretString).toBe('text')
  })

  it('a secret it does not hold is not found', async () => {
    write('{}', 0o600)
    await expect(ask('plant')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  it('a secret the role does not name is refused before the file is read', async () => {
    write('{"other":"text"}', 0o600)
    await expect(ask('other')).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })

  it('is not used while others may read it, and the command that mends it is said', async () => {
    write('{"plant":"text"}', 0o644)
    await expect(ask('plant')).rejects.toMatchObject({ name: 'InternalServiceError' })
    expect(stage.said.some((line) => line.includes('chmod 600'))).toBe(true)
  })
})

it.each([
  ['a foreign name that leads to this machine', { host: 'evil.example:80' }],
  ['another web page', { origin: 'http://evil.example' }],
])('a request from %s is not answered', async (_who, headers) => {
  const url = new URL(stage.gateway.url)
  const status = await new Promise((done, failed) => {
    const sent = request({ host: url.hostname, port: url.port, method: 'POST', headers }, (answer) => {
      answer.resume()
      done(answer.statusCode)
    })
    sent.once('error', failed)
    sent.end('{}')
  })
  expect(status).toBe(403)
})
