/** How far the broker's clock is from this machine's, by the stamps of the probe's events. Pure. */
import { secondMs } from '../../domain/time.ts'
import { type Check, skipped, ok, warning } from './check.ts'
import type { HeardEvent } from './heard.ts'

const warnFromMs = 5 * secondMs

export function checkClock(events: readonly HeardEvent[]): Check {
  if (events.length === 0) return skipped('clock', 'no event came whose stamp could be compared')
  const stamps = events.flatMap(({ event, receivedAtMs }) => {
    const stampMs = event.evidence?.stampedAt === undefined ? event.atMs : Date.parse(event.evidence.stampedAt)
    const isTold = event.evidence?.clock !== 'receipt' || event.evidence.stampedAt !== undefined
    return isTold ? [{ stampMs, differenceMs: stampMs - receivedAtMs }] : []
  })
  if (stamps.length === 0) return skipped('clock', 'the broker tells no time: events are placed at their receipt')
  const inSeconds = stamps.every(({ stampMs }) => stampMs % secondMs === 0)
  const differences = stamps.map(({ differenceMs }) => differenceMs).toSorted((a, b) => a - b)
  const medianMs = differences[Math.floor(differences.length / 2)] ?? 0
  // A stamp without its fraction is half a second early on the average.
  const offsetMs = Math.round(medianMs + (inSeconds ? secondMs / 2 : 0))
  const facts = { offsetMs, resolutionMs: inSeconds ? secondMs : 1 }
  const seconds = (Math.abs(offsetMs) / secondMs).toFixed(1)
  const resolution = inSeconds ? ' (its stamps are whole seconds)' : ''
  if (Math.abs(offsetMs) <= warnFromMs) return ok('clock', `${seconds} s apart${resolution}`, { facts })
  const direction = offsetMs > 0 ? 'ahead of' : 'behind'
  const text = 'Set both by NTP. Which of them is wrong cannot be told from here.'
  return warning('clock', `the broker’s clock is ${seconds} s ${direction} this machine’s${resolution}`, {
    advice: [{ text }],
    facts,
  })
}
