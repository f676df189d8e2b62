/** Queue, ingest and store: real engines, and the ingest in a process of its own that can be killed at its work. */
import { join } from 'node:path'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { startFauxqs } from 'fauxqs'
import { type Event, EventSchema } from '../../domain/event.ts'
import type { Gap } from '../../domain/batch.ts'
import { instant } from '../../domain/time.ts'
import { gapsSince } from '../../store/coverage.ts'
import { contentOf, type Item } from '../../store/table.ts'
import { startTables } from '../tables.ts'
import { type Child, startChild } from './children.ts'
import { type Door, startDoor } from './door.ts'

export interface Pipeline {
  readonly door: Door
  /** Of the queue, by way of the door. */
  readonly queueUrl: string
  /** Kills the ingest while it has a batch in its hands, so many milliseconds after it took it. */
  readonly killIngestAtWork: (afterMs: number) => Promise<void>
  readonly startIngest: () => void
  /** Messages that wait or are being worked on. */
  readonly waiting: () => number
  /** Messages and parts that could never be stored. */
  readonly rejected: () => number
  readonly storedEvents: () => Promise<Event[]>
  readonly gaps: (cluster: string) => Promise<Gap[]>
  readonly stop: () => Promise<void>
}

/** A message whose ingest was killed comes again after so many seconds. */
const visibilitySeconds = 10

/** Starts the engines and one ingest. */
export async function startPipeline(folder: string): Promise<Pipeline> {
  const { tables, stop: stopTables } = await startTables()
  const queues = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1' })
  queues.createQueue('batches', { attributes: { VisibilityTimeout: String(visibilitySeconds) } })
  queues.createQueue('rejected')
  const door = await startDoor(queues.port)
  const urlOf = (port: number, name: string) => `http://127.0.0.1:${port}/000000000000/${name}`
  const record = await tables.events.client.config.endpoint?.()
  const count = (name: string) => {
    const { ready = [], inflight = [] } = queues.inspectQueue(name)?.messages ?? {}
    return ready.length + inflight.length
  }
  let ingest: Child | undefined

  const startIngest = () => {
    ingest = startChild({
      script: new URL('ingest-process.ts', import.meta.url),
      env: {
        QUEUE_URL: urlOf(queues.port, 'batches'),
        REJECTED_QUEUE_URL: urlOf(queues.port, 'rejected'),
        AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${queues.port}`,
        AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${record?.port}`,
      },
      logFile: join(folder, 'ingest.log'),
    })
  }
  const kill = async () => {
    ingest?.process.kill('SIGKILL')
    await ingest?.ended
  }
  startIngest()
  return {
    door,
    queueUrl: urlOf(door.port, 'batches'),
    startIngest,
    killIngestAtWork: async (afterMs) => {
      await new Promise((working) => ingest?.process.once('message', working))
      await new Promise((done) => setTimeout(done, afterMs))
      await kill()
    },
    waiting: () => count('batches'),
    rejected: () => count('rejected'),
    storedEvents: async () => {
      const events: Event[] = []
      let start: Item | undefined
      do {
        const page = await tables.events.client.send(
          new ScanCommand({ TableName: tables.events.table, ...(start ? { ExclusiveStartKey: start } : {}) }),
        )
        for (const item of page.Items ?? []) events.push(EventSchema.parse(contentOf(item)))
        start = page.LastEvaluatedKey
      } while (start !== undefined)
      return events
    },
    gaps: async (cluster) => gapsSince(tables.state, cluster, instant(0)),
    stop: async () => {
      await kill()
      await door.close()
      await queues.stop()
      await stopTables()
    },
  }
}
