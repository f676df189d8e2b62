/** What the Fleet page shows: clusters, rows, charts. Pure. */
import type { Broker } from '../../api/brokers.ts'
import type { ClusterMinute } from '../../api/minutes.ts'
import { minuteMs } from '../../domain/time.ts'
import { stepMinutesOf, type TimeRange } from '../span.ts'
import { type Chart, type ChartSeries, gridOf, onGrid } from './chart.ts'

/** Names of clusters, in the order of the configuration. */
export function clustersOf(brokers: readonly Broker[]): readonly string[] {
  return [...new Set(brokers.map(({ cluster }) => cluster))]
}

/** Sums of a cluster as it is now; undefined where no broker tells. */
export interface ClusterFigures {
  readonly brokers: number
  readonly watched: number
  readonly connected: number | undefined
  readonly connects: number | undefined
  readonly disconnects: number | undefined
  readonly abnormal: number | undefined
}

export function figuresOf(brokers: readonly Broker[]): ClusterFigures {
  const sum = (read: (broker: Broker) => number | undefined) =>
    brokers.reduce<number | undefined>((before, broker) => {
      const value = read(broker)
      return value === undefined ? before : (before ?? 0) + value
    }, undefined)
  return {
    brokers: brokers.length,
    watched: brokers.filter(({ status }) => status === 'watched').length,
    connected: sum(({ connected }) => connected),
    connects: sum(({ perMinute }) => perMinute?.connects),
    disconnects: sum(({ perMinute }) => perMinute?.disconnects),
    abnormal: sum(({ perMinute }) => perMinute?.abnormal),
  }
}

/** What the full width of a share bar stands for, so that all bars of a cluster can be compared. */
export function widestShare(brokers: readonly Broker[]): number {
  return brokers.reduce((most, { share, expectedShare }) => Math.max(most, share ?? 0, expectedShare ?? 0), 0)
}

/** A chart with its title. */
export interface TitledChart {
  readonly title: string
  readonly chart: Chart
}

/** Four charts of a cluster over time. Counts are per minute, whatever the step; an unseen minute has none. */
export function fleetCharts(minutes: readonly ClusterMinute[], range: TimeRange): readonly TitledChart[] {
  const stepMinutes = stepMinutesOf(range)
  const stepMs = stepMinutes * minuteMs
  const times = gridOf(range, stepMs)
  const values = (value: (minute: ClusterMinute) => number | undefined) =>
    onGrid(times, minutes, { atMs: ({ minute }) => Date.parse(minute), value })
  const rate = (value: (minute: ClusterMinute) => number | undefined) =>
    values((minute) => {
      const count = minute.coverage === 0 ? undefined : value(minute)
      return count === undefined ? undefined : count / minute.stepMinutes
    })
  const of = (series: readonly ChartSeries[], band?: Chart['band']): Chart => ({
    times,
    stepMs,
    series,
    ...(band === undefined ? {} : { band }),
  })
  const bars = (name: string, tone: string, read: (minute: ClusterMinute) => number): ChartSeries => ({
    name,
    tone,
    kind: 'bars',
    values: rate(read),
  })
  const connected: ChartSeries = { name: 'Clients', tone: '--series-1', values: values((minute) => minute.connected) }
  const within = { name: 'Within a step', lower: values((m) => m.connectedLow), upper: values((m) => m.connectedHigh) }
  const expected: ChartSeries = {
    name: 'Expected',
    tone: '--series-expected',
    kind: 'expected',
    values: rate(({ band }) => band?.expected),
  }
  const usual = { name: 'Usual', lower: expected.values, upper: rate(({ band }) => band?.upper) }
  return [
    { title: 'Connected clients', chart: of([connected], stepMinutes > 1 ? within : undefined) },
    {
      title: 'Abnormal disconnects per minute',
      chart: of([bars('Abnormal', '--series-2', ({ abnormal }) => abnormal), expected], usual),
    },
    { title: 'Connects per minute', chart: of([bars('Connects', '--series-1', ({ connects }) => connects)]) },
    {
      title: 'Disconnects per minute',
      chart: of([bars('Disconnects', '--series-1', ({ disconnects }) => total(disconnects))]),
    },
  ]
}

function total(counts: Readonly<Record<string, number | undefined>>): number {
  return Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0)
}
