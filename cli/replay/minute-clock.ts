/** Reads the time of a recorded minute; what many lines share is read once. */
import { dayMs, instant, minuteMs } from '../../domain/time.ts'

/** A minute: its begin in epoch milliseconds, and as the store writes it. */
export interface MinuteTime {
  readonly startMs: number
  readonly text: string
}
/** Undefined for what is not the begin of a minute from 2000 to 9999 with its zone. */
export type MinuteClock = (text: string) => MinuteTime | undefined

const pattern = /^([2-9]\d{3}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)([Zz]|[+-]\d{2}:\d{2})$/

/** Remembers the last text: lines of one minute stand together. */
export function createMinuteClock(): MinuteClock {
  let lastText = ''
  let last: MinuteTime | undefined
  return (text) => {
    if (text === lastText) return last
    const ms = timeOf(text)
    lastText = text
    last = ms === undefined || ms % minuteMs !== 0 ? undefined : { startMs: ms, text: instant(ms) }
    return last
  }
}

/** An RFC 3339 time with its zone, or a date (its begin, UTC) → epoch milliseconds. */
export function timeOf(text: string): number | undefined {
  const [, date, time, zone] = pattern.exec(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00Z` : text) ?? []
  if (date === undefined || !isDate(date)) return undefined
  const ms = Date.parse(`${date}T${time}${zone?.toUpperCase()}`)
  return Number.isNaN(ms) || instant(ms) !== new Date(ms).toISOString() ? undefined : ms
}

/** Date.parse takes 30 February for 2 March. */
function isDate(text: string): boolean {
  const ms = Date.parse(`${text}T00:00Z`)
  return !Number.isNaN(ms) && new Date(ms - (ms % dayMs)).toISOString().startsWith(text)
}
