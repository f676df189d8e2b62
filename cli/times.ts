/** Times as people type and read them: local where no zone is named, instants for the API. Pure. */
import { dayMs, instant, minuteMs, secondMs } from '../domain/time.ts'
import { WrongLine } from './fault.ts'

const hourMs = 60 * minuteMs
const units: Readonly<Record<string, number>> = { s: secondMs, m: minuteMs, h: hourMs, d: dayMs, w: 7 * dayMs }

/** `15m`, `2h`, `7d`, `1h30m` → milliseconds; undefined for anything else. */
export function readLength(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d{1,6})([smhdw])/g)]
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) return undefined
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0), 0)
}

const zoned = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)([Zz]|[+-]\d{2}:\d{2})$/
const local = /^(?:(\d{4})-(\d{2})-(\d{2}))?(?:(?:^|[Tt ])(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/

/** A time in any of the forms that `--from` takes → epoch milliseconds. */
export function readTime(text: string, nowMs: number): number | undefined {
  if (text === 'now') return nowMs
  const length = readLength(text)
  if (length !== undefined) return nowMs - length
  const [, date, time, zone = ''] = zoned.exec(text) ?? []
  const ms =
    date === undefined
      ? localTime(text, nowMs)
      : isDate(date)
        ? Date.parse(`${date}T${time}${zone.toUpperCase()}`)
        : NaN
  // Outside of the years 2000 to 9999 nothing is recorded.
  return Number.isNaN(ms) || instant(ms) !== new Date(ms).toISOString() ? undefined : ms
}

/** A time of day is the last such time; a date is its begin. */
function localTime(text: string, nowMs: number): number {
  const found = local.exec(text)
  if (found === null || text === '') return NaN
  const [, year, month, day, hour = '0', minute = '0', second = '0'] = found
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return NaN
  if (year !== undefined) {
    if (!isDate(text.slice(0, 10))) return NaN
    return new Date(
      Number(year),
      Number(month) - 1,
      Number(day),
      Number(hour),
      Number(minute),
      Number(second),
    ).getTime()
  }
  const today = new Date(nowMs)
  today.setHours(Number(hour), Number(minute), Number(second), 0)
  if (today.getTime() > nowMs) today.setDate(today.getDate() - 1)
  return today.getTime()
}

/** Date takes 30 February for 2 March. */
function isDate(text: string): boolean {
  const ms = Date.parse(`${text}T00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}

const forms = 'such as 14:30, 2026-11-22, 2026-11-22T14:30:00Z, or 2h (so long ago)'

/**
 * The instants of `spanOptions`; what was not given is left to the API.
 * @throws WrongLine
 */
export function spanOf(
  {
    last,
    from,
    to,
  }: { readonly last: string | undefined; readonly from: string | undefined; readonly to: string | undefined },
  nowMs: number,
): { readonly from?: string; readonly to?: string } {
  if (last !== undefined && from !== undefined) throw new WrongLine('--last and --from exclude each other')
  const toMs = to === undefined ? undefined : timeOf('--to', to, nowMs)
  const endMs = toMs ?? nowMs
  const fromMs =
    last === undefined
      ? from === undefined
        ? undefined
        : timeOf('--from', from, nowMs)
      : endMs - lengthOf('--last', last)
  if (fromMs !== undefined && fromMs >= endMs) {
    throw new WrongLine(`the time asked about ends before it begins: from ${instant(fromMs)} to ${instant(endMs)}`)
  }
  return {
    ...(fromMs === undefined ? {} : { from: instant(fromMs) }),
    ...(toMs === undefined ? {} : { to: instant(toMs) }),
  }
}

/** The time that an option names. @throws WrongLine */
export function timeOf(option: string, text: string, nowMs: number): number {
  const ms = readTime(text, nowMs)
  if (ms === undefined)
    throw new WrongLine(`${option} needs a time ${forms}, not ${JSON.stringify(text.slice(0, 100))}`)
  return ms
}

/** The length of time that an option names. @throws WrongLine */
export function lengthOf(option: string, text: string): number {
  const ms = readLength(text)
  if (ms === undefined || ms === 0)
    throw new WrongLine(
      `${option} needs a length of time such as 15m, 2h or 7d, not ${JSON.stringify(text.slice(0, 100))}`,
    )
  return ms
}

/** A length for people, in its two largest units: `45 s`, `3 min`, `2 h 5 min`, `6 d 3 h`. */
export function lengthText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / secondMs))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const [large, small, words] =
    minutes < 24 * 60
      ? [Math.floor(minutes / 60), minutes % 60, ['h', 'min']]
      : [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), ['d', 'h']]
  return small === 0 ? `${large} ${words[0]}` : `${large} ${words[0]} ${small} ${words[1]}`
}

/** `3 min ago`, `in 2 h`, in its largest unit. */
export function agoText(ms: number, nowMs: number): string {
  const awayMs = Math.abs(nowMs - ms)
  const largest = lengthText(awayMs).split(' ').slice(0, 2).join(' ')
  if (awayMs < 2 * secondMs) return 'just now'
  return ms > nowMs ? `in ${largest}` : `${largest} ago`
}

const two = (value: number): string => String(value).padStart(2, '0')

/** Local time: `10:02:11` of today, else with its date: `2026-11-21 10:02`. */
export function clockText(ms: number, nowMs: number): string {
  const [at, now] = [new Date(ms), new Date(nowMs)]
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`
  if (at.toDateString() === now.toDateString()) return `${time}:${two(at.getSeconds())}`
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`
}

/** An instant for people: `3 min ago · 10:02:11`, local time. What is no time is shown as it is. */
export function whenText(text: string, nowMs: number): string {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? text : `${agoText(ms, nowMs)} · ${clockText(ms, nowMs)}`
}
