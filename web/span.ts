/** The span of time that a page shows, as the address says it: the last hour and on, or from one time to another. */
import { instant, minuteMs } from '../domain/time.ts'

export type Span =
  | { readonly kind: 'last'; readonly minutes: number }
  | { readonly kind: 'fixed'; readonly fromMs: number; readonly toMs: number }

/** Epoch milliseconds. */
export interface TimeRange {
  readonly fromMs: number
  readonly toMs: number
}

/** Spans that are offered, in minutes. */
export const offered = [
  { minutes: 15, name: '15 min' },
  { minutes: 60, name: '1 hour' },
  { minutes: 360, name: '6 hours' },
  { minutes: 1440, name: '24 hours' },
  { minutes: 10_080, name: '7 days' },
] as const

export const usual: Span = { kind: 'last', minutes: 60 }

const longestMinutes = 400 * 1440
const unitMinutes: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 }

/** Reads `?last=1h` or `?from=…&to=…`. Where it is missing or cannot be read, it is what is usual there. */
export function spanOf(search: URLSearchParams, otherwise: Span = usual): Span {
  const fromMs = Date.parse(search.get('from') ?? '')
  const toMs = Date.parse(search.get('to') ?? '')
  if (fromMs < toMs) return { kind: 'fixed', fromMs: Math.max(fromMs, toMs - longestMinutes * minuteMs), toMs }
  const [, number, unit] = /^(\d{1,6})([mhd])$/.exec(search.get('last') ?? '') ?? []
  const minutes = Number(number) * (unitMinutes[unit ?? ''] ?? 0)
  return minutes >= 1 && minutes <= longestMinutes ? { kind: 'last', minutes } : otherwise
}

/** The parameters that say this span. What is usual there needs none. */
export function parametersOf(span: Span, otherwise: Span = usual): Readonly<Record<string, string>> {
  if (span.kind === 'fixed') return { from: instant(span.fromMs), to: instant(span.toMs) }
  const { minutes } = span
  if (otherwise.kind === 'last' && otherwise.minutes === minutes) return {}
  if (minutes % 1440 === 0) return { last: `${minutes / 1440}d` }
  return { last: minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m` }
}

/** Most points that a chart asks for. */
const mostPoints = 400
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 240, 720, 1440]

/** How many minutes are joined into one point, so that a chart of the range has at most a few hundred. */
export function stepMinutesOf({ fromMs, toMs }: TimeRange): number {
  const minutes = (toMs - fromMs) / minuteMs
  return steps.find((step) => minutes / step <= mostPoints) ?? 1440
}

/**
 * The times that a span means now, on whole steps: while it is live the question changes no more often than there is
 * a new point, and answers can be kept.
 */
export function rangeOf(span: Span, nowMs: number): TimeRange {
  const raw = span.kind === 'fixed' ? span : { fromMs: nowMs - span.minutes * minuteMs, toMs: nowMs }
  const stepMs = stepMinutesOf(raw) * minuteMs
  const fromMs = Math.floor(raw.fromMs / stepMs) * stepMs
  return { fromMs, toMs: Math.max(Math.ceil(raw.toMs / stepMs) * stepMs, fromMs + stepMs) }
}

/** A span twice as long around the same middle, or one half as long; it stands still and does not reach into the future. */
export function zoomed(range: TimeRange, factor: number, nowMs: number): Span {
  const middle = (range.fromMs + range.toMs) / 2
  const half = Math.max(((range.toMs - range.fromMs) * factor) / 2, minuteMs)
  const toMs = Math.min(middle + half, nowMs)
  return { kind: 'fixed', fromMs: toMs - 2 * half, toMs }
}
