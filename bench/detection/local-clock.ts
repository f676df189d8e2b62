/** What the clock on the wall says in a time zone, minute by minute, over changes of daylight saving. */
import { minuteMs } from '../../domain/time.ts'

export interface LocalTime {
  /** 0 to 1439. */
  readonly minuteOfDay: number
  /** Sunday is 0. */
  readonly weekday: number
  /** Days since 1970 of the local calendar. */
  readonly day: number
}

const dayMinutes = 1440

/** Reads local times; the offset is looked up once an hour of UTC, in which no zone changes its clock. */
export function localClock(timezone: string): (startMs: number) => LocalTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  let knownHour = Number.NaN
  let offsetMinutes = 0
  return (startMs) => {
    const hour = Math.floor(startMs / 3_600_000)
    if (hour !== knownHour) {
      knownHour = hour
      const parts = new Map(format.formatToParts(startMs).map(({ type, value }) => [type, Number(value)]))
      const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0
      const wallMs = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'))
      offsetMinutes = Math.round((wallMs - Math.floor(startMs / minuteMs) * minuteMs) / minuteMs)
    }
    const minutes = Math.floor(startMs / minuteMs) + offsetMinutes
    const day = Math.floor(minutes / dayMinutes)
    return { minuteOfDay: minutes - day * dayMinutes, weekday: (day + 4) % 7, day }
  }
}
