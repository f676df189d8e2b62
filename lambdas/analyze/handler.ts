/** The analyze function: every minute, whatever is complete. */
import { Logger } from '@aws-lambda-powertools/logger'
import { SNSClient } from '@aws-sdk/client-sns'
import { environments, readEnvironment } from '../env.ts'
import { readSettings } from '../settings-file.ts'
import { tableNamed } from '../tables.ts'
import { analyze } from './analyze.ts'
import { publishTo } from './publish.ts'

const env = readEnvironment(environments.analyze, process.env)
const settings = readSettings(env.SETTINGS_FILE, import.meta.url)
const tables = {
  events: tableNamed(env.EVENTS_TABLE),
  samples: tableNamed(env.SAMPLES_TABLE),
  minutes: tableNamed(env.MINUTES_TABLE),
  state: tableNamed(env.STATE_TABLE),
  alerts: tableNamed(env.ALERTS_TABLE),
}
const publish = publishTo(new SNSClient({}), { topicArn: env.ALERTS_TOPIC_ARN, pageUrl: settings.notify.pageUrl })
const log = new Logger({ serviceName: 'analyze' })

export async function handler(): Promise<void> {
  await analyze(settings, { tables, publish, log, nowMs: Date.now() })
}
