import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TopClient } from '../../../domain/minute.ts'
import { alertsOf, judged as allJudged, repeat, type Step, type Timeline, type TimelineOptions } from '../timeline.ts'

const often = { saveEvery: 10, kind: 'refused_rate' } as const
const judged = (timeline: Timeline, options: TimelineOptions = {}) => allJudged(timeline, { ...often, ...options })
/** A minute in which b1, of 1000 clients, refused so many attempts with each code. */
const refusing = (refusedByCode: Record<string, number>, topClients: TopClient[] = []): Step => ({
  b1: { refused: sum(refusedByCode), refusedByCode, connected: 1000, topClients },
})
const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, count) => all + count, 0)
const calm = (minutes: number) => repeat(minutes, refusing({}))

describe('refused_rate', () => {
  it('a wave of refused attempts is told in its first minute, names the reasons, and is resolved after it', () => {
    const wave = repeat(4, refusing({ '134': 40, '5': 2, '137': 1, quota_exceeded: 1 }))
    const timeline = [...calm(70), ...wave, ...calm(30)]
    expect(judged(timeline)).toEqual(['70 refused_rate b1 opened', '92 refused_rate b1 resolved'])
    const [opened] = alertsOf(timeline, often)
    expect(opened?.alert).toMatchObject({ severity: 'warning', observed: 44, windowMinutes: 1, topCauses: [] })
    expect(opened?.alert.summary).toMatch(
      /^44 connection attempts to b1 \(1000 clients\) were refused within a minute; about \d+(\.\d)? were to be expected\. Reasons the broker gave: 40 × bad user name or password \(134\), 2 × not authorized \(5\), 1 × server busy \(137\)\.$/,
    )
  })
  it('as many refused as there are clients is critical', () => {
    const [opened] = alertsOf([...calm(5), refusing({ '135': 1200 })], often)
    expect(opened).toMatchObject({ index: 5, alert: { severity: 'critical', cold: true } })
  })
  it('what is refused every minute is usual; three times as much is not', () => {
    const usual = Array.from({ length: 400 }, (_, n) => refusing({ '5': 16 + (n % 9) }))
    expect(judged(usual)).toEqual([])
    expect(judged([...usual, ...repeat(5, refusing({ '5': 90 }))])).toHaveLength(1)
  })
  it('a new reason is told though the number is usual', () => {
    const usual = Array.from({ length: 400 }, (_, n) => refusing({ '5': 16 + (n % 9) }))
    const timeline = [...usual, ...repeat(5, refusing({ '5': 5, '138': 15 }))]
    expect(judged(timeline)).toHaveLength(1)
    expect(alertsOf(timeline, often)[0]?.alert.summary).toMatch(
      /^\d+ connection attempts to b1 \(1000 clients\) were refused as banned \(138\) within (a minute|5 min); about \d+(\.\d)? of these were/,
    )
  })
  it('names the one client that does not give up, without letting its name act', () => {
    const stuck = { clientId: 'pump\u001b[31m', disconnects: 0, attempts: 60, takeovers: 0 }
    const [opened] = alertsOf([...calm(90), refusing({ '4': 60 }, [stuck])], often)
    expect(opened?.alert.summary).toContain('60 were of one client, pump\\u{1b}[31m.')
  })
  it('a few are nothing, and a broker that tells no refusals is silent', () => {
    expect(judged([...calm(60), ...repeat(4, refusing({ '134': 2 })), ...calm(10)])).toEqual([])
    expect(judged(repeat(60, { b1: { connects: 50, connected: 1000 } }))).toEqual([])
  })
  it('codes that are not told, or are strange words, are counted all the same', () => {
    const odd = { b1: { refused: 90, refusedByCode: JSON.parse('{"constructor":40,"__proto__":30}') } }
    const [opened] = alertsOf([...repeat(60, { b1: {} }), odd], often)
    expect(opened?.alert.summary).toMatch(/Reasons the broker gave: 40 × constructor, 30 × __proto__, 20 × unknown\.$/)
    expect(judged([...repeat(60, { b1: {} }), { b1: { refused: 90 } }])).toEqual(['60 refused_rate b1 opened'])
  })
  it('a day of it is the new normal; a limit that was set never is', () => {
    const settings = { refusedRate: { newNormalHours: 2 } }
    const wave = repeat(200, refusing({ '134': 40 }))
    expect(judged([...calm(60), ...wave], { settings }).at(-1)).toBe('179 refused_rate b1 resolved')
    const limits = { refusedPerMinute: 30 }
    const limited = judged([...calm(60), ...wave], { settings: { ...settings, limits } })
    expect(limited.filter((line) => !line.endsWith('updated'))).toEqual(['60 refused_rate b1 opened'])
  })
  it('announced work, and what one broker tolerates, is not told', () => {
    const wave = [...calm(60), ...repeat(10, refusing({ '134': 40 })), ...calm(10)]
    const maintenance = [{ from: '2026-11-22T11:00:00Z', to: '2026-11-22T11:20:00Z' }]
    expect(judged(wave, { cluster: { maintenance } })).toEqual([])
    const brokers = [{ name: 'b1', detection: { refusedRate: { minimumSurplus: 500 } } }]
    expect(judged(wave, { cluster: { brokers } })).toEqual([])
  })
})

describe('refused_rate is a function of what the brokers did', () => {
  const brokerMinute = fc.record({
    codes: fc.dictionary(fc.constantFrom('4', '134', '135', 'other'), fc.oneof(fc.nat(3), fc.nat(60)), { maxKeys: 3 }),
    coverage: fc.constantFrom(0, 0.7, 1, 1, 1),
  })
  const timelines = fc.array(fc.array(brokerMinute, { minLength: 2, maxLength: 2 }), { maxLength: 25 })
  type Drawn = readonly { codes: Record<string, number>; coverage: number }[]
  const step = (drawn: Drawn, names = ['b1', 'b2']): Step =>
    Object.fromEntries(
      drawn.map(({ codes, coverage }, n) => [names[n], { refused: sum(codes), refusedByCode: codes, coverage }]),
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
  it('gaps put into a timeline never open an alert, whatever is counted in them', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ refused: fc.nat(2), gap: fc.nat(3) }), { maxLength: 40 }), (drawn) => {
        const timeline = drawn.flatMap(({ refused, gap }) => [
          ...repeat(gap, { b1: { coverage: 0, refused: 5000, refusedByCode: { '134': 5000 } } }),
          refusing({ '134': refused }),
        ])
        expect(judged(timeline)).toEqual([])
      }),
      runs,
    )
  })
})
