import { describe, expect, it } from 'vitest'
import type { Minute } from '../../../domain/minute.ts'
import { living, poisson, seeded, spans } from '../living.ts'
import { alertsOf, judged as allJudged, repeat, type Step, type Timeline, type TimelineOptions } from '../timeline.ts'

const kind = 'disconnect_rate'
const judged = (timeline: Timeline, options: TimelineOptions = {}) =>
  allJudged(timeline, { saveEvery: 10, ...options, kind }).filter((line) => !line.endsWith('updated'))
const opened = (timeline: Timeline, options: TimelineOptions = {}) =>
  alertsOf(timeline, { saveEvery: 10, ...options, kind }).find(({ alert }) => alert.transitions.length === 1)
/** A minute of b1 with so many drops of 1000 clients. */
const drops = (abnormal: number, more: Partial<Minute> = {}): Step => ({ b1: { connected: 1000, abnormal, ...more } })

describe('disconnect_rate without experience', () => {
  it('half of every broker’s clients at once is told in that minute, whatever minute of the hour it is', () => {
    const all = (abnormal: number): Step =>
      Object.fromEntries(['b1', 'b2', 'b3'].map((broker) => [broker, { connected: 100, abnormal }]))
    for (let minute = 0; minute < 10; minute += 1) {
      const beginMs = Date.parse('2026-11-22T10:00:00Z') + minute * 60_000
      for (const before of [0, 1, 2, 7]) {
        const first = opened([...repeat(before, all(0)), all(50)], { beginMs })
        expect([minute, before, first?.index]).toEqual([minute, before, before])
      }
    }
  })
  it('after an hour, seven times as much of one broker is told within a quarter of an hour, whatever minute of the hour it is', () => {
    const random = seeded(5)
    const step = (ofB2: number): Step =>
      Object.fromEntries(
        ['b1', 'b2', 'b3'].map((broker) => {
          const abnormal = poisson(random, 2 + (broker === 'b2' ? ofB2 : 0))
          return [broker, { connected: 1000, abnormal }]
        }),
      )
    const timeline = Array.from({ length: 75 }, (_, at) => step(at < 60 ? 0 : 12))
    for (let minute = 0; minute < 60; minute += 1) {
      const beginMs = Date.parse('2026-11-22T10:00:00Z') + minute * 60_000
      const first = opened(timeline, { beginMs })
      expect([minute, first?.alert.broker, (first?.index ?? 0) >= 60]).toEqual([minute, 'b2', true])
    }
  })
  it('a third of the clients at once is told in that minute, as critical, and that little is known yet', () => {
    const first = opened([...repeat(3, drops(3)), drops(400)])
    expect(first).toMatchObject({ index: 3, alert: { severity: 'critical', observed: 400, cold: true } })
    expect(first?.alert.summary).toMatch(/^400 connections to b1 \(1000 clients\) dropped within a minute; about /)
    expect(first?.alert.summary).toContain('(little experience yet: a wide band)')
    expect(first?.alert.topCauses).toEqual([{ cause: 'network_eof', count: 400 }])
    expect(judged([...repeat(3, { b1: {} }), { b1: { abnormal: 34 } }])).toEqual(['3 disconnect_rate b1 opened'])
    expect(judged([drops(400)])).toEqual(['0 disconnect_rate b1 opened'])
  })
  it('a rate that is usual there is learned within the hour; three times as much is told, and no longer called new', () => {
    const busy = repeat(90, drops(20))
    expect(judged([...busy, drops(35), drops(20), drops(35)])).toEqual([])
    const first = opened([...busy, drops(65)])
    expect(first).toMatchObject({ index: 90, alert: { severity: 'warning', expected: 20, windowMinutes: 1 } })
    expect(first?.alert).not.toHaveProperty('cold')
  })
  it('a few drops, and a handful of clients, are no incident', () => {
    const calm = repeat(60, { b1: {} })
    expect(judged([...calm, { b1: { abnormal: 7 } }, ...calm])).toEqual([])
    expect(judged([...repeat(60, { b1: { connected: 9 } }), { b1: { connected: 0, abnormal: 9 } }])).toEqual([])
    const settings = { disconnectRate: { minimumClients: 200 } }
    expect(judged([...calm, { b1: { abnormal: 60 } }], { settings })).toEqual([])
  })
  it('an incident is over after a quarter of an hour of calm, teaches nothing, and the next one is told again', () => {
    const incident = repeat(30, drops(300))
    const told = judged([...repeat(70, drops(3)), ...incident, ...repeat(60, drops(3)), ...incident])
    expect(told).toEqual([
      '70 disconnect_rate b1 opened',
      expect.stringMatching(/^1[1-4]\d disconnect_rate b1 resolved$/),
      '160 disconnect_rate b1 opened',
    ])
    // With fewer calm minutes asked for it is over as much sooner.
    const settings = { disconnectRate: { clearMinutes: 5 } }
    const sooner = judged([...repeat(70, drops(3)), ...incident, ...repeat(60, drops(3))], { settings })
    expect(Number.parseInt(told[1] ?? '', 10) - Number.parseInt(sooner[1] ?? '', 10)).toBe(10)
  })
  it('a calm minute between does not end it', () => {
    const flickering = Array.from({ length: 60 }, (_, n) => drops(n % 10 === 0 ? 300 : 3))
    expect(judged([...repeat(70, drops(3)), ...flickering])).toEqual(['70 disconnect_rate b1 opened'])
  })
  it('minutes that were not seen, or hardly, neither open nor resolve', () => {
    const blind = repeat(60, drops(0, { coverage: 0 }))
    const hardly = repeat(60, drops(900, { coverage: 0.4 }))
    expect(judged([...repeat(30, drops(3)), ...hardly, ...blind, ...repeat(30, drops(3))])).toEqual([])
    const told = judged([...repeat(30, drops(3)), drops(500), ...blind, ...hardly, ...blind, ...repeat(60, drops(3))])
    expect(told).toEqual([
      '30 disconnect_rate b1 opened',
      expect.stringMatching(/^2[23]\d disconnect_rate b1 resolved$/),
    ])
  })
  it('of half a minute, half is expected', () => {
    const told = (coverage: number) => judged([...repeat(120, drops(20)), drops(44, { coverage })])
    expect([told(1), told(0.5)]).toEqual([[], ['120 disconnect_rate b1 opened']])
  })
  it('a broker that does not tell its clients is held against itself', () => {
    const of = (abnormal: number): Step => ({ b1: { connected: undefined, abnormal } })
    const first = opened([...repeat(120, of(2)), of(30)])
    expect(first).toMatchObject({ index: 120, alert: { severity: 'warning' } })
    expect(first?.alert.summary).toMatch(/^30 connections to b1 dropped/)
  })
  it('a static limit is told whatever is usual', () => {
    const settings = { limits: { disconnectsPerMinute: 50 } }
    const first = opened([...repeat(90, drops(20)), drops(51)], { settings })
    expect(first).toMatchObject({ index: 90, alert: { expected: 50 } })
    expect(first?.alert.summary).toContain('the limit that was set is 50.')
  })
  it('a broker may have thresholds of its own', () => {
    const brokers = [{ name: 'b2', detection: { disconnectRate: { minimumSurplus: 100 } } }]
    const timeline = [...repeat(60, { b1: {}, b2: {} }), { b1: { abnormal: 50 }, b2: { abnormal: 50 } }]
    expect(judged(timeline, { cluster: { brokers } })).toEqual(['60 disconnect_rate b1 opened'])
  })
  it('all brokers at once are one alert of the cluster', () => {
    const calm = repeat(5, { b1: {}, b2: {}, b3: {} })
    const cut = { b1: { abnormal: 40 }, b2: { abnormal: 40 }, b3: { abnormal: 40 } }
    const told = judged([...calm, cut, cut, ...repeat(60, calm[0] ?? {})])
    expect(told).toEqual(['5 disconnect_rate * opened', expect.stringMatching(/^[3-6]\d disconnect_rate \* resolved$/)])
  })
  it('announced work is no incident and teaches nothing', () => {
    const maintenance = [{ from: '2026-11-22T12:00:00Z', to: '2026-11-22T13:00:00Z', brokers: ['b1'] }]
    const before = [...repeat(120, drops(10)), ...repeat(60, drops(200)), ...repeat(5, drops(10))]
    expect(judged(before, { cluster: { maintenance } })).toEqual([])
    expect(judged([...before, drops(50)], { cluster: { maintenance } })).toEqual(['185 disconnect_rate b1 opened'])
  })
  it('what lasts longer than the new normal takes is resolved as such; what passes a static limit never is', () => {
    const often = (_: number, n: number) => drops(n % 10 === 0 ? 3 : 20)
    const told = (limits: { disconnectsPerMinute?: number }) => {
      const plant = living({ kind, settings: { disconnectRate: { newNormalHours: 1 }, limits } })
      plant.live(300, () => drops(3))
      return spans(plant.live(300, often))
    }
    expect(told({})).toMatchObject([{ scope: 'b1', opened: 2, resolved: 62, why: 'new_normal' }])
    expect(told({ disconnectsPerMinute: 15 })).toEqual([{ scope: 'b1', opened: 1 }])
  })
})

