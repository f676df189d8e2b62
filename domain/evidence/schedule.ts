/** Whether clients begin by a beat of their own, however long they stayed, or come back some time after each end. */
import { medianOf } from '../statistics.ts'
import type { ClientFacts } from '../facts.ts'
import { secondMs } from '../time.ts'

/** With fewer it may be chance. */
const leastRounds = 6
/** So much closer must the beat be kept than the delay: else the two only vary alike. */
const closerShare = 0.85
/** Who is back sooner reconnects, and does not wait for its next round. */
const leastAwayMs = 10 * secondMs

/**
 * From begin to begin more regular than from end to begin: who keeps a schedule stays away for the shorter the longer it
 * was there, while a client that reconnects waits alike after each end.
 */
export function keepSchedule(clients: readonly ClientFacts[]): boolean {
  const rounds = clients.map(({ sessions }) =>
    sessions.flatMap(({ beganMs, endedMs }, index) => {
      const nextMs = sessions[index + 1]?.beganMs
      if (beganMs === undefined || endedMs === undefined || nextMs === undefined || nextMs < endedMs) return []
      return [{ beatMs: nextMs - beganMs, awayMs: nextMs - endedMs }]
    }),
  )
  const usuallyAwayMs = medianOf(rounds.flatMap((own) => own.map(({ awayMs }) => awayMs))) ?? 0
  const beats = rounds.flatMap((own) => fromMedian(own.map(({ beatMs }) => beatMs)))
  const delays = rounds.flatMap((own) => fromMedian(own.map(({ awayMs }) => awayMs)))
  if (beats.length < leastRounds || usuallyAwayMs < leastAwayMs) return false
  return middleHalf(beats) < closerShare * middleHalf(delays)
}

function fromMedian(values: readonly number[]): number[] {
  const median = medianOf(values) ?? 0
  return values.map((value) => value - median)
}

/** Width of the middle half: rounds that were not told do not count. */
function middleHalf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[Math.floor(0.75 * sorted.length)] ?? 0) - (sorted[Math.floor(0.25 * sorted.length)] ?? 0)
}
