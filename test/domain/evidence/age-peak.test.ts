import { describe, expect, it, test } from 'vitest'
import { independentOf, peakOf } from '../../../domain/evidence/age-peak.ts'

/** mulberry32: the same numbers each time. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Draw = (random: () => number) => number
const normal: Draw = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
const exponential =
  (meanMs: number): Draw =>
  (random) =>
    -Math.log(1 - random()) * meanMs
const logNormal =
  (medianMs: number, sigma: number): Draw =>
  (random) =>
    medianMs * Math.exp(sigma * normal(random))
const weibull =
  (scaleMs: number, shape: number): Draw =>
  (random) =>
    scaleMs * (-Math.log(1 - random())) ** (1 / shape)
const mixed: Draw = (random) => (random() < 0.4 ? exponential(40_000) : logNormal(3_600_000, 0.6))(random)
const inWholeSeconds =
  (draw: Draw): Draw =>
  (random) => {
    const began = random() * 1000
    return Math.floor((began + draw(random)) / 1000) * 1000
  }
const many = (count: number, draw: Draw, random: () => number) => Array.from({ length: count }, () => draw(random))

/** Share of sets of durations in which a peak is seen, with a bound that chance itself passes once in a thousand tests. */
function falsePeaks(draw: Draw, count: number, { sets, mostP }: { sets: number; mostP: number }) {
  const random = seeded(count * 31 + sets)
  let peaks = 0
  for (let set = 0; set < sets; set += 1) if (peakOf(many(count, draw, random), mostP) !== undefined) peaks += 1
  return { share: peaks / sets, allowed: mostP + 3.1 * Math.sqrt((mostP * (1 - mostP)) / sets) }
}

describe('durations without a common limit', () => {
  test.each<[string, Draw]>([
    ['exponential, five minutes by the mean', exponential(300_000)],
    ['exponential, ten hours by the mean', exponential(36_000_000)],
    ['exponential of half a minute, stamps of whole seconds', inWholeSeconds(exponential(30_000))],
    ['log-normal of sigma 0.8', logNormal(600_000, 0.8)],
    ['log-normal of sigma 0.4, as narrow as is assumed', logNormal(600_000, 0.4)],
    ['Weibull of shape 0.6', weibull(600_000, 0.6)],
    ['Weibull of shape 2.7, as narrow as is assumed', weibull(600_000, 2.7)],
    ['uniform up to an hour', (random) => 3_600_000 * random()],
    ['a mixture of short and long ones', mixed],
    ['a mixture, stamps of whole seconds', inWholeSeconds(mixed)],
  ])('%s: peaks are no more frequent than said', (_, draw) => {
    for (const count of [3, 5, 20, 100]) {
      const { share, allowed } = falsePeaks(draw, count, { sets: count > 50 ? 300 : 2000, mostP: 0.01 })
      expect(share, `${count} durations`).toBeLessThanOrEqual(allowed)
    }
    const { share, allowed } = falsePeaks(draw, 6, { sets: 5000, mostP: 1e-3 })
    expect(share, 'at the usual bound').toBeLessThanOrEqual(allowed)
  })

  it('of five thousand none gather, and that is seen within a fraction of a second', () => {
    expect(peakOf(many(5000, exponential(600_000), seeded(5)))).toBeUndefined()
  })
})

