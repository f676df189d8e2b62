import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Minute } from '../../../domain/minute.ts'
import { alertsOf, judged as allJudged, repeat, type Step, type Timeline, type TimelineOptions } from '../timeline.ts'

const often = { saveEvery: 60, kind: 'broker_silent' } as const
const judged = (timeline: Timeline, options: TimelineOptions = {}) => allJudged(timeline, { ...often, ...options })
const on = (b1: Partial<Minute>): Step => ({ b1 })
/** A minute of a broker that is well: so many events, half of them ends, and its number of clients. */
const busy = (events: number, connected = 1000): Step =>
  on({ connects: Math.ceil(events / 2), disconnects: { network_eof: Math.floor(events / 2) }, connected })
/** A minute in which only its number of clients is told. */
const still = (connected: number): Step => on({ connected })
/** A minute in which nothing at all is told. */
const nothing: Step = { b1: { connected: undefined } }
/** Counts that scatter about a mean, always the same ones. */
const about = (mean: number, minutes: number, seed = 1) => {
  let state = seed
  return Array.from({ length: minutes }, () => {
    let product = 1
    let count = -1
    while (product > Math.exp(-mean)) {
      state = (state * 48_271) % 2_147_483_647
      product *= state / 2_147_483_647
      count += 1
    }
    return busy(count)
  })
}

describe('broker_silent', () => {
  it('a busy broker from which nothing comes any more is told within minutes, and resolved when it is back', () => {
    const timeline = [...about(20, 200), ...repeat(12, still(1000)), ...about(20, 5)]
    expect(judged(timeline)).toEqual(['205 broker_silent b1 opened', '213 broker_silent b1 resolved'])
    const [opened] = alertsOf(timeline, often)
    expect(opened?.alert).toMatchObject({ severity: 'warning', observed: 0, windowMinutes: 6 })
    expect(opened?.alert.summary).toMatch(
      /^Nothing has come from b1 for 6 min, though it is watched; about \d+(\.\d)? events were to be expected\. It still tells figures of itself/,
    )
  })
  it('the fewer events are usual, the longer it may be silent', () => {
    const openedAfter = (mean: number) => {
      const [opened] = alertsOf([...about(mean, 1500), ...repeat(200, still(1000))], often)
      return (opened?.index ?? 0) - 1499
    }
    expect(openedAfter(20)).toBe(3)
    expect(openedAfter(2)).toBeGreaterThan(6)
    expect(openedAfter(0.3)).toBeGreaterThan(40)
    expect(openedAfter(0.3)).toBeLessThan(120)
  })
  it('quiet hours of the night are no silence, neither the first nor those after', () => {
    const day = [...about(5, 900), ...about(2, 60), ...about(1, 420, 7), ...about(2, 60)]
    expect(judged([...day, ...day, ...day])).toEqual([])
  })
  it('events in bursts with pauses between are no silence', () => {
    const bursts = Array.from({ length: 40 }, (_, n) => [...repeat(3, busy(30)), ...repeat(5 + (n % 20), still(1000))])
    expect(judged(bursts.flat())).toEqual([])
  })
  it('clients that are gone without a word are told at once, also of a broker with few events', () => {
    const timeline = [...about(0.2, 120), ...repeat(5, still(0))]
    expect(judged(timeline)).toEqual(['121 broker_silent b1 opened'])
    expect(alertsOf(timeline, often)[0]?.alert).toMatchObject({
      severity: 'critical',
      expected: 1000,
      summary: expect.stringMatching(
        /^Nothing has come from b1 for \d+ min, though it is watched; its 1000 clients are gone, and it told no end of their connections\.$/,
      ),
    })
  })
  it('a broker that tells no figures any more, as it always did, is dead', () => {
    expect(judged([...about(0.2, 120), ...repeat(5, nothing)])).toEqual(['122 broker_silent b1 opened'])
    const seldom = Array.from({ length: 30 }, () => [...about(0.2, 2), ...repeat(4, nothing)]).flat()
    expect(judged(seldom)).toEqual([])
  })
  it('a gap while it is dead does not bring it back', () => {
    const dead = [...repeat(5, nothing), on({ coverage: 0 }), ...repeat(30, nothing)]
    const timeline = [...about(0.2, 120), ...dead, ...about(20, 5)]
    expect(judged(timeline)).toEqual(['122 broker_silent b1 opened', '157 broker_silent b1 resolved'])
  })
  it('a broker that was emptied, and then falls silent, is not', () => {
    const drained = (step: Step) => [
      ...about(20, 200),
      on({ disconnects: { server_redirect: 600 }, connected: 400 }),
      on({ disconnects: { server_redirect: 400 }, connected: 0 }),
      ...repeat(60, step),
    ]
    expect(judged(drained(still(0)))).toEqual([])
    expect(judged(drained(nothing))).toEqual([])
    const late = [
      ...about(20, 200),
      on({ disconnects: { server_redirect: 1000 }, connected: 1000 }),
      ...repeat(60, still(0)),
    ]
    expect(judged(late)).toEqual([])
  })
  it('nothing is expected of one that never told of a client, or of which all that came was the beginning', () => {
    expect(judged(repeat(200, still(0)))).toEqual([])
    expect(judged([busy(5000), busy(300), busy(20), ...repeat(300, still(1000))])).toEqual([])
  })
  it('minutes not seen are no silence, and whoever went meanwhile went unseen', () => {
    const blind = (minutes: number) => repeat(minutes, on({ coverage: 0 }))
    expect(judged([...about(20, 200), ...blind(60), ...about(20, 20)])).toEqual([])
    expect(judged([...about(20, 200), ...blind(5), ...repeat(60, still(0))])).toEqual([])
    const half = repeat(30, on({ coverage: 0.6, connected: 1000 }))
    expect(judged([...about(20, 200), ...half, ...about(20, 5)])).toEqual([])
    // What is left of the evidence counts.
    const torn = [...repeat(2, still(1000)), ...blind(3), ...repeat(5, still(1000))]
    expect(judged([...about(20, 200), ...torn])).toEqual(['208 broker_silent b1 opened'])
  })
  it('each broker is told by itself, and has its own thresholds', () => {
    const both = (step: Step) => Object.fromEntries(['b1', 'b2'].map((name) => [name, step['b1'] ?? {}]))
    const timeline = [...about(20, 1500), ...repeat(5, still(1000))].map(both)
    const brokers = [{ name: 'b2', detection: { brokerSilent: { openMinutes: 60 } } }]
    expect(judged(timeline)).toEqual(['1502 broker_silent b1 opened', '1502 broker_silent b2 opened'])
    expect(judged(timeline, { cluster: { brokers } })).toEqual(['1502 broker_silent b1 opened'])
  })
  it('announced work is no silence', () => {
    const maintenance = [{ from: '2026-11-22T13:20:00Z', to: '2026-11-22T14:00:00Z' }]
    const timeline = [...about(20, 200), ...repeat(40, still(0)), ...about(20, 10)]
    expect(judged(timeline, { cluster: { maintenance } })).toEqual([])
  })
})

