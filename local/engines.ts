/** The engines that stand in for AWS services: dynalite for DynamoDB, fauxqs for SQS and SNS, behind a key on loopback. */
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread's port has no origin */
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { buildApp } from 'fauxqs'
import * as z from 'zod/mini'
import { StartError } from './lifecycle.ts'
import { place } from './template.ts'

/** Header that opens the engines to the gateway. */
export const engineKeyHeader = 'x-keepwatch-engine'

export interface Engines {
  readonly key: string
  readonly dynamodbPort: number
  readonly messagingPort: number
  readonly stop: () => Promise<void>
}

export interface EngineOptions {
  /** Folder that keeps the tables over restarts. Queues and topics are in memory. */
  readonly dataFolder: string
  /** Told when an engine fails later on: nothing works then. */
  readonly onFault: (message: string) => void
}

/**
 * Starts both engines on free ports of loopback.
 * @throws StartError when the data folder is in use or cannot be opened.
 */
export async function startEngines(options: EngineOptions): Promise<Engines> {
  const key = randomBytes(24).toString('base64url')
  const record = await startRecordEngine(options, key)
  const messaging = await startMessagingEngine(key)
  return {
    key,
    dynamodbPort: record.port,
    messagingPort: messaging.port,
    stop: async () => {
      await messaging.stop()
      await record.stop()
    },
  }
}

interface Engine {
  readonly port: number
  readonly stop: () => Promise<void>
}

const ReadySchema = z.object({ port: z.number() })

async function startRecordEngine({ dataFolder, onFault }: EngineOptions, key: string): Promise<Engine> {
  try {
    mkdirSync(dataFolder, { recursive: true })
  } catch (error) {
    throw new StartError(`The data folder ${dataFolder} cannot be made: ${String(error)}`)
  }
  const workerData = { folder: dataFolder, keyHeader: engineKeyHeader, key }
  const worker = new Worker(new URL(`record-engine${extname(import.meta.url)}`, import.meta.url), {
    workerData,
    env: {},
  })
  const exited = new Promise<void>((done) => worker.once('exit', () => done()))
  const port = await new Promise<number>((ready, failed) => {
    worker.once('message', (message: unknown) => ready(ReadySchema.parse(message).port))
    worker.once('error', () => {
      const advice = 'Stop that one, or choose another folder with --data DIR.'
      failed(new StartError(`The data folder ${dataFolder} is in use by another Keepwatch, or not readable. ${advice}`))
    })
  })
  worker.on('error', (error) => onFault(`The DynamoDB engine failed: ${error.message}`))
  return {
    port,
    stop: async () => {
      worker.postMessage('stop')
      await exited
    },
  }
}

async function startMessagingEngine(key: string): Promise<Engine> {
  // Its own start function listens on every network interface; this does not.
  const app = buildApp({ logger: false, defaultRegion: place.region })
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers[engineKeyHeader] !== key) await reply.code(403).send()
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return { port: Number(new URL(url).port), stop: async () => app.close() }
}
