/** Instants → the fleet's local day, weekday and 5-minute slot, daylight saving included. */
import { dayMs, minuteMs } from './time.ts'

/** Slots of a local day. */
export const slotsPerDay = 288
const slotMs = dayMs / slotsPerDay
/** Offsets from UTC change at quarters of an hour only. */
const offsetSpanMs = 15 * minuteMs

export interface LocalTime {
  /** Days since 1970-01-01 of the local calendar. */
  readonly day: number
  /** 0 = Sunday … 6 = Saturday. */
  readonly weekday: number
  /** 0 … 287. */
  readonly slot: number
}

/** A clock of one IANA time zone. It remembers the last offset, so that asking minute by minute is cheap. */
export function localClock(timezone: string): (epochMs: number) => LocalTime {
  const format =
    timezone === 'UTC' ? undefined : new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' })
  let spanStart = Number.NaN
  let offsetMs = 0
  return (epochMs) => {
    const start = epochMs - (epochMs % offsetSpanMs)
    if (format !== undefined && start !== spanStart) {
      spanStart = start
      offsetMs = offsetOf(format, start)
    }
    const local = epochMs + offsetMs
    const day = Math.floor(local / dayMs)
    return { day, weekday: (((day + 4) % 7) + 7) % 7, slot: Math.floor((local - day * dayMs) / slotMs) }
  }
}

/** Such as `GMT+01:00` or `GMT`. */
function offsetOf(format: Intl.DateTimeFormat, epochMs: number): number {
  const name = format.formatToParts(epochMs).find((part) => part.type === 'timeZoneName')?.value ?? ''
  const match = /([+-])(\d{2}):(\d{2})(?::(\d{2}))?/.exec(name)
  if (match === null) return 0
  const [, sign, hours, minutes, seconds = '0'] = match
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
  return sign === '-' ? -ms : ms
}
