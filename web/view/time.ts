/** Times and durations as people read them, in the time zone of the browser. */
import { dayMs, minuteMs, secondMs } from '../../domain/time.ts'

const hourMs = 60 * minuteMs

/** `43 s`, `12 min`, `3 h 20 min`, `6 d 2 h`. */
export function durationText(ms: number): string {
  const positive = Math.max(0, ms)
  if (positive < minuteMs) return `${Math.round(positive / secondMs)} s`
  if (positive < hourMs) return `${Math.floor(positive / minuteMs)} min`
  if (positive < dayMs)
    return pair(Math.floor(positive / hourMs), 'h', Math.floor((positive % hourMs) / minuteMs), 'min')
  return pair(Math.floor(positive / dayMs), 'd', Math.floor((positive % dayMs) / hourMs), 'h')
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}

/** `just now`, `12 min ago`, `in 5 min`. */
export function relativeText(atMs: number, nowMs: number): string {
  const past = nowMs - atMs
  if (Math.abs(past) < 5 * secondMs) return 'just now'
  return past > 0 ? `${durationText(past)} ago` : `in ${durationText(-past)}`
}

const sameDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const otherDay = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})

const full = new Intl.DateTimeFormat('en-GB', {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
})

/** `14:03:11` of today, `21 Nov, 14:03` of other days. */
export function clockText(atMs: number, nowMs: number): string {
  const format = new Date(atMs).toDateString() === new Date(nowMs).toDateString() ? sameDay : otherDay
  return format.format(atMs)
}

/** For titles: with the date, in the browser's zone and in UTC. */
export function fullText(atMs: number): string {
  const utc = new Date(atMs).toISOString().replace('T', ' ').slice(0, 19)
  return `${full.format(atMs)} · ${utc} UTC`
}
