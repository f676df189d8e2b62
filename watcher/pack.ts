/** Entries → queue messages small enough to send: pure cutting by encoded size, so that nothing is ever too large. */
import { encodeBatch } from '../codec/batch.ts'
import { batchSchemaVersion, type FeedReport, type Gap, type Sample } from '../domain/batch.ts'
import type { EventDraft } from '../domain/event.ts'
import { instant } from '../domain/time.ts'
import type { FeedName } from './feed.ts'

/** Encoded size up to which entries share a message. */
export const maxBodyBytes = 200_000
/** What a queue takes at most; an entry alone over this cannot be sent. */
const hardLimitBytes = 256 * 1024

export type Entry =
  | { readonly kind: 'event'; readonly event: EventDraft; readonly from: FeedName }
  | { readonly kind: 'sample'; readonly sample: Sample }
  | { readonly kind: 'gap'; readonly gap: Gap }
  | { readonly kind: 'report'; readonly report: FeedReport }

/** The events of one feed in a parcel, and the time they span, epoch milliseconds in the broker's time. */
export interface Span extends FeedName {
  readonly fromMs: number
  readonly untilMs: number
  readonly events: number
}

/** One queue message, and what must be said if it is ever dropped. */
export interface Parcel {
  readonly body: string
  readonly spans: readonly Span[]
  readonly gaps: readonly Gap[]
  /** To be called once the parcel, and all before it, is safe with the queue or on disk. */
  readonly settled?: () => void
}

export interface Packing {
  readonly watcher: string
  readonly nowMs: number
  readonly newId: () => string
}

/** Packs entries in their order; a parcel alone too large for any queue comes back as `unsendable`. */
export function pack(entries: readonly Entry[], packing: Packing): { parcels: Parcel[]; unsendable: Parcel[] } {
  if (entries.length === 0) return { parcels: [], unsendable: [] }
  const [events, samples, gaps, feeds]: [EventDraft[], Sample[], Gap[], FeedReport[]] = [[], [], [], []]
  for (const entry of entries) {
    if (entry.kind === 'event') events.push(entry.event)
    else if (entry.kind === 'sample') samples.push(entry.sample)
    else if (entry.kind === 'gap') gaps.push(entry.gap)
    else feeds.push(entry.report)
  }
  const body = encodeBatch({
    schema: batchSchemaVersion,
    id: packing.newId(),
    watcher: packing.watcher,
    sentAt: instant(packing.nowMs),
    events,
    samples,
    gaps,
    feeds,
  })
  if (body.length > maxBodyBytes && entries.length > 1) {
    const half = Math.ceil(entries.length / 2)
    const first = pack(entries.slice(0, half), packing)
    const second = pack(entries.slice(half), packing)
    return {
      parcels: [...first.parcels, ...second.parcels],
      unsendable: [...first.unsendable, ...second.unsendable],
    }
  }
  const parcel: Parcel = { body, spans: spansOf(entries), gaps }
  return body.length > hardLimitBytes ? { parcels: [], unsendable: [parcel] } : { parcels: [parcel], unsendable: [] }
}

function spansOf(entries: readonly Entry[]): Span[] {
  const spans = new Map<FeedName, { fromMs: number; untilMs: number; events: number }>()
  for (const entry of entries) {
    if (entry.kind !== 'event') continue
    const { atMs } = entry.event
    const span = spans.get(entry.from)
    if (span === undefined) spans.set(entry.from, { fromMs: atMs, untilMs: atMs, events: 1 })
    else {
      span.fromMs = Math.min(span.fromMs, atMs)
      span.untilMs = Math.max(span.untilMs, atMs)
      span.events += 1
    }
  }
  return [...spans].map(([{ cluster, feed }, span]) => ({ cluster, feed, ...span }))
}

/** One key for a feed of a cluster. */
export function spanKey({ cluster, feed }: FeedName): string {
  return JSON.stringify([cluster, feed])
}

/** One span over both. */
export function joined(known: Span | undefined, span: Span): Span {
  if (known === undefined) return span
  return {
    ...span,
    fromMs: Math.min(known.fromMs, span.fromMs),
    untilMs: Math.max(known.untilMs, span.untilMs),
    events: known.events + span.events,
  }
}
