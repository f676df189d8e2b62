/** What a chart over time shows, apart from how it is drawn: series on one grid of times, stacks, words, rows. Pure. */
import { secondMs } from '../../domain/time.ts'
import type { TimeRange } from '../span.ts'
import { figureText } from './figures.ts'

export interface ChartSeries {
  readonly name: string
  /** Custom property with its colour, such as `--series-1`. */
  readonly tone: string
  /** One for each time; null: not known. */
  readonly values: readonly (number | null)[]
  /** `line`, `bars`, or a dashed line for what was expected. */
  readonly kind?: 'line' | 'bars' | 'expected'
}

export interface Chart {
  /** Epoch milliseconds, evenly spaced. */
  readonly times: readonly number[]
  readonly stepMs: number
  readonly series: readonly ChartSeries[]
  /** Drawn on top of each other, the first at the bottom. */
  readonly stacked?: boolean
  /** Shaded from `lower` to `upper`: what is usual, or what lies within a step. */
  readonly band?: {
    readonly name: string
    readonly lower: readonly (number | null)[]
    readonly upper: readonly (number | null)[]
  }
}

/** A time in which nothing is known. */
export interface ChartGap {
  readonly fromMs: number
  readonly untilMs: number
  /** One sentence. */
  readonly text: string
}

/** Something that happened at a time, with where it is told. */
export interface ChartMark {
  readonly atMs: number
  readonly text: string
  readonly href: string
  readonly tone?: 'critical' | 'warning' | 'calm'
}

/** The times of a range in whole steps. */
export function gridOf({ fromMs, toMs }: TimeRange, stepMs: number): number[] {
  const count = Math.max(1, Math.ceil((toMs - fromMs) / stepMs))
  return Array.from({ length: count }, (_, index) => fromMs + index * stepMs)
}

/** Values by time, put on a grid. */
export function onGrid<Item>(
  times: readonly number[],
  items: readonly Item[],
  read: { readonly atMs: (item: Item) => number; readonly value: (item: Item) => number | undefined },
): (number | null)[] {
  const known = new Map(items.map((item) => [read.atMs(item), read.value(item) ?? null]))
  return times.map((time) => known.get(time) ?? null)
}

/** Sums from the bottom up: what each series of a stack reaches to. A time of which nothing is known stays so. */
export function stackOf(series: readonly ChartSeries[]): (number | null)[][] {
  const reached: (number | null)[] = []
  return series.map(({ values }) =>
    values.map((value, index) => {
      const below = reached[index] ?? null
      const sum = value === null && below === null ? null : (value ?? 0) + (below ?? 0)
      reached[index] = sum
      return sum
    }),
  )
}

/** The chart in a sentence, for who does not see it. */
export function summaryOf(
  title: string,
  { times, series }: Chart,
  about: { readonly gaps: number; readonly marks: number; readonly clock: (atMs: number) => string },
): string {
  const parts = series.flatMap(({ name, values, kind }) => {
    const known = values.flatMap((value, index) => (value === null ? [] : [{ value, at: times[index] ?? 0 }]))
    const last = known.at(-1)
    if (last === undefined) return kind === 'expected' ? [] : [`${name}: nothing known`]
    const high = known.reduce((most, each) => (each.value > most.value ? each : most))
    const low = known.reduce((least, each) => (each.value < least.value ? each : least))
    const text = (each: typeof last) => `${figureText(each.value)} at ${about.clock(each.at)}`
    return [`${name}: last ${text(last)}, highest ${text(high)}, lowest ${text(low)}`]
  })
  const more = [
    ...(about.gaps === 0 ? [] : [`${about.gaps} ${about.gaps === 1 ? 'gap' : 'gaps'} without record`]),
    ...(about.marks === 0 ? [] : [`${about.marks} ${about.marks === 1 ? 'alert' : 'alerts'} marked`]),
  ]
  return `${title}. ${[...parts, ...more].join('. ')}.`
}

/** What uPlot takes: times in seconds, then one column a series. Stacks come from the top down, so that each covers the one above. */
export function columnsOf(chart: Chart): [number[], ...(number | null)[][]] {
  const times = chart.times.map((time) => time / secondMs)
  const values =
    chart.stacked === true ? stackOf(chart.series).toReversed() : chart.series.map((each) => [...each.values])
  const band = chart.band === undefined ? [] : [[...chart.band.upper], [...chart.band.lower]]
  return [times, ...values, ...band]
}
