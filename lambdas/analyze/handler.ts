/** The analyze function: every minute, whatever is complete. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { Logger } from '@aws-lambda-powertools/logger'
import { SNSClient } from '@aws-sdk/client-sns'
import { environments, readEnvironment } from '../env.ts'
import { readSettings } from '../settings-file.ts'
import { analyze } from './analyze.ts'
import { publishTo } from './publish.ts'

const env = readEnvironment(environments.analyze, process.env)
const settings = readSettings(env.SETTINGS_FILE, import.meta.url)
const client = new DynamoDBClient({})
const tables = {
  events: { client, table: env.EVENTS_TABLE },
  samples: { client, table: env.SAMPLES_TABLE },
  minutes: { client, table: env.MINUTES_TABLE },
  state: { client, table: env.STATE_TABLE },
  alerts: { client, table: env.ALERTS_TABLE },
}
const publish = publishTo(new SNSClient({}), env.ALERTS_TOPIC_ARN)
const log = new Logger({ serviceName: 'analyze' })

export async function handler(): Promise<void> {
  await analyze(settings, { tables, publish, log, nowMs: Date.now() })
}