describe('durations that a limit cuts', () => {
  /** How many of 200 sets show a peak at the limit. */
  function found({ limitMs, spreadMs, cut, others = 0, whole = false }: Limit): number {
    const random = seeded(cut * 7 + others)
    const blur = whole ? inWholeSeconds : (draw: Draw) => draw
    const limited = blur((next) => limitMs + next() * spreadMs)
    const other = blur(exponential(600_000))
    let seen = 0
    for (let set = 0; set < 200; set += 1) {
      const peak = peakOf([...many(others, other, random), ...many(cut, limited, random)])
      if (peak !== undefined && Math.abs(peak.atMs - limitMs) < spreadMs + 1000) seen += 1
    }
    return seen
  }
  interface Limit {
    readonly limitMs: number
    readonly spreadMs: number
    readonly cut: number
    readonly others?: number
    readonly whole?: boolean
  }

  test.each<[string, Limit, number]>([
    ['three at 350 s, within 3 s', { limitMs: 350_000, spreadMs: 3000, cut: 3 }, 200],
    ['three at 350 s, stamps of whole seconds', { limitMs: 350_000, spreadMs: 1000, cut: 3, whole: true }, 200],
    ['four at 60 s, within a second', { limitMs: 60_000, spreadMs: 1000, cut: 4 }, 195],
    ['five at 60 s, stamps of whole seconds', { limitMs: 60_000, spreadMs: 500, cut: 5, whole: true }, 195],
    ['twenty at 60 s, within 2 s', { limitMs: 60_000, spreadMs: 2000, cut: 20 }, 200],
    ['five of eight at 350 s', { limitMs: 350_000, spreadMs: 2000, cut: 5, others: 3 }, 195],
    ['twenty among forty at 100 s', { limitMs: 100_000, spreadMs: 1500, cut: 20, others: 20 }, 200],
    ['twenty among a hundred and twenty at 350 s', { limitMs: 350_000, spreadMs: 2000, cut: 20, others: 100 }, 195],
  ])('%s: seen', (_, limit, least) => {
    expect(found(limit)).toBeGreaterThanOrEqual(least)
  })

  it('tells how many gather and between what', () => {
    const peak = peakOf([351_000, 349_000, 350_000, 350_500, 12_000, 900_000, 349_200, 3_000_000])
    expect(peak).toMatchObject({ atMs: 350_000, fromMs: 349_000, toMs: 351_000, count: 5, of: 8 })
    expect(peak?.log10P).toBeLessThan(-5)
  })

  it('two are no pattern, and neither are three a quarter of an hour apart', () => {
    expect(peakOf([350_000, 350_000])).toBeUndefined()
    expect(peakOf([350_000, 1_250_000, 2_150_000])).toBeUndefined()
    expect(peakOf([])).toBeUndefined()
    expect(peakOf([0, -5, 0, 0])).toBeUndefined()
  })
})

describe('durations of many clients', () => {
  const hourMs = 3_600_000
  const agesOf = (clients: number, begins: Draw, ends: Draw) => {
    const random = seeded(clients)
    return Array.from({ length: clients }, () => {
      const endedMs = 100 * hourMs + ends(random)
      return { ms: endedMs - begins(random), endedMs }
    })
  }

  it.each<[string, Draw, Draw]>([
    [
      'all began within 9 s and ended within 1.5 s, 12 h later',
      (next) => 88 * hourMs + next() * 9000,
      (next) => next() * 1500,
    ],
    ['all began within an hour and ended in one second, a day later', (next) => 76 * hourMs + next() * hourMs, () => 0],
    ['all began and ended within some minutes', (next) => 76 * hourMs + next() * 400_000, (next) => next() * 400_000],
  ])('%s: one event, no limit', (_, begins, ends) => {
    const lasting = agesOf(60, begins, ends)
    expect(peakOf(lasting.map(({ ms }) => ms))).toBeDefined()
    expect(peakOf(independentOf(lasting))).toBeUndefined()
  })

  it('a limit that cuts each at its own time is still seen, and so is one that cuts all together again and again', () => {
    const random = seeded(7)
    const apart = Array.from({ length: 12 }, () => ({ ms: 60_000 + random() * 900, endedMs: random() * hourMs }))
    expect(peakOf(independentOf(apart))?.atMs).toBeCloseTo(60_500, -3)
    const together = Array.from({ length: 12 * 30 }, (_, index) => ({
      ms: 60_000 + random() * 900,
      endedMs: Math.floor(index / 30) * 61_500 + random() * 900,
    }))
    expect(independentOf(together)).toHaveLength(12)
    expect(peakOf(independentOf(together))?.atMs).toBeCloseTo(60_500, -3)
  })

  it('ages of five thousand ends are thinned within a fraction of a second', () => {
    const lasting = many(5000, exponential(10 * hourMs), seeded(9)).map((ms, index) => ({ ms, endedMs: index * 700 }))
    expect(independentOf(lasting).length).toBeLessThan(1800)
  })
})
