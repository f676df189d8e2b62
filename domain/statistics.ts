/** Tails of counts: how improbable is it to see so many. */

/** Lanczos approximation of ln Γ(x) for x > 0 (g = 7, n = 9); relative error below 1e-13. */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const
function logGamma(x: number): number {
  const t = x + 6.5
  let sum: number = lanczos[0]
  for (let n = 1; n < 9; n += 1) sum += (lanczos[n] ?? 0) / (x - 1 + n)
  return 0.9189385332046727 + (x - 0.5) * Math.log(t) - t + Math.log(sum)
}

/**
 * log10 of P(X ≥ count) for a negative binomial count X with the given mean and variance
 * mean + relativeVariance · mean² (Poisson where relativeVariance is 0). Sums the terms of the upper tail, whose ratio
 * is known exactly, from its largest one: exact to 1e-7, however small the tail; for counts that scatter by thousands,
 * whose sum is cut, to 0.1. Below the mean it gives 0, which is all a detector of surplus needs to know.
 */
export function log10UpperTail(count: number, mean: number, relativeVariance: number): number {
  if (count <= mean || count <= 0) return 0
  if (mean <= 0) return Number.NEGATIVE_INFINITY
  const size = relativeVariance > 1e-9 ? 1 / relativeVariance : Number.POSITIVE_INFINITY
  const isPoisson = size === Number.POSITIVE_INFINITY
  const first = isPoisson
    ? count * Math.log(mean) - mean - logGamma(count + 1)
    : logGamma(size + count) -
      logGamma(size) -
      logGamma(count + 1) -
      size * Math.log1p(mean / size) -
      count * Math.log1p(size / mean)
  // P(k+1) / P(k) = (size + k) / (k + 1) · mean / (size + mean); for a Poisson count mean / (k + 1).
  const success = isPoisson ? 0 : mean / (size + mean)
  let term = 1
  let sum = 1
  for (let k = count; k < count + 2000; k += 1) {
    const ratio = isPoisson ? mean / (k + 1) : ((size + k) / (k + 1)) * success
    term *= ratio
    sum += term
    if (term < sum * 1e-10) break
    // The ratio tends to `success`: what is left is about a geometric series.
    if (k === count + 1999) sum += (term * ratio) / Math.max(1e-12, 1 - ratio)
  }
  return Math.min(0, (first + Math.log(sum)) / Math.LN10)
}

/** The smallest count from `from` on whose upper tail is at most `log10Tail`. */
export function countAtTail(log10Tail: number, mean: number, relativeVariance: number, from: number): number {
  let high = Math.max(1, Math.ceil(from))
  if (log10UpperTail(high, mean, relativeVariance) <= log10Tail) return high
  let low = high
  while (log10UpperTail(high, mean, relativeVariance) > log10Tail) {
    low = high
    high = Math.ceil(high * 1.5) + 1
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (log10UpperTail(middle, mean, relativeVariance) > log10Tail) low = middle
    else high = middle
  }
  return high
}

/** Rounds to so many significant digits: what is stored every minute should be short. */
export function significant(value: number, digits: number): number {
  if (value === 0 || !Number.isFinite(value)) return 0
  const scale = 10 ** (digits - 1 - Math.floor(Math.log10(Math.abs(value))))
  return Math.round(value * scale) / scale
}

/** Two means as one, each by its weight; 0 where neither has any. */
export function pooled(mean: number, weight: number, other: number, otherWeight: number): number {
  const all = weight + otherWeight
  return all > 0 ? (mean * weight + other * otherWeight) / all : 0
}

/** Sum of the first so many. */
export function sumOf(values: readonly number[], count: number): number {
  let sum = 0
  for (let n = Math.min(count, values.length) - 1; n >= 0; n -= 1) sum += values[n] ?? 0
  return sum
}

/** Puts the newest value in front of the others, of which so many stay; what ends in zeros is cut there. */
export function putFirst(values: number[], newest: number, most: number): void {
  if (newest === 0 && values.length === 0) return
  values.unshift(newest)
  if (values.length > most) values.length = most
  while (values.at(-1) === 0) values.pop()
}

/** The middle value, the upper of two; undefined of none. */
export function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1]
}
