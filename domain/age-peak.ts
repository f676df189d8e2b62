/** Whether durations gather at one value: an idle limit or the life of a token cuts connections at one age. */
import { log10UpperTail } from './statistics.ts'

/** Where durations gather. */
export interface Peak {
  /** Median of those that gather. */
  readonly atMs: number
  readonly fromMs: number
  readonly toMs: number
  /** How many gather, and of how many. */
  readonly count: number
  readonly of: number
  /** log10 of how likely so many would come so close together by chance. */
  readonly log10P: number
}

/** Durations this near each other, as a share, are one value: timers, polling and stamps of whole seconds blur them. */
const shareApart = 0.05
const leastApartMs = 1500
/** Density, per unit of ln, at the mode of durations without a common limit: exponential 0.37, log-normal of sigma 0.8 0.5. */
const usualDensity = 0.5

/**
 * The window of 5 % (at least 1.5 s) with the most durations, where so many in it are no accident: a scan statistic. Were
 * the durations of any usual form, a share of at most 0.5 · ln(to / from) would fall into a window; the binomial tail of
 * what did, times the number of windows tried. Undefined where that is above `mostP`, or with fewer than three.
 */
export function peakOf(durationsMs: readonly number[], mostP = 1e-3): Peak | undefined {
  const sorted = durationsMs.filter((ms) => ms > 0).toSorted((a, b) => a - b)
  const of = sorted.length
  let best: Peak | undefined
  let last = 0
  for (let first = 0; first < of; first += 1) {
    const fromMs = sorted[first] ?? 0
    const limitMs = fromMs + Math.max(leastApartMs, fromMs * shareApart)
    while (last + 1 < of && (sorted[last + 1] ?? 0) <= limitMs) last += 1
    const count = last - first + 1
    if (count < 3 || count <= (best?.count ?? 0)) continue
    const share = Math.min(1, usualDensity * Math.log(limitMs / fromMs))
    const log10P = log10Binomial(count, of, share) + Math.log10(of)
    if (log10P > Math.log10(mostP)) continue
    const toMs = sorted[last] ?? 0
    best = { atMs: sorted[first + (count >> 1)] ?? 0, fromMs, toMs, count, of, log10P }
  }
  return best
}

/** log10 of P(X ≥ count) for n draws with this share each; by the Poisson tail, which is never smaller, near its mean. */
function log10Binomial(count: number, n: number, share: number): number {
  if (count === n) return n * Math.log10(share)
  return log10UpperTail(count, n * share, 0)
}
