/** The query function: HTTP API in and out. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { Logger } from '@aws-lambda-powertools/logger'
import { handle } from 'hono/aws-lambda'
import { environments, readEnvironment } from '../env.ts'
import { readSettings } from '../settings-file.ts'
import { createApp } from './app.ts'

const env = readEnvironment(environments.query, process.env)
const settings = readSettings(env.SETTINGS_FILE, import.meta.url)
const client = new DynamoDBClient({})
const tables = {
  events: { client, table: env.EVENTS_TABLE },
  minutes: { client, table: env.MINUTES_TABLE },
  state: { client, table: env.STATE_TABLE },
  alerts: { client, table: env.ALERTS_TABLE },
}
const log = new Logger({ serviceName: 'query' })

export const handler = handle(createApp({ settings, tables, log, nowMs: Date.now }))
