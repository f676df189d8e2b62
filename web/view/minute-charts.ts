/** Charts of minutes, whether of a broker or of a cluster: rates, the band, clients, gauges. Pure. */
import type { ClusterMinute, SteppedMinute } from '../../api/minutes.ts'
import type { SampleName } from '../../domain/batch.ts'
import { minuteMs } from '../../domain/time.ts'
import { stepMinutesOf, type TimeRange } from '../span.ts'
import { type Chart, type ChartSeries, gridOf, onGrid } from './chart.ts'

/** What is told of a minute of either. */
export type AnyMinute = SteppedMinute | ClusterMinute

export interface MinuteGrid {
  readonly times: readonly number[]
  readonly stepMs: number
  /** One value for each time; a time of which nothing is known has none. */
  readonly values: (read: (minute: AnyMinute) => number | undefined) => (number | null)[]
  /** Counts per minute, whatever the step; an unseen minute has none. */
  readonly rate: (read: (minute: AnyMinute) => number | undefined) => (number | null)[]
}

/** Puts minutes on the grid of a range. */
export function minuteGrid(minutes: readonly AnyMinute[], range: TimeRange): MinuteGrid {
  const stepMs = stepMinutesOf(range) * minuteMs
  const times = gridOf(range, stepMs)
  const values: MinuteGrid['values'] = (value) =>
    onGrid(times, minutes, { atMs: ({ minute }) => Date.parse(minute), value })
  const rate: MinuteGrid['rate'] = (read) =>
    values((minute) => {
      const count = minute.coverage === 0 ? undefined : read(minute)
      return count === undefined ? undefined : count / minute.stepMinutes
    })
  return { times, stepMs, values, rate }
}

/** Abnormal disconnects per minute against what was usual when they were judged. */
export function abnormalChart({ times, stepMs, rate }: MinuteGrid): Chart {
  const expected = rate(({ band }) => band?.expected)
  return {
    times,
    stepMs,
    series: [
      { name: 'Abnormal', tone: '--series-2', kind: 'bars', values: rate(({ abnormal }) => abnormal) },
      { name: 'Expected', tone: '--series-expected', kind: 'expected', values: expected },
    ],
    band: { name: 'Usual', lower: expected, upper: rate(({ band }) => band?.upper) },
  }
}

/** Clients at the end of each minute, with the fewest and the most of a step where several are joined. */
export function connectedChart({ times, stepMs, values }: MinuteGrid, more: readonly ChartSeries[] = []): Chart {
  const series: ChartSeries[] = [
    { name: 'Clients', tone: '--series-1', values: values((each) => each.connected) },
    ...more,
  ]
  if (stepMs <= minuteMs) return { times, stepMs, series }
  const [lower, upper] = [values((each) => each.connectedLow), values((each) => each.connectedHigh)]
  return { times, stepMs, series, band: { name: 'Within a step', lower, upper } }
}

/** One count per minute as bars. */
export function countChart(
  { times, stepMs, rate }: MinuteGrid,
  name: string,
  read: (minute: AnyMinute) => number | undefined,
): Chart {
  return { times, stepMs, series: [{ name, tone: '--series-1', kind: 'bars', values: rate(read) }] }
}

/** How a gauge is called, and in what it is told. */
export interface GaugeName {
  readonly name: SampleName
  readonly title: string
  readonly unit: '%' | 'bytes' | 'ms' | ''
}

/** Gauges worth a look; counters since a broker's start say nothing by themselves. */
export const gaugeNames: readonly GaugeName[] = [
  { name: 'cpu_percent', title: 'CPU', unit: '%' },
  { name: 'memory_percent', title: 'Memory', unit: '%' },
  { name: 'memory_bytes', title: 'Memory', unit: 'bytes' },
  { name: 'heap_bytes', title: 'Heap', unit: 'bytes' },
  { name: 'load_1min', title: 'Load (1 min)', unit: '' },
  { name: 'sessions', title: 'Sessions', unit: '' },
  { name: 'subscriptions', title: 'Subscriptions', unit: '' },
  { name: 'canary_connect_ms', title: 'Connecting takes', unit: 'ms' },
  { name: 'canary_ping_ms', title: 'A ping takes', unit: 'ms' },
]

/** `Memory, MiB`. */
export function gaugeTitle({ title, unit }: GaugeName): string {
  if (unit === '') return title
  return `${title}, ${unit === 'bytes' ? 'MiB' : unit}`
}

/** A gauge of a broker over time. */
export function gaugeChart({ times, stepMs, values }: MinuteGrid, { name, title, unit }: GaugeName): Chart {
  const scale = unit === 'bytes' ? 1 / 1_048_576 : 1
  const read = (minute: AnyMinute) => {
    const value = 'gauges' in minute ? minute.gauges[name] : undefined
    return value === undefined ? undefined : value * scale
  }
  return { times, stepMs, series: [{ name: title, tone: '--series-1', values: values(read) }] }
}

export const sumOf = (counts: Readonly<Record<string, number | undefined>>): number =>
  Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0)
