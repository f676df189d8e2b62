import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { localClock } from '../../domain/local-time.ts'
import { dayMs, minuteMs } from '../../domain/time.ts'

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
] as const
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
/** Such as `Sun 02:55`. */
function told(clock: ReturnType<typeof localClock>, at: string): string {
  const { weekday, slot } = clock(Date.parse(at))
  const pad = (value: number) => String(value).padStart(2, '0')
  return `${weekdays[weekday]} ${pad(Math.floor(slot / 12))}:${pad((slot % 12) * 5)}`
}

describe('localClock', () => {
  it.each([
    ['Europe/Berlin', 'goes on an hour', '2026-03-29T00:59:00Z', 'Sun 01:55', '2026-03-29T01:00:00Z', 'Sun 03:00'],
    ['Europe/Berlin', 'goes back an hour', '2026-10-25T00:59:00Z', 'Sun 02:55', '2026-10-25T01:00:00Z', 'Sun 02:00'],
    ['America/New_York', 'goes on an hour', '2026-03-08T06:59:00Z', 'Sun 01:55', '2026-03-08T07:00:00Z', 'Sun 03:00'],
    ['America/New_York', 'goes back an hour', '2026-11-01T05:59:00Z', 'Sun 01:55', '2026-11-01T06:00:00Z', 'Sun 01:00'],
    [
      'Australia/Lord_Howe',
      'goes back half an hour',
      '2026-04-04T14:59:00Z',
      'Sun 01:55',
      '2026-04-04T15:00:00Z',
      'Sun 01:30',
    ],
    [
      'Australia/Lord_Howe',
      'goes on half an hour',
      '2026-10-03T15:29:00Z',
      'Sun 01:55',
      '2026-10-03T15:30:00Z',
      'Sun 02:30',
    ],
    ['Asia/Kolkata', 'never changes', '2026-06-30T18:29:00Z', 'Tue 23:55', '2026-06-30T18:30:00Z', 'Wed 00:00'],
  ])('%s %s', (zone, _, before, beforeLocal, after, afterLocal) => {
    const clock = localClock(zone)
    expect([told(clock, before), told(clock, after)]).toEqual([beforeLocal, afterLocal])
  })
  it('says what a calendar on the wall says, whichever minute it was asked before', () => {
    const calendars = new Map(
      zones.map((zone) => {
        const format = { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' } as const
        return [zone, new Intl.DateTimeFormat('en', { ...format, hour: 'numeric', minute: 'numeric' })] as const
      }),
    )
    const clocks = new Map(zones.map((zone) => [zone, localClock(zone)] as const))
    const minutes = fc.integer({ min: Date.parse('2001-01-01') / minuteMs, max: Date.parse('2036-12-31') / minuteMs })
    // About a change of the clocks, too.
    const changes = fc
      .tuple(fc.integer({ min: -100, max: 100 }), fc.integer({ min: 2007, max: 2036 }))
      .map(([n, year]) => {
        const lastOfMonth = Date.UTC(year, n % 2 === 0 ? 2 : 9, 31, 1)
        return (lastOfMonth - new Date(lastOfMonth).getUTCDay() * dayMs) / minuteMs + n
      })
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.oneof(minutes, changes), (zone, minute) => {
        const epochMs = minute * minuteMs
        const parts = calendars.get(zone)?.formatToParts(epochMs) ?? []
        const part = (type: string) => Number(parts.find((each) => each.type === type)?.value)
        const day = Date.UTC(part('year'), part('month') - 1, part('day')) / dayMs
        expect(clocks.get(zone)?.(epochMs)).toEqual({
          day,
          weekday: new Date(day * dayMs).getUTCDay(),
          slot: Math.floor((part('hour') * 60 + part('minute')) / 5),
        })
      }),
      { numRuns: 400 },
    )
  })
})
