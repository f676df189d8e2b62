/** What the shipper's tests stand on: parcels, and a shipper whose queue answers as a test says. */
import type { Gap } from '../../domain/batch.ts'
import type { Parcel } from '../../watcher/pack.ts'
import type { SendOutcome } from '../../watcher/queue.ts'
import { startShipper } from '../../watcher/shipper.ts'
import type { Spool } from '../../watcher/spool.ts'

const startMs = Date.parse('2026-11-22T10:00:00.000Z')

/** A parcel of 100 bytes with ten events of its own second. */
export function parcel(number: number): Parcel {
  const span = {
    cluster: 'plant',
    feed: 'node-1',
    fromMs: startMs + number * 1000,
    untilMs: startMs + number * 1000 + 999,
    events: 10,
  }
  return { body: String(number).padEnd(100, '.'), spans: [span], gaps: [] }
}

/** A shipper with a queue that answers so, and what came of it. */
export function startShipping(
  answer: (body: string) => SendOutcome | Promise<SendOutcome>,
  maxBytes = 100_000,
  spool?: Spool,
) {
  const sent: number[] = []
  const gaps: Gap[] = []
  const lostUntil: number[] = []
  const clock = { ms: startMs }
  const shipper = startShipper({
    watcher: 'a',
    send: async (body) => {
      const outcome = await answer(body)
      if (outcome.kind === 'sent') sent.push(Number.parseInt(body, 10))
      return outcome
    },
    maxBytes,
    spool,
    onLost: (span) => void lostUntil.push(span.untilMs),
    onGap: (gap) => void gaps.push(gap),
    log: () => undefined,
    now: () => clock.ms,
    random: () => 0.001,
  })
  return { shipper, sent, gaps, lostUntil, clock }
}
