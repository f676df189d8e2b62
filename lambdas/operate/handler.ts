/** The operate function: what operators do to alerts, over the HTTP API. */
import { Logger } from '@aws-lambda-powertools/logger'
import { environments, readEnvironment } from '../env.ts'
import { createApp } from '../http/app.ts'
import { functionOf } from '../http/function.ts'
import { readSettings } from '../settings-file.ts'
import { tableNamed } from '../tables.ts'
import { routes } from './routes.ts'

const env = readEnvironment(environments.operate, process.env)
const settings = readSettings(env.SETTINGS_FILE, import.meta.url)
const tables = { state: tableNamed(env.STATE_TABLE), alerts: tableNamed(env.ALERTS_TABLE) }
const log = new Logger({ serviceName: 'operate' })

export const handler = functionOf(createApp(routes, { settings, tables, log, nowMs: Date.now }))
