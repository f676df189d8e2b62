/** Sends parcels in order, for ever; while the queue is unreachable they wait on disk. What had to be dropped becomes a gap. */
import type { Gap } from '../domain/batch.ts'
import { instant, minuteMs } from '../domain/time.ts'
import { backoffMs, pause } from './backoff.ts'
import type { Log } from './log.ts'
import { joined, type Parcel, type Span, spanKey } from './pack.ts'
import type { Send } from './queue.ts'
import type { Spool, SpooledParcel } from './spool.ts'

const baseMs = 500
const capMs = 30_000
const drainCapMs = 1000

export interface ShipperOptions {
  readonly watcher: string
  readonly send: Send
  /** Where parcels wait while the queue is unreachable; without it they wait in memory. */
  readonly spool?: Spool | undefined
  /** Bytes of unsent parcels in memory; beyond it they go to the spool, and where there is none the oldest are dropped. */
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
  /** Of these, batches that are safe on disk. */
  readonly spooled: number
  /** How long nothing could be sent though something waits, milliseconds; 0 when nothing waits. */
  readonly stuckMs: number
  /** Events dropped since the watcher's start. */
  readonly dropped: number
  readonly problem?: string
}

export interface Shipper {
  readonly add: (parcel: Parcel) => void
  /** Counts a parcel as lost without sending it. */
  readonly lose: (parcel: SpooledParcel, reason: string) => void
  readonly backlog: () => Backlog
  /** Sends what is left until the deadline; tells how many parcels are left, and how many of them only in memory. */
  readonly stop: (deadlineMs: number) => Promise<{ readonly left: number; readonly unsafe: number }>
}

/** Starts shipping; what an earlier process left in the spool goes first. */
export function startShipper(options: ShipperOptions): Shipper {
  const { now, spool } = options
  const waiting: Parcel[] = []
  const lost = new Map<string, { readonly span: Span; readonly reason: string }>()
  let kept: Gap[] = []
  let bytes = 0
  let dropped = 0
  let progressMs = now()
  let problem: { text: string; saidMs: number } | undefined
  let running = false
  let idle: Promise<void> = Promise.resolve()
  let spilling: Promise<void> = Promise.resolve()
  /** Ends a long wait between attempts when the drain begins. */
  const hurry = new AbortController()
  /** Ends the drain at its deadline. */
  const over = new AbortController()
  const spooled = () => spool?.count() ?? 0
  const left = () => waiting.length + spooled()

  function lose(parcel: SpooledParcel, reason: string): void {
    for (const span of parcel.spans) {
      const key = `${spanKey(span)} ${reason}`
      lost.set(key, { span: joined(lost.get(key)?.span, span), reason })
      dropped += span.events
      options.onLost(span)
    }
    kept = [...kept, ...parcel.gaps].slice(-1000)
  }

  function loseOldest(parcels: readonly SpooledParcel[]): void {
    if (parcels.length === 0) return
    const before = dropped
    for (const parcel of parcels) lose(parcel, 'the queue was unreachable')
    const events = dropped - before
    options.log({ level: 'error', message: 'unsent batches exceed the bound: the oldest were dropped', events })
  }

  function makeRoom(): void {
    const oldest: Parcel[] = []
    while (bytes > options.maxBytes && waiting.length > 1) {
      const parcel = waiting.shift()
      if (parcel === undefined) break
      bytes -= parcel.body.length
      oldest.push(parcel)
    }
    loseOldest(oldest)
    for (const parcel of oldest) parcel.settled?.()
  }

  /** Moves what waits in memory to the disk, in order; what the disk does not take stays, within the bound. */
  async function spill(): Promise<void> {
    if (spool === undefined) return makeRoom()
    for (let [parcel] = waiting; parcel !== undefined; [parcel] = waiting) {
      const outcome = await spool.write(parcel)
      loseOldest(outcome.dropped)
      if (!outcome.written) break
      // The sender may have taken it meanwhile, or put another back before it.
      const index = waiting.indexOf(parcel)
      if (index < 0) continue
      waiting.splice(index, 1)
      bytes -= parcel.body.length
      parcel.settled?.()
    }
    makeRoom()
  }

  function spillSoon(): void {
    spilling = spilling.then(spill)
  }

  function recovered(): void {
    progressMs = now()
    if (problem) options.log({ level: 'info', message: 'the queue takes batches again', waiting: left() })
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
    if (problem !== undefined && now() - problem.saidMs < minuteMs) return
    options.log({ level: 'error', message: 'the queue is unreachable; batches wait', reason, waiting: left() })
    problem = { text: reason, saidMs: now() }
  }

  /** The next parcel in order, out of the spool as long as anything is there. */
  async function next(): Promise<
    { parcel: SpooledParcel; done: () => Promise<void> | void; putBack: () => void } | undefined
  > {
    if (problem !== undefined || spooled() > 0 || bytes > options.maxBytes) spillSoon()
    await spilling
    const old = spool === undefined || spool.count() === 0 ? undefined : await spool.oldest()
    if (spool !== undefined && old !== undefined) {
      return { parcel: old, done: spool.removeOldest, putBack: () => undefined }
    }
    const parcel = waiting.shift()
    if (parcel === undefined) return undefined
    bytes -= parcel.body.length
    const putBack = () => {
      waiting.unshift(parcel)
      bytes += parcel.body.length
    }
    return { parcel, done: () => parcel.settled?.(), putBack }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !over.signal.aborted; ) {
      const taken = await next()
      if (taken === undefined) break
      sending = true
      const outcome = await options.send(taken.parcel.body)
      sending = false
      if (outcome.kind === 'unreachable') {
        taken.putBack()
        failed(outcome.reason)
        spillSoon()
        const draining = hurry.signal.aborted
        const wait = { attempt: failures++, baseMs, capMs: draining ? drainCapMs : capMs, random: options.random() }
        await pause(backoffMs(wait), draining ? over.signal : hurry.signal)
        continue
      }
      failures = 0
      if (outcome.kind === 'refused') {
        options.log({ level: 'error', message: 'the queue refused a batch', reason: outcome.reason })
        lose(taken.parcel, `the queue refused a batch (${outcome.reason})`)
      }
      await taken.done()
      recovered()
    }
    running = false
    if (left() > 0 && !over.signal.aborted) start()
  }

  function start(): void {
    if (running) return
    running = true
    idle = run()
  }

  let sending = false
  if (spooled() > 0) start()
  return {
    add: (parcel) => {
      if (left() === 0 && !sending) progressMs = now()
      waiting.push(parcel)
      bytes += parcel.body.length
      // While a send is under way that began from memory, nothing should overtake it on the disk.
      if (problem !== undefined || bytes > 2 * options.maxBytes) spillSoon()
      start()
    },
    lose,
    backlog: () => ({
      batches: left(),
      bytes: bytes + (spool?.bytes() ?? 0),
      spooled: spooled(),
      stuckMs: left() > 0 ? now() - progressMs : 0,
      dropped,
      ...(problem ? { problem: problem.text } : {}),
    }),
    stop: async (deadlineMs) => {
      const deadline = setTimeout(() => over.abort(), deadlineMs)
      hurry.abort()
      await idle
      clearTimeout(deadline)
      if (waiting.length > 0) spillSoon()
      await spilling
      return { left: left(), unsafe: waiting.length }
    },
  }
}
