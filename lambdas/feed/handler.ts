/** The feed function: what brokers send over HTTP in, an answer out. */
import { Logger } from '@aws-lambda-powertools/logger'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { dialects } from '../../domain/dialects/index.ts'
import { environments, readEnvironment } from '../env.ts'
import { readSettings } from '../settings-file.ts'
import { requestOf, resultOf } from './http.ts'
import { createKeyring, secretsManager } from './keyring.ts'
import { createReceive } from './receive.ts'
import { sqsQueue } from './ship.ts'

const env = readEnvironment(environments.feed, process.env)
const settings = readSettings(env.SETTINGS_FILE, import.meta.url)
const log = new Logger({ serviceName: 'feed' })
const ports = { settings, dialects, send: sqsQueue(env.BATCHES_QUEUE_URL), log, now: Date.now }
const receive = createReceive({ ...ports, keyring: createKeyring({ ...ports, fetchSecret: secretsManager() }) })

export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  return resultOf(await receive(requestOf(event)))
}