describe('disconnect_rate by cause', () => {
  const random = seeded(1)
  /** A busy broker whose connections end at the network, most of them. */
  const causes = (keepalives: number, takeovers = 0): Step => {
    const disconnects = {
      network_eof: poisson(random, 40),
      keepalive_timeout: poisson(random, keepalives),
      session_taken_over: poisson(random, takeovers),
    }
    const abnormal = disconnects.network_eof + disconnects.keepalive_timeout + disconnects.session_taken_over
    return { b1: { connected: 2000, disconnects, abnormal } }
  }
  const learned = living({ kind })
  learned.live(720, () => causes(1))

  it('a cause that stands out alone is told, though the sum hardly moves', () => {
    const told = learned.fork().live(60, (_, n) => causes(n >= 20 && n < 40 ? 18 : 1))
    const [incident, ...more] = spans(told)
    expect([incident?.scope, more]).toEqual(['b1', []])
    expect(incident?.opened).toBeLessThan(26)
    expect(told[0]?.alert.summary).toContain('connections (keepalive_timeout) to b1')
    expect(told[0]?.alert.expected).toBeLessThan(10)
  })
  it('two that take each other over ten times a minute are told within minutes', () => {
    const told = learned.fork().live(60, (_, n) => causes(1, n >= 20 ? 10 : 0))
    expect(told[0]?.alert.summary).toContain('(session_taken_over)')
    expect(told[0]?.index).toBeGreaterThanOrEqual(20)
    expect(told[0]?.index).toBeLessThan(24)
  })
  it('ends that clients asked for are nobody’s concern', () => {
    const polite: Step = { b1: { connected: 2000, disconnects: { client_requested: 500 }, abnormal: 0 } }
    expect(learned.fork().live(60, (_, n) => (n > 20 ? polite : causes(1)))).toEqual([])
  })
})

