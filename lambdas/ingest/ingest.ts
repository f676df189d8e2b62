/** Queue messages → the store: each event once, whatever comes how often and in which order. */
import { eventOf } from '../../codec/identity.ts'
import { type ReceivedBatch, type Sample, SampleSchema } from '../../domain/batch.ts'
import { type Event, EventDraftSchema } from '../../domain/event.ts'
import type { Settings } from '../../domain/settings.ts'
import { harmless } from '../../domain/text.ts'
import { instant, minuteMs, startOfMinute } from '../../domain/time.ts'
import { writeSamples } from '../../store/samples.ts'
import { writeBroker, writeMark } from '../../store/state.ts'
import type { Table } from '../../store/table.ts'
import { coverGap, coverReport } from './cover.ts'
import type { Reject } from './reject.ts'
import { storeEvents } from './store-events.ts'
import { unpack } from './unpack.ts'

export interface IngestPorts {
  readonly tables: { readonly events: Table; readonly samples: Table; readonly state: Table }
  readonly settings: Pick<Settings, 'clusters' | 'retention'>
  readonly reject: Reject
  readonly log: {
    readonly warn: (message: string, fields: Record<string, string>) => void
    readonly error: Say
  }
  readonly nowMs: number
}
type Say = (message: string, fields: Record<string, string>) => void

/** Minutes before now that the next analysis derives anyway; older ones must be marked. */
const derivedAnywayMinutes = 3

/**
 * Stores what the messages hold. Returns the ids of those that must come again because the store or the queue did not
 * answer; what can never be stored was sent to the dead-letter queue with its reason and does not come again.
 */
export async function ingest(messages: readonly { id: string; body: string }[], ports: IngestPorts): Promise<string[]> {
  const outcomes = await Promise.all(
    messages.map(async (message) => {
      try {
        await ingestOne(message, ports)
        return []
      } catch (error) {
        ports.log.error('a batch could not be stored and will be tried again', {
          message: message.id,
          error: error instanceof Error ? harmless(`${error.name}: ${error.message}`, 500) : 'unknown',
        })
        return [message.id]
      }
    }),
  )
  return outcomes.flat()
}

async function ingestOne(message: { id: string; body: string }, ports: IngestPorts): Promise<void> {
  const unpacked = await unpack(message, ports.settings.clusters)
  if (!unpacked.ok) {
    const { reason, detail } = unpacked
    ports.log.warn('rejected a message', { reason, detail: harmless(detail) })
    await ports.reject({ reason, detail, body: message.body })
    return
  }
  const { batch } = unpacked
  const drafts = await valid(batch.events, { schema: EventDraftSchema, reason: 'invalid_event' }, ports)
  const samples = await valid(batch.samples, { schema: SampleSchema, reason: 'invalid_sample' }, ports)
  const { tables, nowMs } = ports
  const { retention } = ports.settings
  const { events, removed } = await storeEvents(drafts.map(eventOf), ports)
  await writeSamples(tables.samples, samples, { nowMs, days: retention.samplesDays })
  // What a client says of itself counts in no minute, and makes no broker known.
  const told = events.filter(({ view }) => view === 'broker')
  await markOldMinutes([...told, ...removed], batch.id, ports)
  // Coverage comes last: it promises that what was seen is stored.
  await rememberBrokers(batch, { events: told, samples }, ports)
  for (const gap of batch.gaps) await coverGap(gap, { tables, retention, nowMs })
  for (const report of batch.feeds) await coverReport(report, batch, { tables, retention, nowMs })
}

interface Checker<T> {
  readonly schema: { safeParse: (value: unknown) => { success: true; data: T } | { success: false; error: Error } }
  readonly reason: string
}

async function valid<T>(values: readonly unknown[], check: Checker<T>, ports: IngestPorts): Promise<T[]> {
  const good: T[] = []
  for (const value of values) {
    const parsed = check.schema.safeParse(value)
    if (parsed.success) good.push(parsed.data)
    else {
      const detail = parsed.error.message.slice(0, 500)
      ports.log.warn('rejected part of a batch', { reason: check.reason, detail: harmless(detail) })
      await ports.reject({ reason: check.reason, detail, body: JSON.stringify(value) })
    }
  }
  return good
}

async function markOldMinutes(events: readonly Event[], batchId: string, ports: IngestPorts): Promise<void> {
  const oldest = startOfMinute(ports.nowMs) - derivedAnywayMinutes * minuteMs
  const marks = new Map<string, { cluster: string; broker: string; minute: string }>()
  for (const { cluster, broker, at } of events) {
    const start = startOfMinute(Date.parse(at))
    if (start >= oldest) continue
    marks.set(`${cluster} ${broker} ${start}`, { cluster, broker, minute: instant(start) })
  }
  for (const { cluster, broker, minute } of marks.values()) {
    await writeMark(ports.tables.state, cluster, { broker, minute, by: batchId })
  }
}

async function rememberBrokers(
  batch: ReceivedBatch,
  stored: { events: readonly Event[]; samples: readonly Sample[] },
  ports: IngestPorts,
): Promise<void> {
  const brokers = new Map<string, { cluster: string; broker: string; at: string }>()
  const remember = (cluster: string, broker: string) =>
    brokers.set(`${cluster} ${broker}`, { cluster, broker, at: batch.sentAt })
  for (const { cluster, broker } of [...stored.events, ...stored.samples]) remember(cluster, broker)
  for (const broker of brokers.values()) await writeBroker(ports.tables.state, broker, ports.nowMs)
}
