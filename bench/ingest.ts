/** Events per second through ingest into the local store on disk, beside the store alone taking the same items. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeBatch } from '../codec/batch.ts'
import { eventOf } from '../codec/identity.ts'
import { batchSchemaVersion } from '../domain/batch.ts'
import { dialects } from '../domain/dialects/index.ts'
import type { EventDraft } from '../domain/event.ts'
import { ingest } from '../lambdas/ingest/ingest.ts'
import { writeEvents } from '../store/events.ts'
import { startTables } from '../test/tables.ts'
import { emqxMessage } from './events.ts'
import { median, printTable } from './table.ts'

const eventsPerBatch = 500
const batchesPerInvocation = 10
const invocations = 4
const rounds = 3

export async function benchIngest(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'keepwatch-bench-'))
  const engine = await startTables(join(folder, 'dynamodb'))
  const { tables } = engine
  const nowMs = Date.now()
  const retention = { eventsDays: 1, minutesDays: 1, samplesDays: 1, alertsDays: 1 }
  const rates: { limit: number[]; ingest: number[]; again: number[] } = { limit: [], ingest: [], again: [] }
  const rate = async (events: number, run: () => Promise<void>) => {
    const startedMs = performance.now()
    await run()
    return (events / (performance.now() - startedMs)) * 1000
  }
  let bytes = 0
  for (let round = 0; round < rounds; round += 1) {
    const first = round * 1_000_000
    const events = eventsOf(first, invocations * batchesPerInvocation * eventsPerBatch, nowMs)
    const other = eventsOf(first + 500_000, events.length, nowMs).map(eventOf)
    const bodies = batchesOf(events)
    bytes = bodies.reduce((sum, body) => sum + body.length, 0) / events.length
    const deliver = async () => {
      for (let n = 0; n < bodies.length; n += batchesPerInvocation) {
        const messages = bodies.slice(n, n + batchesPerInvocation).map((body, at) => ({ id: String(n + at), body }))
        const log = { warn: () => undefined, error: () => undefined }
        const reject = async () => Promise.reject(new Error('nothing should be rejected'))
        const failed = await ingest(messages, { tables, settings: { clusters: [], retention }, reject, log, nowMs })
        if (failed.length > 0) throw new Error('ingest failed')
      }
    }
    rates.limit.push(await rate(other.length, async () => writeEvents(tables.events, other, { nowMs, days: 1 })))
    rates.ingest.push(await rate(events.length, deliver))
    rates.again.push(await rate(events.length, deliver))
  }
  await engine.stop()
  await rm(folder, { recursive: true, force: true })
  const limit = median(rates.limit)
  const row = (what: string, figures: readonly number[]) => ({
    what,
    'events/s (median of 3)': Math.round(median(figures)),
    'of the limit': (median(figures) / limit).toFixed(2),
  })
  printTable([
    row('the store alone: the same items by BatchWriteItem (the limit)', rates.limit),
    row('ingest: queue messages → checked → stored', rates.ingest),
    row('ingest: the same messages a second time', rates.again),
  ])
  process.stdout.write(`\n${bytes.toFixed(1)} bytes per event as sent (base64)\n`)
}

function eventsOf(first: number, count: number, nowMs: number): EventDraft[] {
  const context = { cluster: 'bench', broker: '', isOwn: () => false }
  return Array.from({ length: count }, (_, n) => {
    const { topic, payload } = emqxMessage(first + n, nowMs)
    const message = { topic, payload, retain: false, receivedAt: nowMs, ordinal: 0, repeat: 0 }
    const reading = dialects.emqx.read(message, context)
    if (reading.kind !== 'events') throw new Error('the benchmark made an unreadable message')
    return reading.events
  }).flat()
}

function batchesOf(events: readonly EventDraft[]): string[] {
  const bodies: string[] = []
  for (let n = 0; n < events.length; n += eventsPerBatch) {
    bodies.push(
      encodeBatch({
        schema: batchSchemaVersion,
        id: `bench-${n}`,
        watcher: 'a',
        sentAt: new Date().toISOString(),
        events: events.slice(n, n + eventsPerBatch),
        samples: [],
        gaps: [],
        feeds: [],
      }),
    )
  }
  return bodies
}
