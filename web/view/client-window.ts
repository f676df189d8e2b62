/** The part of the span that the lanes show, and how keys move in it. Pure. */
import type { TimeRange } from '../span.ts'
import type { LaneItem, LaneRow } from './lanes.ts'

/** Nearer than this nothing is told apart. */
const leastMs = 500

/** The window a factor as long, around a time that stays where it is. Never beyond the span; the whole span is `undefined`. */
export function zoomedWindow(
  window: TimeRange,
  span: TimeRange,
  { factor, aroundMs }: { readonly factor: number; readonly aroundMs?: number | undefined },
): TimeRange | undefined {
  const middle = aroundMs ?? (window.fromMs + window.toMs) / 2
  const length = Math.max(leastMs, (window.toMs - window.fromMs) * factor)
  const share = (middle - window.fromMs) / (window.toMs - window.fromMs)
  return withinSpan({ fromMs: middle - length * share, toMs: middle + length * (1 - share) }, span)
}

/** The window moved by a share of its length. */
export function shiftedWindow(window: TimeRange, span: TimeRange, share: number): TimeRange | undefined {
  const by = (window.toMs - window.fromMs) * share
  return withinSpan({ fromMs: window.fromMs + by, toMs: window.toMs + by }, span)
}

/** What was marked, a little wider. */
export function markedWindow(from: number, to: number, span: TimeRange): TimeRange | undefined {
  const [fromMs, toMs] = [Math.min(from, to), Math.max(from, to)]
  const around = Math.max((toMs - fromMs) * 0.02, (leastMs - (toMs - fromMs)) / 2)
  return withinSpan({ fromMs: fromMs - around, toMs: toMs + around }, span)
}

function withinSpan({ fromMs, toMs }: TimeRange, span: TimeRange): TimeRange | undefined {
  const length = toMs - fromMs
  if (length >= span.toMs - span.fromMs) return undefined
  const from = Math.min(Math.max(fromMs, span.fromMs), span.toMs - length)
  return { fromMs: from, toMs: from + length }
}

/** The window in which an item can be seen: the same where it can be already. */
export function windowWith(item: LaneItem, window: TimeRange, span: TimeRange): TimeRange | undefined {
  const atMs = Math.min(Math.max(item.fromMs, span.fromMs), span.toMs)
  const seen = atMs < window.toMs && Math.max(item.untilMs, item.fromMs) > window.fromMs
  if (seen) return window
  const half = (window.toMs - window.fromMs) / 2
  return withinSpan({ fromMs: atMs - half, toMs: atMs + half }, span)
}

/** Where somebody is in the lanes. */
export interface Place {
  readonly row: number
  readonly index: number
}

export type Step = 'left' | 'right' | 'up' | 'down' | 'first' | 'last'

/** Where a step leads: along a row from item to item, or to the nearest in time of the next row that has any. */
export function stepped(rows: readonly LaneRow[], place: Place | undefined, step: Step): Place | undefined {
  if (place === undefined) {
    const row = rows.findIndex(({ items }) => items.length > 0)
    return row < 0 ? undefined : { row, index: (rows[row]?.items.length ?? 1) - 1 }
  }
  const items = rows[place.row]?.items ?? []
  if (step === 'left') return { ...place, index: Math.max(0, place.index - 1) }
  if (step === 'right') return { ...place, index: Math.min(items.length - 1, place.index + 1) }
  if (step === 'first') return { ...place, index: 0 }
  if (step === 'last') return { ...place, index: Math.max(0, items.length - 1) }
  const by = step === 'up' ? -1 : 1
  const atMs = items[place.index]?.fromMs ?? 0
  for (let row = place.row + by; row >= 0 && row < rows.length; row += by) {
    const found = nearestIn(rows[row]?.items ?? [], atMs)
    if (found !== undefined) return { row, index: found }
  }
  return place
}

function nearestIn(items: readonly LaneItem[], atMs: number): number | undefined {
  let best: number | undefined
  let bestApart = Number.POSITIVE_INFINITY
  for (const [index, { fromMs }] of items.entries()) {
    const apart = Math.abs(fromMs - atMs)
    if (apart < bestApart) [best, bestApart] = [index, apart]
  }
  return best
}
