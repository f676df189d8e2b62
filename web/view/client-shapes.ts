/** What is drawn of a row in a window of time: bars, marks, and where they are closer than a few pixels, densities. Pure. */
import type { Cause } from '../../domain/cause.ts'
import { secondMs } from '../../domain/time.ts'
import type { TimeRange } from '../span.ts'
import type { LaneItem, LaneRow } from './lanes.ts'

/** A session. What reaches out of the window is cut at its edge. */
export interface BarShape {
  readonly kind: 'bar'
  readonly item: LaneItem
  readonly x: number
  readonly width: number
  /** Its begin, its end lie in the window. */
  readonly begins: boolean
  readonly ends: boolean
}

/** An attempt, or a session that is too short to be a bar. */
export interface MarkShape {
  readonly kind: 'mark'
  readonly item: LaneItem
  readonly x: number
}

/** Several that are too close to be told apart. */
export interface DensityShape {
  readonly kind: 'density'
  readonly x: number
  readonly width: number
  readonly fromMs: number
  readonly untilMs: number
  readonly sessions: number
  readonly attempts: number
  /** Most first. `undefined`: not ended, or no end told. */
  readonly causes: readonly (readonly [Cause | undefined, number])[]
}

export type Shape = BarShape | MarkShape | DensityShape

export interface Canvas {
  readonly range: TimeRange
  readonly width: number
  readonly nowMs: number
}

/** Narrower is no bar. */
const leastBar = 4
/** What falls into the same so many pixels, and is no bar, is counted together. */
const cellWidth = 6

interface Cell {
  readonly items: LaneItem[]
}

/** In order of place; at most one for each few pixels of the width, however many items there are. */
export function shapesOf({ items }: LaneRow, { range, width, nowMs }: Canvas): readonly Shape[] {
  const perMs = width / (range.toMs - range.fromMs)
  const bars: BarShape[] = []
  const cells = new Map<number, Cell>()
  for (const item of items) {
    if (item.fromMs >= range.toMs) break
    const untilMs = Math.min(item.untilMs, Math.max(nowMs, item.fromMs))
    if (untilMs < range.fromMs) continue
    const from = Math.max(0, (item.fromMs - range.fromMs) * perMs)
    const until = Math.min(width, (untilMs - range.fromMs) * perMs)
    if (until - from >= leastBar) {
      const begins = item.fromMs >= range.fromMs
      bars.push({ kind: 'bar', item, x: from, width: until - from, begins, ends: untilMs <= range.toMs })
      continue
    }
    const at = Math.floor(from / cellWidth)
    const cell = cells.get(at)
    if (cell === undefined) cells.set(at, { items: [item] })
    else cell.items.push(item)
  }
  const rest = [...cells].map(([at, { items: own }]): Shape => {
    const [first] = own
    if (first !== undefined && own.length === 1) {
      return { kind: 'mark', item: first, x: Math.max(0, (first.fromMs - range.fromMs) * perMs) }
    }
    return densityOf(own, { x: at * cellWidth, nowMs })
  })
  return [...bars, ...rest].toSorted((a, b) => a.x - b.x)
}

function densityOf(items: readonly LaneItem[], { x, nowMs }: { readonly x: number; readonly nowMs: number }): Shape {
  const causes = new Map<Cause | undefined, number>()
  let [sessions, fromMs, untilMs] = [0, Number.POSITIVE_INFINITY, 0]
  for (const item of items) {
    causes.set(item.cause, (causes.get(item.cause) ?? 0) + 1)
    if ('session' in item.of) sessions += 1
    fromMs = Math.min(fromMs, item.fromMs)
    untilMs = Math.max(untilMs, Math.min(item.untilMs, nowMs))
  }
  return {
    kind: 'density',
    x,
    width: cellWidth,
    fromMs,
    untilMs,
    sessions,
    attempts: items.length - sessions,
    causes: [...causes].toSorted(([, a], [, b]) => b - a),
  }
}

/** Neighbouring densities as one, to write their sum on. */
export interface DensityRun {
  readonly x: number
  readonly width: number
  readonly count: number
}

export function runsOf(shapes: readonly Shape[]): readonly DensityRun[] {
  const runs: { x: number; width: number; count: number }[] = []
  for (const shape of shapes) {
    if (shape.kind !== 'density') continue
    const { x, width, sessions, attempts } = shape
    const last = runs.at(-1)
    if (last !== undefined && x - (last.x + last.width) <= cellWidth) {
      last.width = x + width - last.x
      last.count += sessions + attempts
    } else runs.push({ x, width, count: sessions + attempts })
  }
  return runs
}

/** The nearest shape to a place in a row, within reach of a finger or a pointer. */
export function shapeAt(shapes: readonly Shape[], x: number, reach = 8): Shape | undefined {
  let best: Shape | undefined
  let bestApart = reach
  for (const shape of shapes) {
    const width = shape.kind === 'mark' ? 0 : shape.width
    const apart = Math.max(shape.x - x, x - shape.x - width, 0) + (shape.kind === 'bar' ? 0.5 : 0)
    if (apart > bestApart) continue
    best = shape
    bestApart = apart
  }
  return best
}

const stepsSeconds = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800,
  604_800, 2_592_000,
]

export interface Tick {
  readonly atMs: number
  readonly text: string
}

/** Times to write under the lanes: round ones of the browser's zone, the date at midnight. */
export function ticksOf({ fromMs, toMs }: TimeRange, width: number): readonly Tick[] {
  const most = Math.max(3, Math.floor(width / 90))
  const fits = (step: number) => (toMs - fromMs) / (step * secondMs) <= most
  const stepMs = (stepsSeconds.find(fits) ?? 2_592_000) * secondMs
  const zoneMs = new Date(fromMs).getTimezoneOffset() * 60 * secondMs
  const ticks: Tick[] = []
  for (let atMs = Math.ceil((fromMs - zoneMs) / stepMs) * stepMs + zoneMs; atMs <= toMs; atMs += stepMs) {
    ticks.push({ atMs, text: tickText(atMs, stepMs) })
  }
  return ticks
}

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const minute = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const second = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })

function tickText(atMs: number, stepMs: number): string {
  const date = new Date(atMs)
  if (date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0 && atMs % 1000 === 0)
    return day.format(atMs)
  if (stepMs < secondMs) return `${second.format(atMs)}.${(((atMs % 1000) + 1000) % 1000) / 100}`
  return stepMs < 60 * secondMs ? second.format(atMs) : minute.format(atMs)
}
