import { describe, expect, it } from 'vitest'
import { living, poisson, seeded, spans } from '../living.ts'
import type { Step } from '../timeline.ts'

const kind = 'disconnect_rate'
const hourMs = 3_600_000
const dayMinutes = 1440
const monday = Date.parse('2026-06-01T00:00:00Z')
type Rate = (startMs: number, index: number) => number
/** Counts of brokers of 1000 clients each, Poisson with the rate of each. */
function fleet(seed: number, rates: Readonly<Record<string, Rate>>) {
  const random = seeded(seed)
  return (startMs: number, index: number): Step =>
    Object.fromEntries(
      Object.entries(rates).map(([broker, rate]) => {
        return [broker, { connected: 1000, abnormal: poisson(random, rate(startMs, index)) }]
      }),
    )
}
/** Twice as busy by day as by night. */
const daily: Rate = (startMs) => 6 * (1 + 0.35 * Math.sin((2 * Math.PI * (startMs / hourMs - 8)) / 24))
const times =
  (factor: number, from: number, to: number): Rate =>
  (startMs, index) =>
    daily(startMs, index) * (index >= from && index < to ? factor : 1)

describe('disconnect_rate with the experience of days', () => {
  const learned = living({ kind, beginMs: monday })
  const calm = spans(learned.live(3 * dayMinutes, fleet(1, { b1: daily, b2: daily })))

  it('days of counts that scatter and swing are calm from the first minute', () => {
    expect(calm).toEqual([])
    expect(spans(learned.fork().live(dayMinutes, fleet(2, { b1: daily, b2: daily })))).toEqual([])
  })
  it('five times as much is told within three minutes, whatever the hour', () => {
    const hours = learned.fork()
    for (let hour = 0; hour < 24; hour += 4) {
      const [incident, ...more] = spans(hours.fork().live(100, fleet(hour, { b1: times(5, 20, 35), b2: daily })))
      expect([incident?.scope, more]).toEqual(['b1', []])
      expect(incident?.opened).toBeGreaterThanOrEqual(20)
      expect(incident?.opened).toBeLessThan(23)
      expect(incident?.resolved).toBeGreaterThan(49)
      hours.live(240, fleet(hour + 1, { b1: daily, b2: daily }))
    }
  })
  it('1.6 times as much for two hours is found by a long window, and said with it, as a warning', () => {
    for (const seed of [1, 2, 3]) {
      const told = learned.fork().live(300, fleet(seed, { b1: times(1.6, 30, 150), b2: daily }))
      const [incident, ...more] = spans(told)
      expect([incident?.scope, more]).toEqual(['b1', []])
      expect(incident?.opened).toBeLessThan(130)
      expect(incident?.resolved).toBeGreaterThan(150)
      const first = told[0]?.alert
      expect(first?.windowMinutes).toBeGreaterThanOrEqual(15)
      const span = { 15: '15 minutes', 30: '30 minutes', 60: 'an hour', 120: 'two hours' }[first?.windowMinutes ?? 0]
      expect(first?.summary).toContain(`dropped within ${span};`)
      expect(told.map(({ alert }) => alert.severity)).not.toContain('critical')
    }
  })
  it('one burst is told once: the long windows do not tell it again', () => {
    const told = spans(learned.fork().live(400, fleet(5, { b1: times(40, 30, 33), b2: daily })))
    expect(told).toMatchObject([{ scope: 'b1', opened: 30 }])
    expect(told[0]?.resolved).toBeLessThan(80)
  })
})

describe('disconnect_rate and the local week', () => {
  it('a daily batch at the same local time stops alarming after some days, also when the clocks change', () => {
    const change = Date.parse('2026-10-25T01:00:00Z')
    const hourInBerlin = (startMs: number) => (startMs / hourMs + (startMs < change ? 2 : 1)) % 24
    const batch: Rate = (startMs) => (Math.abs(hourInBerlin(startMs) - 3.55) < 0.05 ? 60 : 5)
    const beginMs = Date.parse('2026-10-18T22:00:00Z')
    const plant = living({ kind, beginMs, cluster: { timezone: 'Europe/Berlin' } })
    const told = spans(plant.live(12 * dayMinutes, fleet(1, { b1: batch, b2: () => 5 })))
    const days = told.map(({ opened: at }) => Math.floor(at / dayMinutes))
    expect(days.slice(0, 3)).toEqual([0, 1, 2])
    // The clocks change on the seventh day.
    expect(Math.max(...days)).toBeLessThan(5)
    // At another time of day the same is an incident.
    const [late, ...more] = spans(plant.live(120, fleet(2, { b1: (_, n) => (n > 60 && n < 66 ? 60 : 5), b2: () => 5 })))
    expect([late?.scope, late?.opened, more]).toEqual(['b1', 61, []])
  })
  it('what is usual on working days is none on Monday after the weekend, and is one on a Saturday', () => {
    const isWeekend = (startMs: number) => [0, 6].includes(new Date(startMs).getUTCDay())
    const shift: Rate = (startMs) => {
      const hour = (startMs / hourMs) % 24
      return hour >= 8 && hour < 18 && !isWeekend(startMs) ? 30 : 3
    }
    const plant = living({ kind, beginMs: monday })
    plant.live(7 * dayMinutes, fleet(1, { b1: shift, b2: shift }))
    expect(spans(plant.live(5 * dayMinutes, fleet(2, { b1: shift, b2: shift })))).toEqual([])
    const quiet = plant.fork()
    expect(spans(quiet.live(2 * dayMinutes, fleet(3, { b1: shift, b2: shift })))).toEqual([])
    const working: Rate = (startMs) => shift(startMs - 2 * 24 * hourMs, 0)
    const [first] = spans(plant.live(dayMinutes, fleet(4, { b1: working, b2: shift })))
    expect(first?.scope).toBe('b1')
    expect(first?.opened).toBeLessThan(8 * 60 + 30)
  })
})

