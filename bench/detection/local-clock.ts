/** What clocks say, minute by minute: those on the wall in a time zone, over changes of daylight saving, and the record’s. */
import { instant, minuteMs } from '../../domain/time.ts'

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

/** Writes begins of minutes as `instant` does; what is the same all the hour is written once. */
export function minuteText(): (startMs: number) => string {
  let knownHour = Number.NaN
  let prefix = ''
  const suffixes = Array.from({ length: 60 }, (_, minute) => `${String(minute).padStart(2, '0')}:00.000Z`)
  return (startMs) => {
    const hour = Math.floor(startMs / 3_600_000)
    if (hour !== knownHour) {
      knownHour = hour
      prefix = instant(startMs).slice(0, 14)
    }
    return prefix + (suffixes[Math.floor(startMs / minuteMs) % 60] ?? '')
  }
}
