import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expireTable } from '../../local/expiry.ts'
import { startSteps } from '../../local/steps.ts'
import { allow, arn, functionWith, roleWith, setStage, type Stage, until } from './stage.ts'

/** Writes each body into the table through the gateway; a body that says so fails, crashes or hangs. */
const handler = `
const [url, auth] = [process.env.AWS_ENDPOINT_URL, process.env.AWS_ACCESS_KEY_ID]
async function put(pk) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.PutItem',
      'x-amz-date': '20260101T000000Z',
      authorization: 'AWS4-HMAC-SHA256 Credential=' + auth + '/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify({ TableName: process.env.TABLE, Item: { pk: { S: pk } } }),
  })
  if (!answer.ok) throw new Error(await answer.text())
}
export async function handler(event, context) {
  const batchItemFailures = []
  for (const { messageId, body, eventSource } of event.Records) {
    if (body === 'throw') throw new Error('this batch is not to my taste')
    if (body === 'hang') await new Promise(() => setInterval(() => {}, 1000))
    if (body === 'odd') return { batchItemFailures: [{ itemIdentifier: 'of another batch' }] }
    if (body.startsWith('poison')) batchItemFailures.push({ itemIdentifier: messageId })
    else await put(body + ' by ' + context.functionName + ' from ' + eventSource)
  }
  return { batchItemFailures }
}`

let stage: Stage
const queue = (name: string) => stage.plan.queues.find((one) => one.name === `Test-${name}`)?.url ?? ''

beforeAll(async () => {
  stage = await setStage(
    {
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
          TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        },
      },
      Dead: { Type: 'AWS::SQS::Queue' },
      Batches: {
        Type: 'AWS::SQS::Queue',
        Properties: { VisibilityTimeout: 3, RedrivePolicy: { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 2 } },
      },
      Role: roleWith(
        allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], arn('Batches')),
        allow('dynamodb:PutItem', arn('Table')),
      ),
      Step: functionWith('code', { Environment: { Variables: { TABLE: { Ref: 'Table' } } }, Timeout: 3 }),
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          FunctionName: { Ref: 'Step' },
          EventSourceArn: arn('Batches'),
          BatchSize: 10,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
        },
      },
    },
    { code: handler },
  )
  const { plan, gateway, teardown, said } = stage
  await startSteps({ plan, gateway, teardown, verbose: false, say: (line) => void said.push(line) })
})
afterAll(async () => {
  await stage.teardown.run()
})

const send = async (...bodies: string[]) =>
  Promise.all(
    bodies.map(async (MessageBody) =>
      stage.administrator.sqs.send(new SendMessageCommand({ QueueUrl: queue('Batches'), MessageBody })),
    ),
  )
const stored = async (body: string) => {
  const Key = { pk: { S: `${body} by Test-Step from aws:sqs` } }
  const found = await stage.administrator.dynamodb.send(new GetItemCommand({ TableName: 'Test-Table', Key }))
  return found.Item !== undefined
}
const deadBodies = async () => {
  const received = await stage.administrator.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queue('Dead'), MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
  )
  return (received.Messages ?? []).map(({ Body }) => Body)
}

describe('a queue that feeds a function', () => {
  it('a failure that was reported goes to the dead letters, its neighbours are stored and gone', async () => {
    await send('one', 'poison', 'two')
    await until('both neighbours stored', async () => (await stored('one')) && (await stored('two')))
    await until('the poison among the dead', async () => (await deadBodies()).includes('poison'))
    expect(await deadBodies()).toEqual(['poison'])
  })

  it('a function that throws loses nothing: what it threw at ends among the dead letters, and it is said', async () => {
    await send('throw')
    await until('thrown message among the dead', async () => (await deadBodies()).includes('throw'))
    expect(stage.said.some((line) => line.includes('not to my taste'))).toBe(true)
  })

  it('an answer that names a message of another batch counts as a failure of the whole batch', async () => {
    await send('odd')
    await until('odd message among the dead', async () => (await deadBodies()).includes('odd'))
    expect(await deadBodies()).toContain('odd')
  })

  it('a function that hangs is broken off at its timeout, and a new thread takes the next batch', async () => {
    await send('hang')
    await until('hanging message among the dead', async () => (await deadBodies()).includes('hang'))
    expect(stage.said.some((line) => line.includes('Task timed out after 3 seconds'))).toBe(true)
    await send('after')
    await until('the next one stored', async () => stored('after'))
  })
})

it('expiry deletes items past their time to live and no others', async () => {
  const { dynamodb } = stage.administrator
  const put = async (pk: string, expiresAt?: number) => {
    const ttl = expiresAt === undefined ? {} : { expiresAt: { N: String(expiresAt) } }
    await dynamodb.send(new PutItemCommand({ TableName: 'Test-Table', Item: { pk: { S: pk }, ...ttl } }))
  }
  await put('past', 999)
  await put('now', 1000)
  await put('never')
  const table = stage.plan.tables[0]
  if (table === undefined) throw new Error('no table')
  expect(await expireTable({ table, dynamodb, nowSeconds: 1000 })).toBe(1)
  const get = async (pk: string) =>
    (await dynamodb.send(new GetItemCommand({ TableName: 'Test-Table', Key: { pk: { S: pk } } }))).Item
  expect(await get('past')).toBeUndefined()
  expect(await get('now')).toBeDefined()
  expect(await get('never')).toBeDefined()
})
