import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { localClock, minuteText } from '../../bench/detection/local-clock.ts'
import { random } from '../../bench/detection/random.ts'
import { runAll, runScenario } from '../../bench/detection/run.ts'
import { warmUpDays } from '../../bench/detection/scenario.ts'
import { scenario, scenarioNames } from '../../bench/detection/scenarios.ts'
import { AlertKindSchema } from '../../domain/alert.ts'
import { type Minute, MinuteSchema } from '../../domain/minute.ts'
import { dayMs, instant, minuteMs } from '../../domain/time.ts'

const days = 21

function digest(name: string, seed: number): string {
  const hash = createHash('sha256')
  for (const minute of scenario(name, seed, 8).minutes()) hash.update(JSON.stringify(minute))
  return hash.digest('hex')
}

describe('scenarios', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(digest('single-broker', 11)).toBe(digest('single-broker', 11))
    expect(digest('single-broker', 11)).not.toBe(digest('single-broker', 12))
  })

  it('have incidents of every kind, only after the warm-up and inside the run', () => {
    const kinds = new Map<string, number>()
    for (const name of scenarioNames) {
      const { labels, plan } = scenario(name, 11, days)
      const endMs = plan.startMs + days * dayMs
      for (const label of labels) {
        expect(label.fromMs).toBeGreaterThanOrEqual(plan.startMs + warmUpDays * dayMs)
        expect(label.toMs).toBeGreaterThan(label.fromMs)
        expect(label.brokers.length).toBeGreaterThan(0)
      }
      const scored = labels.filter((label) => label.scored)
      expect(scored.filter((label) => label.toMs >= endMs)).toEqual([])
      for (const { kind } of scored) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    }
    expect(kinds.get('disconnect_rate')).toBeGreaterThan(60)
    expect(kinds.get('imbalance')).toBeGreaterThan(8)
    expect([...kinds.keys()].toSorted()).toEqual([...AlertKindSchema.options].toSorted())
  })

  it('tell minutes as Keepwatch derives them', () => {
    const full = ['misbehaving-clients', 'watcher-gaps', 'silence-and-aftermath', 'added-and-removed', 'clock-steps']
    for (const name of scenarioNames) {
      let n = 0
      const wrong: Minute[] = []
      const some: Minute[] = []
      for (const { brokers } of scenario(name, 12, full.includes(name) ? 8 : 1).minutes()) {
        for (const minute of brokers) {
          if (minute.connected !== undefined && minute.connected < 0) wrong.push(minute)
          if ((n += 1) % 997 === 0) some.push(minute)
        }
      }
      expect(wrong).toEqual([])
      expect(some.map((minute) => MinuteSchema.parse(minute))).toEqual(some)
    }
  })

  it('keep count of the clients: what was connected, and came, and did not go, is connected', () => {
    for (const name of ['weighted', 'low-volume', 'single-broker']) {
      const connected = new Map<string, number>()
      const wrong: Minute[] = []
      for (const { brokers } of scenario(name, 13, 9).minutes()) {
        for (const minute of brokers) {
          const before = connected.get(minute.broker)
          connected.delete(minute.broker)
          if (minute.coverage < 1 || minute.connected === undefined) continue
          connected.set(minute.broker, minute.connected)
          const ended = Object.values(minute.disconnects).reduce((sum, count) => sum + count, 0)
          if (before !== undefined && before + minute.connects - ended !== minute.connected) wrong.push(minute)
        }
      }
      expect(wrong).toEqual([])
    }
  })

  it('show each imbalance that they are labelled with', () => {
    const made = scenario('low-volume', 14, days)
    expect(made.labels.map(({ kind }) => kind)).toContain('imbalance')
    for (const _ of made.minutes());
    const uneven = made.labels.filter((label) => label.kind === 'imbalance' && label.scored)
    for (const label of uneven) expect(label.unevenMs).toBeLessThan(label.toMs)
  })

  it('are judged alike on a thread and here, by Keepwatch and by every peer', async () => {
    const variants = [{ name: 'Keepwatch', detection: {} }]
    const task = { scenario: 'single-broker', seed: 11, days: 8, variants, peers: true, bare: false }
    const [there] = await runAll([task])
    const here = runScenario(task)
    expect(there?.labels).toEqual(here.labels)
    expect(there?.subjects.map(({ openings }) => openings)).toEqual(here.subjects.map(({ openings }) => openings))
    expect(here.subjects.length).toBeGreaterThan(10)
    expect(here.brokerMinutes).toBe(8 * 1440)
  })
})

describe('local time', () => {
  it('follows the change to daylight saving', () => {
    const clock = localClock('Europe/Berlin')
    const before = clock(Date.parse('2026-03-29T00:59:00Z'))
    const after = clock(Date.parse('2026-03-29T01:00:00Z'))
    expect([before.minuteOfDay, after.minuteOfDay]).toEqual([119, 180])
    expect([before.weekday, clock(Date.parse('2026-03-29T22:00:00Z')).weekday]).toEqual([0, 1])
  })
  it('is written as the record writes it', () => {
    const text = minuteText()
    const first = Date.parse('2026-12-31T23:58:00Z')
    for (let n = 0; n < 4; n += 1) expect(text(first + n * minuteMs)).toBe(instant(first + n * minuteMs))
  })
})

describe('chance', () => {
  const draws = random('test')
  const drawn = (draw: () => number) => {
    const figures = Array.from({ length: 40_000 }, draw)
    const mean = figures.reduce((sum, each) => sum + each, 0) / figures.length
    return { mean, variance: figures.reduce((sum, each) => sum + (each - mean) ** 2, 0) / figures.length }
  }
  it.each([0.3, 5, 40, 900])('a Poisson of mean %d has that mean and variance', (of) => {
    const { mean, variance } = drawn(() => draws.poisson(of))
    expect(mean / of).toBeCloseTo(1, 1)
    expect(variance / of).toBeCloseTo(1, 1)
  })
  it.each([
    [5, 0.4],
    [30, 0.1],
    [400, 0.55],
  ])('a binomial of %d at %d has the mean and variance of one', (count, probability) => {
    const { mean, variance } = drawn(() => draws.binomial(count, probability))
    expect(mean / (count * probability)).toBeCloseTo(1, 1)
    expect(variance / (count * probability * (1 - probability))).toBeCloseTo(1, 1)
  })
  it('a gamma of variance 0.3 has mean 1', () => {
    const { mean, variance } = drawn(() => draws.gamma(0.3))
    expect(mean).toBeCloseTo(1, 1)
    expect(variance).toBeCloseTo(0.3, 1)
  })
})
