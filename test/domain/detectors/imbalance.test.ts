import { describe, expect, it } from 'vitest'
import { living, seeded, spans } from '../living.ts'
import { alertsOf, judged as allJudged, repeat, type Step, type Timeline, type TimelineOptions } from '../timeline.ts'

const kind = 'imbalance'
const judged = (timeline: Timeline, options: TimelineOptions = {}) =>
  allJudged(timeline, { saveEvery: 50, ...options, kind }).filter((line) => !line.endsWith('updated'))
/** A minute in which b1, b2 and so on carry so many clients. */
const loads = (...connected: number[]): Step =>
  Object.fromEntries(connected.map((each, n) => [`b${n + 1}`, { connected: each }]))
/** Five hours in which the load was even. */
const even = repeat(300, loads(660, 670, 670))
/** Minutes of this load after those hours until it is told; undefined when it is not. */
const delayOf = (...connected: number[]) => {
  const [line] = judged([...even, ...repeat(40, loads(...connected))])
  return line === undefined ? undefined : Number.parseInt(line, 10) - 299
}

describe('imbalance', () => {
  it('names the overloaded broker with its figures, and ends after twenty minutes of balance', () => {
    const timeline = [...even, ...repeat(60, loads(1000, 500, 500)), ...repeat(30, loads(660, 670, 670))]
    expect(judged(timeline)).toEqual(['309 imbalance b1 opened', '379 imbalance b1 resolved'])
    const [first] = alertsOf(timeline, { kind, saveEvery: 100 })
    expect(first?.alert).toMatchObject({ severity: 'warning', observed: 1000, expected: 667 })
    expect(first?.alert.summary).toBe(
      'b1 carries 1000 of 2000 clients (50 %); its fair share is 667 (33 %). It is overloaded.',
    )
  })
  it('names the starved broker; one that carries twice its share, or nothing, is critical', () => {
    const [first] = alertsOf([...even, ...repeat(20, loads(300, 850, 850))], { kind, saveEvery: 100 })
    expect(first?.alert).toMatchObject({ broker: 'b1', severity: 'warning', observed: 300 })
    expect(first?.alert.summary).toContain('It is starved.')
    for (const load of [loads(0, 1000, 1000), loads(1400, 300, 300)]) {
      const [worse] = alertsOf([...even, ...repeat(20, load)], { kind, saveEvery: 100 })
      expect(worse?.alert).toMatchObject({ broker: 'b1', severity: 'critical' })
    }
  })
  it('the more uneven, the sooner it is told; a little uneven never', () => {
    const delays = [delayOf(740, 630, 630), delayOf(870, 565, 565), delayOf(1000, 500, 500), delayOf(1200, 400, 400)]
    expect(delays).toEqual([undefined, 15, 10, 5])
    // Without experience it takes longer.
    expect(judged(repeat(40, loads(1200, 400, 400)))).toEqual(['9 imbalance b1 opened'])
  })
  it('weights are fair shares', () => {
    const weights = { b1: 2 }
    expect(judged(repeat(60, loads(1000, 500, 500)), { weights })).toEqual([])
    expect(judged(repeat(60, loads(700, 700, 600)), { weights })[0]).toMatch(/imbalance b[12] opened$/)
  })
  it('a dozen clients on three brokers are never uneven, nor is a cluster of one broker', () => {
    expect(judged(repeat(60, loads(12, 0, 0)))).toEqual([])
    expect(judged(repeat(60, loads(900)))).toEqual([])
  })
  it('a broker that is not seen is not an empty one; after half an hour the others are judged without it', () => {
    const unseen = (...connected: number[]): Step => ({ ...loads(...connected), b3: { coverage: 0, connected: 0 } })
    expect(judged([...even, ...repeat(60, unseen(1000, 1000))])).toEqual([])
    expect(judged([...even, ...repeat(60, unseen(1300, 700))])[0]).toMatch(/^3[34]\d imbalance b1 opened$/)
    const untold: Step = { ...loads(1000, 1000), b3: { connected: undefined } }
    expect(judged([...even, ...repeat(60, untold)])).toEqual([])
  })
  it('while nobody sees, or work is announced, nothing opens and nothing ends', () => {
    const blind = (n: number) => repeat(n, { b1: { coverage: 0 }, b2: { coverage: 0 }, b3: { coverage: 0 } })
    const uneven = repeat(20, loads(1200, 400, 400))
    const told = judged([...even, ...uneven, ...blind(100), ...repeat(30, loads(660, 670, 670))])
    expect(told).toEqual(['304 imbalance b1 opened', '439 imbalance b1 resolved'])
    const maintenance = [{ from: '2026-11-22T15:00:00Z', to: '2026-11-22T16:00:00Z', brokers: ['b2'] }]
    expect(judged([...even, ...repeat(60, loads(1200, 0, 800))], { cluster: { maintenance } })).toEqual([])
  })
  it('a newcomer may be empty for half an hour, not for longer', () => {
    const two = repeat(300, loads(1000, 1000))
    const joined = [...two, ...repeat(29, loads(1000, 1000, 0)), ...repeat(60, loads(660, 670, 670))]
    expect(judged(joined)).toEqual([])
    expect(judged([...two, ...repeat(60, loads(1000, 1000, 0))])).toEqual(['339 imbalance b3 opened'])
  })
  it('brokers that all begin together are no newcomers', () => {
    expect(judged(repeat(30, loads(1000, 1000, 0)))[0]).toMatch(/^9 imbalance b3 opened$/)
  })
  it('one alert at a time stands until the whole cluster is balanced', () => {
    const timeline = [
      ...even,
      ...repeat(30, loads(1200, 400, 400)),
      ...repeat(60, loads(400, 1200, 400)),
      ...repeat(30, loads(660, 670, 670)),
    ]
    expect(judged(timeline)).toEqual(['304 imbalance b1 opened', '409 imbalance b1 resolved'])
  })
  it('brokers whose load always wanders may wander; the same is told of one whose load never does', () => {
    const random = seeded(4)
    const wander = [0, 0, 0]
    const wandering = living({ kind })
    const told = wandering.live(3 * 1440, () => {
      for (let n = 0; n < 3; n += 1) wander[n] = 0.995 * (wander[n] ?? 0) + 0.035 * (random() - 0.5)
      return loads(...wander.map((each) => Math.round(700 * Math.exp(each))))
    })
    const uneven = loads(890, 605, 605)
    expect(spans([...told, ...wandering.live(60, () => uneven)])).toEqual([])
    const still = living({ kind })
    still.live(3 * 1440, () => loads(700, 700, 700))
    expect(spans(still.live(60, () => uneven))).toMatchObject([{ scope: 'b1' }])
    // What no load does by wandering is told all the same.
    expect(spans(wandering.live(60, () => loads(1400, 350, 350)))).toMatchObject([{ scope: 'b1' }])
  })
  it('a limit on the share is told at once', () => {
    const settings = { limits: { share: 0.4 } }
    const [first, ...more] = alertsOf([...even, loads(810, 600, 600)], { kind, settings, saveEvery: 100 })
    expect([first?.index, first?.alert.broker, first?.alert.upper, more]).toEqual([300, 'b1', 804, []])
  })
  it('a limit never becomes normal', () => {
    const settings = { limits: { share: 0.4 }, imbalance: { newNormalHours: 1 } }
    expect(judged(repeat(300, loads(900, 600, 500)), { settings })).toEqual(['0 imbalance b1 opened'])
  })
  it('a broker may have thresholds of its own', () => {
    const brokers = [{ name: 'b1', detection: { imbalance: { overloadedRatio: 2 } } }]
    expect(judged([...even, ...repeat(40, loads(950, 525, 525))], { cluster: { brokers } })).toEqual([])
    expect(delayOf(950, 525, 525)).toBe(10)
  })
  it('what lasts is the new normal: the same load is not told again, another is', () => {
    const settings = { imbalance: { newNormalHours: 2 } }
    const lasting = repeat(400, loads(1000, 500, 500))
    const told = alertsOf([...even, ...lasting, ...repeat(60, loads(1500, 250, 250))], {
      kind,
      settings,
      saveEvery: 100,
    })
    expect(spans(told)).toEqual([
      { scope: 'b1', opened: 309, resolved: 429, why: 'new_normal' },
      { scope: 'b1', opened: expect.any(Number) },
    ])
    expect(judged([...even, ...lasting, ...even], { settings })).toHaveLength(2)
  })
  it('of two that are equally uneven it is the same one whatever their order', () => {
    const step = loads(900, 900, 300, 300)
    const back = Object.fromEntries(Object.entries(step).toReversed())
    const before = repeat(300, loads(600, 600, 600, 600))
    expect(judged([...before, ...repeat(20, back)])).toEqual(judged([...before, ...repeat(20, step)]))
  })
})
