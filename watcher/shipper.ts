/** Sends parcels in order, for ever; bounded in memory, and what had to be dropped becomes a gap. */
import type { Gap } from '../domain/batch.ts'
import { instant, minuteMs } from '../domain/time.ts'
import { backoffMs, pause } from './backoff.ts'
import type { Log } from './log.ts'
import { joined, type Parcel, type Span, spanKey } from './pack.ts'
import type { Send } from './queue.ts'

const baseMs = 500
const capMs = 30_000
const drainCapMs = 1000

export interface ShipperOptions {
  readonly watcher: string
  readonly send: Send
  /** Bytes of unsent parcels kept; beyond it the oldest are dropped. */
  readonly maxBytes: number
  /** Events were lost: told at once, so that coverage is claimed no more. */
  readonly onLost: (span: Span) => void
  /** Gaps to ship, told when the queue takes messages again. */
  readonly onGap: (gap: Gap) => void
  readonly log: Log
  readonly now: () => number
  readonly random: () => number
}

export interface Backlog {
  readonly batches: number
  readonly bytes: number
  /** How long nothing could be sent though something waits, milliseconds; 0 when nothing waits. */
  readonly stuckMs: number
  /** Events dropped since the watcher's start. */
  readonly dropped: number
  readonly problem?: string
}

export interface Shipper {
  readonly add: (parcel: Parcel) => void
  /** Counts a parcel as lost without sending it. */
  readonly lose: (parcel: Parcel, reason: string) => void
  readonly backlog: () => Backlog
  /** Sends what is left until the deadline; returns how many parcels are left. */
  readonly stop: (deadlineMs: number) => Promise<number>
}

/** Starts shipping. */
export function startShipper(options: ShipperOptions): Shipper {
  const { now } = options
  const waiting: Parcel[] = []
  const lost = new Map<string, { readonly span: Span; readonly reason: string }>()
  let kept: Gap[] = []
  let bytes = 0
  let dropped = 0
  let sending = false
  let progressMs = now()
  let problem: { text: string; saidMs: number } | undefined
  let running = false
  let idle: Promise<void> = Promise.resolve()
  /** Ends a long wait between attempts when the drain begins. */
  const hurry = new AbortController()
  /** Ends the drain at its deadline. */
  const over = new AbortController()

  function lose(parcel: Parcel, reason: string): void {
    for (const span of parcel.spans) {
      const key = `${spanKey(span)} ${reason}`
      lost.set(key, { span: joined(lost.get(key)?.span, span), reason })
      dropped += span.events
      options.onLost(span)
    }
    kept = [...kept, ...parcel.gaps].slice(-1000)
  }

  function makeRoom(): void {
    // The parcel that is on its way is not dropped under the sender's hands.
    const oldest = sending ? 1 : 0
    const before = dropped
    while (bytes > options.maxBytes && waiting.length > oldest + 1) {
      const [parcel] = waiting.splice(oldest, 1)
      if (parcel === undefined) break
      bytes -= parcel.body.length
      lose(parcel, 'the queue was unreachable')
    }
    if (dropped === before) return
    options.log({
      level: 'error',
      message: 'unsent batches exceed the bound: the oldest were dropped',
      events: dropped - before,
    })
  }

  function recovered(): void {
    progressMs = now()
    if (problem) options.log({ level: 'info', message: 'the queue takes batches again', waiting: waiting.length })
    problem = undefined
    const spans = [...lost.values()]
    const gaps = kept
    lost.clear()
    kept = []
    for (const gap of gaps) options.onGap(gap)
    for (const { span, reason } of spans) {
      options.onGap({
        cluster: span.cluster,
        feed: span.feed,
        watcher: options.watcher,
        from: instant(span.fromMs),
        until: instant(span.untilMs),
        reason: `${reason}; ${span.events} events were dropped`,
      })
    }
  }

  function failed(reason: string): void {
    if (problem === undefined || now() - problem.saidMs >= minuteMs) {
      options.log({
        level: 'error',
        message: 'the queue is unreachable; batches wait',
        reason,
        waiting: waiting.length,
      })
      problem = { text: reason, saidMs: now() }
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; waiting.length > 0 && !over.signal.aborted; ) {
      const [parcel] = waiting
      if (parcel === undefined) break
      sending = true
      const outcome = await options.send(parcel.body)
      sending = false
      if (outcome.kind === 'unreachable') {
        failed(outcome.reason)
        makeRoom()
        const draining = hurry.signal.aborted
        const wait = { attempt: failures++, baseMs, capMs: draining ? drainCapMs : capMs, random: options.random() }
        await pause(backoffMs(wait), draining ? over.signal : hurry.signal)
        continue
      }
      failures = 0
      waiting.shift()
      bytes -= parcel.body.length
      if (outcome.kind === 'refused') {
        options.log({ level: 'error', message: 'the queue refused a batch', reason: outcome.reason })
        lose(parcel, `the queue refused a batch (${outcome.reason})`)
      }
      recovered()
    }
    running = false
  }

  return {
    add: (parcel) => {
      if (waiting.length === 0) progressMs = now()
      waiting.push(parcel)
      bytes += parcel.body.length
      makeRoom()
      if (running) return
      running = true
      idle = run()
    },
    lose,
    backlog: () => ({
      batches: waiting.length,
      bytes,
      stuckMs: waiting.length > 0 ? now() - progressMs : 0,
      dropped,
      ...(problem ? { problem: problem.text } : {}),
    }),
    stop: async (deadlineMs) => {
      const deadline = setTimeout(() => over.abort(), deadlineMs)
      hurry.abort()
      await idle
      clearTimeout(deadline)
      return waiting.length
    },
  }
}
