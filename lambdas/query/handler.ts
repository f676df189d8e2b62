/** The query function: HTTP API in and out. */
import { Logger } from '@aws-lambda-powertools/logger'
import { environments, readEnvironment } from '../env.ts'
import { functionOf } from '../http/function.ts'
import { readSettings } from '../settings-file.ts'
import { tableNamed } from '../tables.ts'
import { createQueryApp } from './app.ts'

const env = readEnvironment(environments.query, process.env)
const settings = readSettings(env.SETTINGS_FILE, import.meta.url)
const tables = {
  events: tableNamed(env.EVENTS_TABLE),
  minutes: tableNamed(env.MINUTES_TABLE),
  state: tableNamed(env.STATE_TABLE),
  alerts: tableNamed(env.ALERTS_TABLE),
}
const log = new Logger({ serviceName: 'query' })

export const handler = functionOf(createQueryApp({ settings, tables, log, nowMs: Date.now }))
