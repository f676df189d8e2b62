import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alertsOf, judged as allJudged, repeat, type Step, type Timeline, type TimelineOptions } from '../timeline.ts'

const judged = (timeline: Timeline, options: TimelineOptions = {}) =>
  allJudged(timeline, { saveEvery: 10, ...options, kind: 'reconnect_storm' })
/** A minute of b1 in which so many connect and drop, and the number of clients at its end. */
const minute = (connects: number, drops: number, connected = 1000): Step => ({
  b1: { connects, disconnects: { network_eof: drops }, connected },
})
const calm = (minutes: number, connected = 1000) => repeat(minutes, minute(4, 4, connected))

describe('reconnect_storm', () => {
  it('clients that come back again and again are told within minutes, with figures, and resolved when it is over', () => {
    const timeline = [...calm(30), ...repeat(8, minute(600, 600)), ...calm(30)]
    expect(judged(timeline)).toEqual(['32 reconnect_storm b1 opened', '47 reconnect_storm b1 resolved'])
    const [opened] = alertsOf(timeline, { kind: 'reconnect_storm' })
    expect(opened?.alert).toMatchObject({
      severity: 'warning',
      observed: 1800,
      windowMinutes: 5,
      upper: 1500,
      topCauses: [{ cause: 'network_eof', count: 600 }],
    })
    expect(opened?.alert.summary).toMatch(/^1800 connects to b1 \(1000 clients\) within 5 min; about \d+(\.\d)? were/)
  })
  it('more than three connects of each client are critical', () => {
    const [opened] = alertsOf([...calm(30), minute(3200, 3200)], { kind: 'reconnect_storm' })
    expect(opened).toMatchObject({ index: 30, alert: { severity: 'critical', observed: 3200 } })
  })
  it('a restart, after which each client comes back once, is none; a broker that restarts on and on is', () => {
    const restart = [minute(0, 1000, 0), minute(200, 0, 200), minute(500, 0, 700), minute(300, 0)]
    expect(judged([...calm(60), ...restart, ...calm(30), ...restart, ...calm(60)])).toEqual([])
    const again = [...restart, ...restart, ...restart, ...restart]
    expect(judged([...calm(60), ...again])[0]).toMatch(/^(6\d|7[0-6]) reconnect_storm b1 opened$/)
  })
  it('neither are clients of another broker that come to stay, also where their number is told a minute late', () => {
    expect(judged([...calm(60, 100), minute(5000, 0, 5100), ...calm(30, 5100)])).toEqual([])
    const late = [minute(5000, 0, 400), minute(4, 4, 5100)]
    expect(judged([...calm(60, 100), ...late, ...calm(30, 5100)])).toEqual([])
  })
  it('nor the first minutes of a broker, nor those after a gap in which all had to come again', () => {
    expect(judged([minute(300, 0, 120), minute(700, 0, 900), ...calm(30)])).toEqual([])
    const blind = repeat(20, { b1: { coverage: 0 } })
    expect(judged([...calm(60), ...blind, minute(700, 0, 300), minute(300, 0), ...calm(30)])).toEqual([])
  })
  it('a slow storm, of a connect of each client in five minutes, is told after a quarter of an hour', () => {
    expect(judged([...calm(60), ...repeat(16, minute(210, 210))])).toEqual(['74 reconnect_storm b1 opened'])
  })
  it('connects that no end and no growth explains are told, though each client has few', () => {
    expect(judged([...calm(60), ...repeat(10, minute(100, 4))])[0]).toBe('61 reconnect_storm b1 opened')
  })
  it('clients that come, say something and go are usual where they always do', () => {
    expect(judged(repeat(120, minute(3000, 3000, 50)))).toEqual([])
    expect(judged([...repeat(120, minute(300, 300, 50)), ...repeat(5, minute(3000, 3000, 50))])).toHaveLength(1)
  })
  it('a day of storm is the new normal, and no limit ever is', () => {
    const storm = repeat(130, minute(600, 600))
    const settings = { reconnectStorm: { newNormalHours: 2 } }
    expect(judged([...calm(30), ...storm], { settings })).toEqual([
      '32 reconnect_storm b1 opened',
      '151 reconnect_storm b1 resolved',
    ])
    const limits = { connectsPerMinute: 500 }
    const told = judged([...calm(2), ...storm], { settings: { ...settings, limits } })
    expect(told.map((line) => line.split(' ').at(-1))).not.toContain('resolved')
    expect(told[0]).toBe('2 reconnect_storm b1 opened')
  })
  it('without a figure of clients it is silent but for the limit; a broker may have thresholds of its own', () => {
    const of = (connects: number): Step => ({ b1: { connects, connected: undefined } })
    expect(judged([...repeat(30, of(2)), of(900), of(900)])).toEqual([])
    const brokers = [{ name: 'b1', detection: { limits: { connectsPerMinute: 800 } } }]
    expect(judged([of(2), of(900)], { cluster: { brokers } })).toEqual(['1 reconnect_storm b1 opened'])
  })
  it('announced work is none, and teaches nothing', () => {
    const maintenance = [{ from: '2026-11-22T11:00:00Z', to: '2026-11-22T11:20:00Z' }]
    expect(judged([...calm(60), ...repeat(19, minute(900, 900)), ...calm(30)], { cluster: { maintenance } })).toEqual(
      [],
    )
  })
})

