/** What the system itself recorded, asked of its query API forward in time, a bounded span at once. */
import * as z from 'zod/mini'
import { instant, minuteMs } from '../../domain/time.ts'
import { brokers as askedBrokers } from '../../api/brokers.ts'
import { brokerMinutes } from '../../api/minutes.ts'
import { requestOf } from '../../api/request.ts'
import { askJson, askPages } from '../client.ts'
import type { Target } from '../target.ts'
import type { Batch, FileOutcome } from './file.ts'
import { createReader, type Reader } from './reader.ts'
import type { Recorded } from './recorded.ts'
import type { Remarks } from './remarks.ts'

export interface StoredOptions {
  readonly target: Target
  /** Undefined: the only one there is. */
  readonly cluster: string | undefined
  readonly fromMs: number
  readonly toMs: number
}

/** Minutes held at once, of all brokers together. */
const heldMinutes = 60_000
/** The API lists newest first, at most so many a page: a span of so many minutes is one page of a broker. */
const pageMinutes = 1000
const askedAtOnce = 8

const PageSchema = z.object({ minutes: z.array(z.unknown()), next: z.optional(z.string()) })

interface StoredBroker {
  readonly cluster: string
  readonly broker: string
  /** Its share by weight, which stands for the weight itself. */
  readonly expectedShare?: number | undefined
}

/** Asks for the brokers of the cluster; their minutes are asked for as they are read. */
export async function openStored(options: StoredOptions, remarks: Remarks): Promise<FileOutcome> {
  const { target, cluster } = options
  try {
    const brokers: StoredBroker[] = []
    const query = { limit: '1000', ...(cluster === undefined ? {} : { cluster }) }
    for await (const page of askPages(target, askedBrokers, { query })) brokers.push(...page.brokers)
    const clusters = [...new Set(brokers.map((each) => each.cluster))]
    if (clusters.length > 1) return { ok: false, message: `--cluster is needed: there are ${clusters.join(', ')}` }
    if (brokers.length === 0) return { ok: false, message: `${target.url} knows no brokers of that cluster` }
    return { ok: true, batches: readStored(options, { brokers, read: createReader(remarks) }) }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) }
  }
}

async function* readStored(
  { target, fromMs, toMs }: StoredOptions,
  { brokers, read }: { readonly brokers: readonly StoredBroker[]; readonly read: Reader },
): AsyncGenerator<Batch> {
  const spanMs = Math.max(10, Math.min(pageMinutes, Math.floor(heldMinutes / brokers.length))) * minuteMs
  for (let startMs = fromMs; startMs < toMs; startMs += spanMs) {
    const endMs = Math.min(toMs, startMs + spanMs)
    const recorded: Recorded[] = []
    for (let first = 0; first < brokers.length; first += askedAtOnce) {
      const some = brokers.slice(first, first + askedAtOnce)
      const minutes = await Promise.all(some.map(async (broker) => minutesOf(target, broker, { startMs, endMs })))
      minutes.forEach((values, index) => {
        for (const value of values) {
          const each = read(value, 0)
          if (each !== undefined) recorded.push({ ...each, weight: some[index]?.expectedShare })
        }
      })
    }
    recorded.sort((a, b) => a.startMs - b.startMs)
    yield { recorded, share: (endMs - fromMs) / (toMs - fromMs) }
  }
}

/** Minutes of one broker in a span, in any order, unchecked. */
export async function minutesOf(
  target: Target,
  { cluster, broker }: Pick<StoredBroker, 'cluster' | 'broker'>,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): Promise<unknown[]> {
  const span = { from: instant(startMs), to: instant(endMs), limit: String(pageMinutes) }
  const minutes: unknown[] = []
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const query = { ...span, ...(cursor === '' ? {} : { cursor }) }
    // What a minute holds is checked by the reader of files too: once is enough.
    const found = await askJson(target, requestOf(brokerMinutes, { params: { cluster, broker }, query }))
    const page: z.infer<typeof PageSchema> = PageSchema.parse(found)
    minutes.push(...page.minutes)
    cursor = page.next
  }
  return minutes
}
