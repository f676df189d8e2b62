import { describe, expect, it } from 'vitest'
import { type Burst, dueRatio, noteBurst } from '../../../domain/rate/bursts.ts'

/** A Monday, in days since 1970-01-01. */
const monday = Date.parse('2026-06-01T00:00:00Z') / 86_400_000
const saturday = monday + 5
/** Three in the morning. */
const slot = 36
const always = () => true
/** A burst of ten times the usual on each of these days, at this slot. */
const bursts = (days: readonly number[], at = slot): readonly Burst[] =>
  days.reduce<readonly Burst[]>((known, day) => noteBurst(known, { day, slot: at, observed: 100, expected: 10 }), [])
const days = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n)

describe('bursts that recur', () => {
  it('are due on the next day after three of the last six', () => {
    const two = bursts([monday, monday + 1])
    expect(dueRatio(two, monday + 2, slot, always)).toBe(1)
    expect(dueRatio(bursts([monday, monday + 2, monday + 4]), monday + 5, slot, always)).toBe(10)
    expect(dueRatio(bursts([monday, monday + 2, monday + 4]), monday + 8, slot, always)).toBe(1)
  })
  it('are due a slot earlier and later, not two, also around midnight', () => {
    const known = bursts(days(monday, 4))
    const dueAt = (at: number, of = known) => dueRatio(of, monday + 4, at, always)
    expect([slot - 2, slot - 1, slot, slot + 1, slot + 2].map((at) => dueAt(at))).toEqual([1, 10, 10, 10, 1])
    const midnight = bursts(days(monday, 4), 0)
    expect([286, 287, 0, 1, 2].map((at) => dueAt(at, midnight))).toEqual([1, 10, 10, 10, 1])
  })
  it('of one weekday are due on that weekday after two weeks, and on no other', () => {
    const weekly = bursts([monday, monday + 7, monday + 14])
    expect(dueRatio(weekly, monday + 21, slot, always)).toBe(10)
    for (const day of days(monday + 15, 6)) expect(dueRatio(weekly, day, slot, always)).toBe(1)
  })
  it('of working days are due on Monday again', () => {
    const weeks = bursts([...days(monday, 5), ...days(monday + 7, 5)])
    expect(dueRatio(weeks, monday + 14, slot, always)).toBe(10)
  })
  it('days that were not seen do not count against them', () => {
    const isKnown = (day: number) => days(monday, 3).includes(day)
    const known = bursts(days(monday, 3))
    expect(dueRatio(known, monday + 14, slot, always)).toBe(1)
    expect(dueRatio(known, monday + 14, slot, isKnown)).toBe(10)
  })
  it('what comes is expected at its upper end; what came once is not', () => {
    const ratios = [3, 4, 5, 6, 40]
    const known = ratios.reduce<readonly Burst[]>(
      (before, ratio, n) => noteBurst(before, { day: monday + n, slot, observed: 10 * ratio, expected: 10 }),
      [],
    )
    expect(dueRatio(known.slice(0, 4), saturday - 1, slot, always)).toBe(6)
    expect(dueRatio(bursts([monday]), monday + 1, slot, always)).toBe(1)
  })
  it('little is no burst, and those of more than three weeks ago are forgotten', () => {
    expect(noteBurst([], { day: monday, slot, observed: 18, expected: 10 })).toEqual([])
    expect(noteBurst([], { day: monday, slot, observed: 5, expected: 0.1 })).toEqual([])
    expect(noteBurst(bursts([monday]), { day: monday + 21, slot: 7, observed: 50, expected: 0 })).toEqual([
      [monday + 21, 7, 50],
    ])
  })
})
