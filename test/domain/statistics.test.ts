import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countAtTail, log10UpperTail, pooled, putFirst, significant, sumOf } from '../../domain/statistics.ts'

/** log10 P(X ≥ count), summed term by term from P(0) on; scaled up on the way, so that nothing underflows. */
function summed(count: number, mean: number, relativeVariance: number): number {
  const size = 1 / relativeVariance
  const poisson = relativeVariance === 0
  let log = poisson ? -mean : -size * Math.log1p(mean / size)
  let tail = 0
  let scale = Number.NaN
  for (let k = 0; ; k += 1) {
    if (k === count) scale = log
    if (k >= count) {
      const term = Math.exp(log - scale)
      tail += term
      if (term < tail * 1e-17 && k > mean) break
    }
    log += Math.log(poisson ? mean / (k + 1) : ((size + k) / (k + 1)) * (mean / (size + mean)))
  }
  return (scale + Math.log(tail)) / Math.LN10
}

const means = fc.double({ min: 0.01, max: 3000, noNaN: true })
const variances = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 2, noNaN: true }))

describe('log10UpperTail', () => {
  it.each([
    // P(X ≥ 2 | 1) = 1 − 2 e⁻¹; P(X ≥ 10 | 1); a geometric count (size 1): P(X ≥ k) = (m / (m + 1))^k.
    [2, 1, 0, Math.log10(1 - 2 / Math.E)],
    [10, 1, 0, Math.log10(1.1142547833872067e-7)],
    [12, 3, 1, 12 * Math.log10(3 / 4)],
    [300, 1, 1, 300 * Math.log10(1 / 2)],
  ])('P(X ≥ %d) with mean %d and relative variance %d is as in the tables', (count, mean, variance, expected) => {
    expect(log10UpperTail(count, mean, variance)).toBeCloseTo(expected, 8)
  })
  it('is what its terms sum up to, down to tails of 1e-30 and beyond, Poisson and negative binomial', () => {
    const deepest = { poisson: 0, wider: 0 }
    fc.assert(
      fc.property(means, variances, fc.double({ min: 1, max: 60, noNaN: true }), (mean, variance, deviations) => {
        const count = Math.ceil(mean + deviations * Math.sqrt(mean + variance * mean * mean) + 0.5)
        const tail = summed(count, mean, variance)
        // Sums of very wide counts are cut after 2000 terms.
        const tolerance = variance * mean < 50 ? 1e-7 : 0.1
        expect(Math.abs(log10UpperTail(count, mean, variance) - tail)).toBeLessThan(tolerance)
        if (variance > 0) deepest.wider = Math.min(deepest.wider, tail)
        else deepest.poisson = Math.min(deepest.poisson, tail)
      }),
      { numRuns: 200 },
    )
    expect(Math.max(deepest.poisson, deepest.wider)).toBeLessThan(-30)
  })
  it('is 0 up to the mean, minus infinity where nothing can be, and never above 0', () => {
    expect([0, 1, 5].map((count) => log10UpperTail(count, 5, 0.1))).toEqual([0, 0, 0])
    expect(log10UpperTail(1, 0, 0)).toBe(Number.NEGATIVE_INFINITY)
    expect(log10UpperTail(1e6 + 1, 1e6, 0.5)).toBeLessThanOrEqual(0)
  })
})

describe('countAtTail', () => {
  it('is the first count from there on whose tail is small enough', () => {
    fc.assert(
      fc.property(means, variances, fc.double({ min: -30, max: -1, noNaN: true }), (mean, variance, needed) => {
        const count = countAtTail(needed, mean, variance, mean)
        expect(log10UpperTail(count, mean, variance)).toBeLessThanOrEqual(needed)
        expect(count <= Math.max(1, Math.ceil(mean)) || log10UpperTail(count - 1, mean, variance) > needed).toBe(true)
        expect(countAtTail(needed, mean, variance, count + 5)).toBe(count + 5)
      }),
      { numRuns: 200 },
    )
  })
})

describe('small sums', () => {
  it('rounds to significant digits, pools means by their weights, sums and pushes the newest first', () => {
    expect([123_456, 0.001_234_56, -9.996, 0, Number.NaN].map((value) => significant(value, 3))).toEqual([
      123_000, 0.001_23, -10, 0, 0,
    ])
    expect([pooled(1, 3, 5, 1), pooled(7, 0, 9, 0)]).toEqual([2, 0])
    expect([sumOf([1, 2, 3], 2), sumOf([1, 2, 3], 9)]).toEqual([3, 6])
    const counts: number[] = []
    for (const newest of [0, 4, 0, 0, 7, 0]) putFirst(counts, newest, 4)
    expect(counts).toEqual([0, 7])
  })
})
