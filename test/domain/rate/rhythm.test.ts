import { describe, expect, it } from 'vitest'
import { openRhythm, type Rhythm } from '../../../domain/rate/rhythm.ts'
import { poisson, seeded } from '../living.ts'

const dayMinutes = 1440
/** A Monday, 00:00 UTC, in minutes. */
const monday = Date.parse('2026-06-01T00:00:00Z') / 60_000
const hours = (minute: number) => (minute / 60) % 24
/** A fleet's day of two harmonics: between 0.4 and 1.7 times the usual. */
const usual = (minute: number) =>
  1 + 0.5 * Math.sin((2 * Math.PI * (hours(minute) - 8)) / 24) + 0.25 * Math.sin((2 * Math.PI * hours(minute)) / 6)
const isWeekend = (minute: number) => (Math.floor((minute - monday) / dayMinutes) + 7000) % 7 >= 5
/** At the weekend nothing happens. */
const quiet = 0.7
const ofTheWeek = (minute: number) => (isWeekend(minute) ? quiet : usual(minute))

type Rate = (minute: number) => number
/** A minute of 30 clients, of which each drops `rate` times. */
function liveMinute(rhythm: Rhythm, minute: number, rate: Rate, random: () => number): void {
  rhythm.at(minute)
  rhythm.learn(minute, poisson(random, 30 * rate(minute)), 30)
}
/** Lives so many hours. Tells the minute that comes then. */
function live(rhythm: Rhythm, from: number, hoursLived: number, rate: Rate): number {
  const random = seeded(from)
  const end = from + hoursLived * 60
  for (let minute = from; minute < end; minute += 1) liveMinute(rhythm, minute, rate, random)
  return end
}
/** The largest error of the factors of a day, relative. */
function worstOf(rhythm: Rhythm, day: number, rate: Rate): number {
  let worst = 0
  for (let minute = day + 2; minute < day + dayMinutes; minute += 5) {
    worst = Math.max(worst, Math.abs(rhythm.at(minute).factor / rate(minute) - 1))
  }
  return worst
}

describe('the rhythm of a fleet', () => {
  it('is flat until there is a day, has the shape of the day after one, and gets finer', () => {
    const rhythm = openRhythm('UTC', {})
    let now = live(rhythm, monday, 24, usual)
    expect([rhythm.at(monday).factor, rhythm.knows(monday / dayMinutes), rhythm.knows(now / dayMinutes)]).toEqual([
      1,
      true,
      false,
    ])
    expect(worstOf(rhythm, now, usual)).toBeLessThan(0.3)
    now = live(rhythm, now, 96, usual)
    expect(worstOf(rhythm, now, usual)).toBeLessThan(0.2)
  })
  it('knows the weekend from working days, and what a day would be were it of the other kind', () => {
    const rhythm = openRhythm('UTC', {})
    const saturday = live(rhythm, monday, 288, ofTheWeek)
    expect(worstOf(rhythm, saturday, ofTheWeek)).toBeLessThan(0.15)
    const next = live(rhythm, saturday, 48, ofTheWeek)
    expect(worstOf(rhythm, next, ofTheWeek)).toBeLessThan(0.12)
    for (let minute = next; minute < next + dayMinutes; minute += 60) {
      const { factor, otherwise } = rhythm.at(minute)
      expect(Math.abs((factor * otherwise) / quiet - 1)).toBeLessThan(0.15)
    }
  })
  it('one bad day among four like ones leaves no trace', () => {
    const rhythm = openRhythm('UTC', {})
    let now = live(rhythm, monday, 48, usual)
    now = live(rhythm, now, 24, (minute) => (hours(minute) > 9 && hours(minute) < 14 ? 8 : usual(minute)))
    now = live(rhythm, now, 48, usual) + 2 * dayMinutes
    expect(worstOf(rhythm, now, usual)).toBeLessThan(0.15)
  })
  it('what factor 1 means is set by the first days, and does not move when more is known', () => {
    const rhythm = openRhythm('UTC', {})
    // It all begins in the evening, which has its own rate.
    const begin = monday + 20 * 60
    let now = live(rhythm, begin, 4, usual)
    const unit = usual(begin + 60) / rhythm.at(now - dayMinutes + 21 * 60).factor
    now = live(rhythm, now, 144, ofTheWeek)
    for (const hour of [2, 9, 15, 21]) {
      const minute = now + hour * 60
      expect(Math.abs((rhythm.at(minute).factor * unit) / ofTheWeek(minute) - 1)).toBeLessThan(0.3)
    }
  })
  it('follows the clock on the wall when it changes', () => {
    const rhythm = openRhythm('Europe/Berlin', {})
    // At eight in the morning it is four times as busy for an hour; on 2026-10-25 the clocks go back.
    const begin = Date.parse('2026-10-18T22:00:00Z') / 60_000
    const change = Date.parse('2026-10-25T01:00:00Z') / 60_000
    const busy = (minute: number) => (Math.floor(hours(minute + (minute < change ? 120 : 60))) === 8 ? 4 : 1)
    live(rhythm, begin, 192, busy)
    const factorAt = (at: string) => rhythm.at(Date.parse(at) / 60_000).factor
    expect(factorAt('2026-10-27T07:30:00Z')).toBeGreaterThan(3)
    expect(factorAt('2026-10-27T06:30:00Z')).toBeLessThan(1.5)
  })
  it('is the same when it goes through the store, whose large part changes once an hour', () => {
    // Half an hour off the hours of UTC; and there are hours at the end of which nothing is learned.
    const learns = (minute: number) => minute % 1000 > 70
    const straight = openRhythm('Asia/Kolkata', {})
    let stored = openRhythm('Asia/Kolkata', {})
    const [a, b] = [seeded(2), seeded(2)]
    let baseline = ''
    const changedWithin: number[] = []
    for (let minute = monday + 600; minute < monday + 18 * dayMinutes; minute += 50) {
      for (let each = minute; each < minute + 50; each += 1) {
        if (!learns(each)) continue
        liveMinute(straight, each, usual, a)
        liveMinute(stored, each, usual, b)
      }
      const saved = JSON.parse(JSON.stringify({ recent: stored.saveRecent(), baseline: stored.saveBaseline() }))
      const isNewHour = Math.floor((minute + 50) / 60) > Math.floor(minute / 60)
      if (!isNewHour && JSON.stringify(saved.baseline) !== baseline) changedWithin.push(minute)
      baseline = JSON.stringify(saved.baseline)
      stored = openRhythm('Asia/Kolkata', saved)
      expect(stored.at(minute + 50)).toEqual(straight.at(minute + 50))
    }
    // When it begins, and when it knows how busy its first days were.
    expect(changedWithin.length).toBeLessThanOrEqual(2)
    expect(baseline.length).toBeGreaterThan(10_000)
  })
})
