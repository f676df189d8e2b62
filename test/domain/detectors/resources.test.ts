import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alertsOf, judged as allJudged, repeat, type Step, type Timeline, type TimelineOptions } from '../timeline.ts'

const often = { saveEvery: 5, kind: 'resources' } as const
const judged = (timeline: Timeline, options: TimelineOptions = {}) => allJudged(timeline, { ...often, ...options })
const cpu = (percent: number): Step => ({ b1: { gauges: { cpu_percent: percent } } })
const clients = (connected: number): Step => ({ b1: { connected } })
/** A broker that tells neither in this minute. */
const nothingTold: Step = { b1: { connected: undefined } }
const cluster = { brokers: [{ name: 'b1', maximumConnections: 1000 }] }

describe('resources', () => {
  it('a CPU above its threshold for ten minutes is told, and resolved when it stays five points below', () => {
    const timeline = [...repeat(3, cpu(40)), ...repeat(12, cpu(93)), ...repeat(5, cpu(87)), ...repeat(12, cpu(84))]
    expect(judged(timeline)).toEqual(['12 resources b1 opened', '29 resources b1 resolved'])
    expect(alertsOf(timeline, often)[0]?.alert).toMatchObject({
      severity: 'warning',
      observed: 93,
      expected: 85,
      upper: 90,
      summary: 'b1 is near its ceiling: CPU at 93 %, above 90 % for 10 min.',
    })
  })
  it('ten minutes must be in a row; minutes that tell nothing, or were not seen, neither count nor interrupt', () => {
    const broken = Array.from({ length: 5 }, () => [...repeat(9, cpu(95)), cpu(89)]).flat()
    expect(judged(broken)).toEqual([])
    const holes = [...repeat(5, cpu(95)), { b1: {} }, ...repeat(3, { b1: { coverage: 0 } }), ...repeat(5, cpu(95))]
    expect(judged(holes)).toEqual(['13 resources b1 opened'])
  })
  it('memory and connections are told together, at little left as critical', () => {
    const full: Step = { b1: { connected: 991, gauges: { memory_percent: 92.25 } } }
    expect(alertsOf(repeat(10, full), { ...often, cluster })[0]).toMatchObject({
      index: 9,
      alert: {
        severity: 'critical',
        observed: 99.1,
        summary:
          'b1 is near its ceiling: memory at 92.3 %, above 90 % for 10 min; 991 of 1000 connections (99.1 %), above 90 % for 10 min.',
      },
    })
  })
  it('a number of clients that is only told when it changes holds until then', () => {
    const timeline = [clients(950), ...repeat(9, nothingTold), ...repeat(12, clients(500))]
    expect(judged(timeline, { cluster })).toEqual(['9 resources b1 opened', '19 resources b1 resolved'])
    expect(judged(timeline)).toEqual([])
  })
  it('a figure that is not told any more keeps its alert for an hour, no longer', () => {
    const timeline = [...repeat(10, cpu(95)), ...repeat(80, { b1: {} })]
    expect(judged(timeline)).toEqual(['9 resources b1 opened', '79 resources b1 resolved'])
  })
  it('more clients than a limit that was set are told at once', () => {
    const limited = { brokers: [{ name: 'b1', detection: { limits: { connected: 800 } } }] }
    const told = alertsOf([...repeat(3, clients(800)), clients(801)], { ...often, cluster: limited })
    expect(told).toMatchObject([
      { index: 3, alert: { summary: 'b1 is near its ceiling: 801 clients, the limit that was set is 800.' } },
    ])
  })
  it('each broker has its own thresholds', () => {
    const brokers = [{ name: 'b1', detection: { resources: { cpuPercent: 50, openMinutes: 2 } } }]
    const both = { b1: { gauges: { cpu_percent: 60 } }, b2: { gauges: { cpu_percent: 60 } } }
    expect(judged(repeat(20, both), { cluster: { brokers } })).toEqual(['1 resources b1 opened'])
  })
  it('neither the order of brokers, nor names, nor the hour, nor saving changes what is told; gaps open nothing', () => {
    const figure = fc.record({ percent: fc.integer({ min: 80, max: 100 }), coverage: fc.constantFrom(0, 1, 1, 1) })
    const settings = { resources: { openMinutes: 3, clearMinutes: 2 } }
    fc.assert(
      fc.property(fc.array(fc.tuple(figure, figure), { maxLength: 25 }), (drawn) => {
        const step = (each: (typeof drawn)[number], names: readonly string[]): Step =>
          Object.fromEntries(
            each.map(({ percent, coverage }, n) => [names[n], { coverage, gauges: { cpu_percent: percent } }]),
          )
        const timeline = drawn.map((each) => step(each, ['b1', 'b2']))
        const told = judged(timeline, { settings })
        const back = timeline.map((each) => Object.fromEntries(Object.entries(each).toReversed()))
        expect(judged(back, { settings }).toSorted()).toEqual(told.toSorted())
        const renamed = judged(
          drawn.map((each) => step(each, ['x', 'y'])),
          { settings },
        )
        expect(renamed).toEqual(told.map((line) => line.replace('b1', 'x').replace('b2', 'y')))
        expect(judged(timeline, { settings, beginMs: Date.parse('2026-06-01T03:33:00Z') })).toEqual(told)
        expect(judged(timeline, { settings, saveEvery: 1 })).toEqual(told)
        const opened = (lines: readonly string[]) => lines.filter((line) => line.endsWith('opened')).length
        const gaps = timeline.flatMap((each) => [each, { b1: { coverage: 0 }, b2: { coverage: 0 } }])
        expect(opened(judged(gaps, { settings }))).toBe(opened(told))
      }),
      { numRuns: 40 },
    )
  })
})
