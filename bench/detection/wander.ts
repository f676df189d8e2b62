/** A figure that wanders slowly about zero: an Ornstein-Uhlenbeck process, one step a minute. */
import type { Random } from './random.ts'

/** Steps are taken every few minutes and joined by straight lines: it is slow anyway. */
const stepMinutes = 5

export function slowWander(deviation: number, correlationMinutes: number, random: Random): () => number {
  if (deviation === 0) return () => 0
  const keep = Math.exp(-stepMinutes / correlationMinutes)
  const push = deviation * Math.sqrt(1 - keep * keep)
  let value = deviation * random.normal()
  let slope = 0
  let left = 0
  return () => {
    if (left === 0) {
      left = stepMinutes
      slope = (value * (keep - 1) + push * random.normal()) / stepMinutes
    }
    left -= 1
    value += slope
    return value
  }
}
