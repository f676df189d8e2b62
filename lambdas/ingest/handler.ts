/** The ingest function: SQS batch in, messages to be retried out. */
import { Logger } from '@aws-lambda-powertools/logger'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { environments, readEnvironment } from '../env.ts'
import { readSettings } from '../settings-file.ts'
import { tableNamed } from '../tables.ts'
import { ingest } from './ingest.ts'
import { rejectTo } from './reject.ts'

const env = readEnvironment(environments.ingest, process.env)
const settings = readSettings(env.SETTINGS_FILE, import.meta.url)
const tables = {
  events: tableNamed(env.EVENTS_TABLE),
  samples: tableNamed(env.SAMPLES_TABLE),
  state: tableNamed(env.STATE_TABLE),
}
const reject = rejectTo(new SQSClient({}), env.REJECTED_QUEUE_URL)
const log = new Logger({ serviceName: 'ingest' })

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const messages = event.Records.map(({ messageId, body }) => ({ id: messageId, body }))
  const failed = await ingest(messages, { tables, settings, reject, log, nowMs: Date.now() })
  return { batchItemFailures: failed.map((id) => ({ itemIdentifier: id })) }
}
