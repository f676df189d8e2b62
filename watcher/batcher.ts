/** Collects what feeds find and lets it go as parcels: within a second of an event, every ten seconds in any case. */
import type { FeedReport, Gap, Sample } from '../domain/batch.ts'
import type { EventDraft } from '../domain/event.ts'
import type { FeedOutput } from './feed.ts'
import type { Log } from './log.ts'
import { type Entry, pack, type Parcel } from './pack.ts'

/** An event waits at most this long for company. */
const lingerMs = 800
/** The longest silence: coverage moves on although nothing happens. */
const heartbeatMs = 10_000
const maxEntries = 2000
/** Characters of client ids and other texts of a batch; keeps the unpacked size far below what readers allow. */
const maxCharacters = 1_000_000

export interface BatcherOptions {
  readonly watcher: string
  /** What every feed says of itself now; goes with each departure, after the events it covers. */
  readonly reports: () => readonly FeedReport[]
  /** What acknowledges to the brokers all that arrived so far; called with each departure, after its entries were taken. */
  readonly receipts: () => readonly (() => void)[]
  readonly ship: (parcel: Parcel) => void
  /** A parcel that no queue would take. */
  readonly refuse: (parcel: Parcel) => void
  readonly log: Log
  readonly now: () => number
  readonly newId: () => string
}

export interface Batcher extends FeedOutput {
  /** Sends the reports again soon, as after a minute's start. */
  readonly soon: () => void
  /** Entries that have not left yet. */
  readonly waiting: () => number
  /** Lets everything go now and sets no more timers. What is added later waits for another call. */
  readonly stop: () => void
}

/** Starts collecting; the first heartbeat comes after ten seconds at the latest. */
export function startBatcher(options: BatcherOptions): Batcher {
  let entries: Entry[] = []
  let characters = 0
  let stopped = false
  let dueMs = Number.POSITIVE_INFINITY
  let timer: NodeJS.Timeout | undefined

  function leaveWithin(waitMs: number): void {
    const atMs = performance.now() + waitMs
    if (stopped || atMs >= dueMs) return
    clearTimeout(timer)
    dueMs = atMs
    timer = setTimeout(leave, waitMs)
  }

  function send(leaving: readonly Entry[]): void {
    const receipts = options.receipts()
    const settled = () => {
      for (const acknowledge of receipts) acknowledge()
    }
    const packing = { watcher: options.watcher, nowMs: options.now(), newId: options.newId }
    const { parcels, unsendable } = pack(leaving, packing)
    parcels.forEach((parcel, index) => options.ship(index === parcels.length - 1 ? { ...parcel, settled } : parcel))
    if (parcels.length === 0) settled()
    for (const parcel of unsendable) {
      options.log({ level: 'error', message: 'one event is too large for the queue', bytes: parcel.body.length })
      options.refuse(parcel)
    }
  }

  function leave(): void {
    clearTimeout(timer)
    const reports = options.reports().map((report): Entry => ({ kind: 'report', report }))
    const leaving = [...entries, ...reports]
    entries = []
    characters = 0
    dueMs = Number.POSITIVE_INFINITY
    send(leaving)
    leaveWithin(heartbeatMs)
  }

  function add(entry: Entry, size: number): void {
    entries.push(entry)
    characters += size
    if (entries.length < maxEntries && characters < maxCharacters) {
      // Only the first can bring the departure forward: asking the clock for each costs more than keeping them.
      if (entries.length === 1) leaveWithin(lingerMs)
      return
    }
    const full = entries
    entries = []
    characters = 0
    send(full)
    leaveWithin(lingerMs)
  }

  leaveWithin(heartbeatMs)
  return {
    event: (event, from) => add({ kind: 'event', event, from }, charactersOf(event)),
    sample: (sample: Sample) => add({ kind: 'sample', sample }, 200),
    gap: (gap: Gap) => add({ kind: 'gap', gap }, 1000),
    report: (report) => add({ kind: 'report', report }, 2000),
    changed: () => leaveWithin(lingerMs),
    soon: () => leaveWithin(lingerMs),
    hurry: () => leaveWithin(0),
    waiting: () => entries.length,
    stop: () => {
      stopped = true
      leave()
    },
  }
}

function charactersOf({ clientId = '', username = '', reason = '', evidence = {} }: EventDraft): number {
  const { endpoint = '', lastTopic = '' } = evidence
  return 400 + clientId.length + username.length + reason.length + endpoint.length + lastTopic.length
}