describe('disconnect_rate when a minute came out otherwise', () => {
  const of = (abnormal: number): Partial<Minute> => drops(abnormal)['b1'] ?? {}
  const learned = living({ kind })
  learned.live(240, () => drops(3))
  /** What is told in the ten minutes after a minute of so long ago was amended, once the memory was stored, or not. */
  const toldAfter = (minutesAgo: number, abnormal: number, isStored: boolean) => {
    const plant = learned.fork()
    plant.amend('b1', minutesAgo, of(abnormal))
    plant.amend('b1', minutesAgo, of(abnormal))
    return spans((isStored ? plant.fork() : plant).live(10, () => drops(3)))
  }

  it('the windows that hold it see it with the next minute; twice is once, also through the store', () => {
    for (const isStored of [false, true]) {
      expect(toldAfter(1, 120, isStored)).toEqual([{ scope: 'b1', opened: 0 }])
      expect(toldAfter(20, 3000, isStored)).toEqual([{ scope: 'b1', opened: 0 }])
    }
    const plant = learned.fork()
    plant.amend('b1', 1, { ...of(120), disconnects: { keepalive_timeout: 120 } })
    const [first] = plant.live(1, () => drops(3))
    expect(first?.alert).toMatchObject({
      observed: expect.any(Number),
      topCauses: [{ cause: 'keepalive_timeout' }, {}],
    })
    expect(first?.alert.observed).toBeGreaterThanOrEqual(123)
  })
  it('one that is older than two hours, was not seen, or is of a broker that nobody knows, changes nothing', () => {
    expect(toldAfter(121, 5000, false)).toEqual([])
    const blind = learned.fork()
    blind.live(1, () => drops(0, { coverage: 0 }))
    blind.amend('b1', 1, of(500))
    blind.amend('b7', 1, of(500))
    expect(blind.live(10, () => drops(3))).toEqual([])
  })
  it('the last word counts: what turns out to have been too much opens nothing', () => {
    const toldWith = (...words: number[]) => {
      const plant = learned.fork()
      for (const counted of words) for (let ago = 1; ago <= 6; ago += 1) plant.amend('b1', ago, of(counted))
      return spans(plant.live(6, () => drops(3)))
    }
    expect(toldWith(30)).toEqual([{ scope: 'b1', opened: 0 }])
    expect(toldWith(30, 3)).toEqual([])
  })
})
