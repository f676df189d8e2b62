import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as stage from './timeline.ts'
import { repeat, type Timeline } from './timeline.ts'

const settings = {
  disconnectRate: { minimumClients: 20, minimumSurplus: 10, clearMinutes: 5 },
  imbalance: { openMinutes: 5, clearMinutes: 10 },
}
const judged = (timeline: Timeline, weights: Readonly<Record<string, number>> = {}) =>
  stage.judged(timeline, { settings, weights })
const otherThan = (kind: string, transitions: readonly string[]) => transitions.filter((one) => !one.includes(kind))

describe('disconnect_rate', () => {
  it('fires in the first minute it can: a third of the clients drop after two calm minutes', () => {
    expect(judged([...repeat(2, { b1: {} }), { b1: { abnormal: 33 } }])).toEqual(['2 disconnect_rate b1 opened'])
  })
  it('stays quiet below the minimum surplus and for a handful of clients', () => {
    expect(judged([...repeat(3, { b1: {} }), { b1: { abnormal: 9 } }])).toEqual([])
    expect(judged([...repeat(3, { b1: { connected: 12 } }), { b1: { connected: 1, abnormal: 12 } }])).toEqual([])
  })
  it('a rate it has learned is no anomaly, three times as much is', () => {
    const busy = repeat(90, { b1: { connected: 1000, abnormal: 40 } })
    expect(judged([...busy, { b1: { connected: 1000, abnormal: 60 } }])).toEqual([])
    expect(judged([...busy, { b1: { connected: 1000, abnormal: 200 } }])).toEqual(['90 disconnect_rate b1 opened'])
  })
  it('what it learns is not taught by an incident', () => {
    const calm = repeat(70, { b1: { abnormal: 1 } })
    const incident = repeat(30, { b1: { abnormal: 50 } })
    expect(judged([...calm, ...incident, ...repeat(6, { b1: { abnormal: 1 } }), { b1: { abnormal: 50 } }])).toEqual([
      '70 disconnect_rate b1 opened',
      '104 disconnect_rate b1 resolved',
      '106 disconnect_rate b1 opened',
    ])
  })
  it('a minute that was not seen neither opens nor resolves', () => {
    const blind = { b1: { coverage: 0, abnormal: 0 } }
    expect(judged([{ b1: {} }, { b1: { coverage: 0.2, abnormal: 90 } }])).toEqual([])
    const unresolved = judged([{ b1: {} }, { b1: { abnormal: 50 } }, ...repeat(10, blind)])
    expect(otherThan('watcher_blind', unresolved)).toEqual(['1 disconnect_rate b1 opened'])
  })
  it('all brokers at once are one alert for the cluster', () => {
    const calm = { b1: {}, b2: {}, b3: {} }
    const cut = { b1: { abnormal: 33 }, b2: { abnormal: 33 }, b3: { abnormal: 33 } }
    expect(judged([calm, cut])).toEqual(['1 disconnect_rate * opened'])
  })
})

describe('imbalance', () => {
  const loads = (b1: number, b2: number, b3: number) => ({
    b1: { connected: b1 },
    b2: { connected: b2 },
    b3: { connected: b3 },
  })
  it('opens when an uneven load has lasted, and resolves when it is even again', () => {
    const timeline = [
      ...repeat(3, loads(100, 100, 100)),
      ...repeat(8, loads(150, 150, 0)),
      ...repeat(12, loads(100, 100, 100)),
    ]
    expect(judged(timeline)).toEqual(['7 imbalance b3 opened', '20 imbalance b3 resolved'])
  })
  it('names the overloaded broker', () => {
    expect(judged(repeat(6, loads(1000, 500, 500)))).toContain('4 imbalance b1 opened')
  })
  it('a broker that was not seen is not an empty one', () => {
    const unseen = { ...loads(150, 150, 0), b3: { coverage: 0, connected: 0 } }
    expect(otherThan('watcher_blind', judged(repeat(20, unseen)))).toEqual([])
  })
  it('weights are fair shares', () => {
    expect(judged(repeat(20, loads(200, 100, 100)), { b1: 2 })).toEqual([])
  })
  it('a dozen clients on three brokers are never uneven', () => {
    expect(judged(repeat(20, loads(12, 0, 0)))).toEqual([])
  })
})

describe('the analysis is a function of the minutes', () => {
  const brokers = fc.array(
    fc.record({ abnormal: fc.nat(200), connected: fc.nat(300), coverage: fc.constantFrom(0, 0.4, 1) }),
    { minLength: 3, maxLength: 3 },
  )
  it('adding a gap never opens disconnect_rate', () => {
    fc.assert(
      fc.property(fc.array(brokers, { maxLength: 20 }), (timeline) => {
        const name = (minute: (typeof timeline)[number], blind: boolean) =>
          Object.fromEntries(
            minute.map((each, n) => [`b${n}`, blind ? { ...each, coverage: 0 } : { ...each, abnormal: 0 }]),
          )
        const opened = judged(timeline.map((minute, index) => name(minute, index % 2 === 0)))
        expect(opened.filter((line) => line.includes('disconnect_rate'))).toEqual([])
      }),
    )
  })
  it('the same minutes give the same transitions, whatever the order of the brokers', () => {
    fc.assert(
      fc.property(fc.array(brokers, { maxLength: 20 }), (timeline) => {
        const forth = timeline.map((m) => Object.fromEntries(m.map((each, n) => [`b${n}`, each])))
        const back = timeline.map((m) => Object.fromEntries(m.map((each, n) => [`b${n}`, each] as const).toReversed()))
        expect(judged(back).toSorted()).toEqual(judged(forth).toSorted())
      }),
    )
  })
})