describe('reconnect_storm is a function of what the brokers did', () => {
  const brokerMinute = fc.record({
    connects: fc.oneof(fc.nat(20), fc.nat(1500)),
    drops: fc.oneof(fc.nat(20), fc.nat(1500)),
    connected: fc.nat(1000),
    coverage: fc.constantFrom(0, 0.7, 1, 1, 1),
  })
  const timelines = fc.array(fc.array(brokerMinute, { minLength: 2, maxLength: 2 }), { maxLength: 25 })
  type Drawn = readonly { connects: number; drops: number; connected: number; coverage: number }[]
  const step = (drawn: Drawn, names = ['b1', 'b2']): Step =>
    Object.fromEntries(
      drawn.map(({ drops, ...rest }, n) => [names[n], { ...rest, disconnects: { network_eof: drops } }]),
    )
  const runs = { numRuns: 40 }

  it('neither their order, nor their names, nor the hour, nor saving changes what is told', () => {
    fc.assert(
      fc.property(timelines, (drawn) => {
        const told = judged(drawn.map((each) => step(each)))
        const back = drawn.map((each) => Object.fromEntries(Object.entries(step(each)).toReversed()))
        expect(judged(back).toSorted()).toEqual(told.toSorted())
        const renamed = judged(drawn.map((each) => step(each, ['x', 'y'])))
        expect(renamed).toEqual(told.map((line) => line.replace('b1', 'x').replace('b2', 'y')))
        expect(
          judged(
            drawn.map((each) => step(each)),
            { beginMs: Date.parse('2026-06-01T03:00:00Z') },
          ),
        ).toEqual(told)
        expect(
          judged(
            drawn.map((each) => step(each)),
            { saveEvery: 1 },
          ),
        ).toEqual(told)
      }),
      runs,
    )
  })
  it('a fleet in which nobody comes more often than it went is never told, whatever gaps are put in', () => {
    const steps = fc.array(
      fc.record({ dropped: fc.nat(400), back: fc.double({ min: 0, max: 1, noNaN: true }), gap: fc.nat(3) }),
      { maxLength: 30 },
    )
    fc.assert(
      fc.property(steps, (drawn) => {
        let connected = 1000
        const timeline = drawn.flatMap(({ dropped, back, gap }): Step[] => {
          const drops = Math.min(dropped, connected, 100)
          const connects = Math.floor(back * (1000 - connected))
          connected += connects - drops
          return [...repeat(gap > 1 ? gap : 0, { b1: { coverage: 0 } }), minute(connects, drops, connected)]
        })
        expect(judged([...calm(5), ...timeline])).toEqual([])
      }),
      runs,
    )
  })
})
