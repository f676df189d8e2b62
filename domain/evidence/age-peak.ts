/** Whether durations gather at one value: an idle limit or the life of a token cuts connections at one age. */

/** Where durations gather. */
export interface Peak {
  /** Median of those that gather. */
  readonly atMs: number
  readonly fromMs: number
  readonly toMs: number
  /** How many gather, and of how many. */
  readonly count: number
  readonly of: number
  /** log10 of the bound on how likely so many would come so close together by chance. */
  readonly log10P: number
}

/** What is further apart than this, as a share and at least so long, is not one value. */
const mostShareApart = 0.05
const mostApartMs = 1500
/** Where stamps are of whole seconds, two durations told alike may differ by one. */
const wholeSecondMs = 1000
/** What ends within this is one event: so far apart may the ends lie that one cause made. */
const oneMomentMs = 2000
/** Where ages are alike, so much of them is one moment too: of a day a quarter of an hour. */
const oneMomentShare = 0.01

/** From a begin to an end. */
export interface Lasting {
  readonly ms: number
  readonly endedMs: number
}

/**
 * The durations that may count as independent: of those that ended in one moment one only. Who began together and is lost
 * together is equally old, and of whoever began in one hour and is lost in one moment a day later it nearly holds: so
 * many are one event, and no limit. Of those with ages alike ends within 1 % of the age count as one moment.
 */
export function independentOf(lasting: readonly Lasting[]): number[] {
  const kept: Lasting[] = []
  for (const each of lasting.toSorted((a, b) => a.endedMs - b.endedMs)) if (!isSameEvent(each, kept)) kept.push(each)
  return kept.map(({ ms }) => ms)
}

function isSameEvent({ ms, endedMs }: Lasting, kept: readonly Lasting[]): boolean {
  const momentMs = Math.max(oneMomentMs, ms * oneMomentShare)
  for (let index = kept.length - 1; index >= 0; index -= 1) {
    const other = kept[index]
    if (other === undefined || endedMs - other.endedMs > momentMs) return false
    if (endedMs - other.endedMs <= oneMomentMs || Math.abs(ms - other.ms) <= ms * mostShareApart) return true
  }
  return false
}

/**
 * The window in which durations gather most surely, at most 5 % (or 1.5 s) wide; undefined where chance could do that
 * with a probability above `mostP`, or with fewer than three.
 *
 * Assumed of durations without a common limit: independent, and no more than a share of ln(b / a) of them between any a and
 * b, which is about 1 % of them within any 1 %. That holds for exponential (0.37 %) and uniform ones, for log-normal ones of
 * sigma 0.4 or more, for Weibull ones of shape 2.7 or less, and for every mixture of such. It does not hold for what keeps
 * a schedule, nor for durations that hardly vary: those gather indeed, for whatever reason.
 *
 * For each count k of n the narrowest window that holds k is tested. Its share p is that of its width plus the unit of the
 * stamps: a second where most durations are of whole seconds, else a millisecond. Any of the n may be its first, and of the
 * n − 1 others k − 1 are to follow it: the chance of any such window is at most n · P(Bin(n − 1, p) ≥ k − 1). Times n − 2, the number of counts that are tried. Both are bounds, so the true rate
 * of false peaks is below `mostP`.
 */
export function peakOf(durationsMs: readonly number[], mostP = 1e-3): Peak | undefined {
  const sorted = Float64Array.from(durationsMs.filter((ms) => ms > 0)).toSorted()
  const of = sorted.length
  // A limit is often one of whole seconds, and may be met to the millisecond: only where most are whole, the stamps are.
  const whole = sorted.filter((ms) => ms % wholeSecondMs === 0).length
  const stampMs = 2 * whole > of ? wholeSecondMs : 1
  const tail = binomialTail(of - 1)
  let best: Peak | undefined
  for (let count = 3; count <= of; count += 1) {
    const first = narrowest(sorted, count, stampMs)
    if (first === undefined) continue
    const fromMs = sorted[first] ?? 0
    const toMs = sorted[first + count - 1] ?? 0
    const share = Math.log((toMs + stampMs) / fromMs)
    const log10P = tail(count - 1, share) + Math.log10(of) + Math.log10(of - 2)
    if (log10P > Math.log10(mostP) || log10P > (best?.log10P ?? 0)) continue
    best = { atMs: sorted[first + (count >> 1)] ?? 0, fromMs, toMs, count, of, log10P }
  }
  return best
}

/** Where the narrowest window, by ratio, of so many begins; undefined where all are too wide. */
function narrowest(sorted: Float64Array, count: number, stampMs: number): number | undefined {
  let best: number | undefined
  let bestRatio = Number.POSITIVE_INFINITY
  for (let first = 0; first + count <= sorted.length; first += 1) {
    const fromMs = sorted[first] ?? 0
    const toMs = sorted[first + count - 1] ?? 0
    if (toMs - fromMs > Math.max(mostApartMs, fromMs * mostShareApart)) continue
    const ratio = (toMs + stampMs) / fromMs
    if (ratio < bestRatio) [best, bestRatio] = [first, ratio]
  }
  return best
}

/** log10 of P(Bin(n, p) ≥ k), for many k and p of one n. */
function binomialTail(n: number): (k: number, p: number) => number {
  const logFactorials = [0]
  for (let i = 1; i <= n; i += 1) logFactorials.push((logFactorials[i - 1] ?? 0) + Math.log(i))
  const logFactorial = (i: number) => logFactorials[i] ?? 0
  return (k, p) => {
    if (p >= 1 || k <= n * p) return 0
    let term = 1
    let sum = 1
    // The ratio of a term to the one before falls: what is left out is below 1e-12 of the sum.
    for (let i = k; i < n && term > sum * 1e-12; i += 1) {
      term *= ((n - i) / (i + 1)) * (p / (1 - p))
      sum += term
    }
    const logFirst =
      logFactorial(n) - logFactorial(k) - logFactorial(n - k) + k * Math.log(p) + (n - k) * Math.log1p(-p)
    return Math.min(0, (logFirst + Math.log(sum)) / Math.LN10)
  }
}