describe('broker_silent is a function of what the brokers did', () => {
  const brokerMinute = fc.record({
    connects: fc.oneof(fc.constant(0), fc.nat(20)),
    connected: fc.constantFrom(0, 500, 1000),
    coverage: fc.constantFrom(0, 0.7, 1, 1, 1),
  })
  const timelines = fc.array(fc.tuple(brokerMinute, brokerMinute), { maxLength: 20 })
  const runs = { numRuns: 25 }

  it('neither their order, nor their names, nor the day, nor saving changes what is told', () => {
    fc.assert(
      fc.property(timelines, (drawn) => {
        const tell = (names: readonly string[], options: TimelineOptions = {}) => {
          const of = (each: readonly Partial<Minute>[]): Step =>
            Object.fromEntries(each.map((minute, n) => [names[n], minute]))
          const usual = about(20, 80).map(({ b1 }) => of([b1 ?? {}, b1 ?? {}]))
          return judged([...usual, ...drawn.map(of)], options)
        }
        const told = tell(['b1', 'b2'])
        const renamed = told.map((line) => line.replace('b1', 'x').replace('b2', 'a'))
        expect(tell(['x', 'a'])).toEqual(renamed)
        expect(tell(['b1', 'b2'], { beginMs: Date.parse('2026-06-01T10:00:00Z') })).toEqual(told)
        expect(tell(['b1', 'b2'], { saveEvery: 7 })).toEqual(told)
      }),
      runs,
    )
  })
  it('gaps put into a calm timeline never open an alert', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6), { maxLength: 30 }), (gaps) => {
        const holes = gaps.flatMap((minutes) => [...repeat(minutes, on({ coverage: 0, connected: 0 })), busy(20)])
        expect(judged([...about(20, 120), ...holes])).toEqual([])
      }),
      runs,
    )
  })
})
