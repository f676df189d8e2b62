/** Child process: takes batches from the queue and ingests them as the function does, until it is killed. */
import process from 'node:process'
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { ingest } from '../../lambdas/ingest/ingest.ts'
import { rejectTo } from '../../lambdas/ingest/reject.ts'
import { tableNamed } from '../../lambdas/tables.ts'

const { QUEUE_URL = '', REJECTED_QUEUE_URL = '' } = process.env
const sqs = new SQSClient({})
const tables = { events: tableNamed('events'), samples: tableNamed('samples'), state: tableNamed('state') }
const settings = { clusters: [], retention: { eventsDays: 1, minutesDays: 1, samplesDays: 1, alertsDays: 1 } }
const reject = rejectTo(sqs, REJECTED_QUEUE_URL)
const say = (message: string, fields: Record<string, string>) =>
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), message, ...fields })}\n`)
const log = { warn: say, error: say }

for (;;) {
  const { Messages: messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: QUEUE_URL, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
  )
  if (messages.length === 0) continue
  process.send?.('working')
  const records = messages.map(({ MessageId: id = '', Body: body = '' }) => ({ id, body }))
  const failed = new Set(await ingest(records, { tables, settings, reject, log, nowMs: Date.now() }))
  const done = messages.filter(({ MessageId }) => !failed.has(MessageId ?? ''))
  if (done.length === 0) continue
  const Entries = done.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }))
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: QUEUE_URL, Entries }))
}