describe('disconnect_rate that lasts', () => {
  it('becomes the new normal, is resolved as such, and the same rate does not alarm again', () => {
    const plant = living({ kind, beginMs: monday, settings: { disconnectRate: { newNormalHours: 4 } } })
    plant.live(2 * dayMinutes, fleet(1, { b1: () => 4 }))
    const told = plant.live(dayMinutes, fleet(2, { b1: () => 20 }))
    expect(spans(told)).toMatchObject([{ scope: 'b1', why: 'new_normal' }])
    const { opened: from = 0, resolved = 0 } = spans(told)[0] ?? {}
    expect([from < 3, resolved - from]).toEqual([true, 240])
    expect(told.at(-1)?.alert.transitions.at(-1)?.summary).toContain('what is usual now')
    expect(spans(plant.live(100, fleet(3, { b1: (_, n) => (n < 50 ? 20 : 100) })))).toMatchObject([{ opened: 50 }])
  })
})

describe('disconnect_rate of a whole cluster', () => {
  const names = ['b1', 'b2', 'b3', 'b4', 'b5', 'b6']
  const all = (rate: Rate) => Object.fromEntries(names.map((name) => [name, rate]))
  const learned = living({ kind, beginMs: monday })
  learned.live(
    dayMinutes,
    fleet(
      1,
      all(() => 1),
    ),
  )

  it('a little on each broker, too little for any alone, is told as the cluster’s, once', () => {
    const told = learned.fork().live(
      300,
      fleet(
        2,
        all((_, n) => (n >= 30 && n < 60 ? 3 : 1)),
      ),
    )
    const [incident, ...more] = spans(told)
    expect([incident?.scope, more]).toEqual(['*', []])
    expect(incident?.opened).toBeLessThan(45)
    expect(incident?.resolved).toBeGreaterThan(60)
    expect(told[0]?.alert.summary).toMatch(/^\d+ connections to the 6 brokers together dropped within/)
  })
  it('ten minutes or hours of it are one alert, and nothing more is told when it is over', () => {
    for (const [seed, minutes] of [10, 60, 180].entries()) {
      for (const factor of [4, 6]) {
        const rate: Rate = (_, n) => (n >= 30 && n < 30 + minutes ? factor : 1)
        const told = spans(learned.fork().live(minutes + 200, fleet(seed, all(rate))))
        // Brokers that began a minute before the cluster are told as part of it.
        expect(told.filter(({ why }) => why !== 'widespread').map(({ scope }) => scope)).toEqual(['*'])
      }
    }
  })
  it('what one of them has beyond that is told as its own, and so is what only it still has', () => {
    const worse: Rate = (_, n) => (n >= 50 && n < 60 ? 30 : n >= 30 && n < 90 ? 3 : 1)
    const most: Rate = (_, n) => (n >= 30 && n < 90 ? 3 : 1)
    const [, b4, ...more] = spans(learned.fork().live(200, fleet(6, { ...all(most), b4: worse })))
    expect([b4?.scope, b4?.opened, more]).toEqual(['b4', 50, []])
    const longer: Rate = (_, n) => (n >= 30 && n < 90 ? 5 : 1)
    const short: Rate = (_, n) => (n >= 30 && n < 40 ? 5 : 1)
    const told = spans(learned.fork().live(200, fleet(7, { ...all(short), b4: longer })))
    expect(told.map(({ scope }) => scope)).toEqual(['*', 'b4'])
  })
  it('the last broker of a cluster that was told of is judged by itself', () => {
    const pair = living({ kind, beginMs: monday })
    pair.live(dayMinutes, fleet(1, { b1: () => 2, b2: () => 2 }))
    const outage = spans(pair.live(30, fleet(2, { b1: () => 8, b2: () => 8 })))
    expect(outage.map(({ scope }) => scope)).toContain('*')
    pair.live(120, fleet(3, { b1: () => 2 }))
    expect(spans(pair.live(20, fleet(4, { b1: () => 12 })))).toMatchObject([{ scope: 'b1' }])
  })
  it('what all have for long is what is usual for each', () => {
    const plant = living({ kind, beginMs: monday, settings: { disconnectRate: { newNormalHours: 4 } } })
    plant.live(
      dayMinutes,
      fleet(
        1,
        all(() => 1),
      ),
    )
    const told = spans(
      plant.live(
        dayMinutes,
        fleet(
          8,
          all(() => 3),
        ),
      ),
    )
    expect(told).toMatchObject([{ scope: '*', why: 'new_normal' }])
    const after = spans(plant.live(200, fleet(9, { ...all(() => 3), b2: (_, n) => (n < 30 ? 3 : 40) })))
    expect(after).toMatchObject([{ scope: 'b2', opened: 30 }])
  })
  it('what one broker has is its own', () => {
    const told = spans(
      learned.fork().live(120, fleet(5, { ...all(() => 1), b4: (_, n) => (n >= 30 && n < 60 ? 25 : 1) })),
    )
    expect(told).toMatchObject([{ scope: 'b4', opened: 30 }])
  })
})
