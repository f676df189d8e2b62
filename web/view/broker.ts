/** What the Broker page shows: its figures as they are, its minutes by cause. Pure. */
import type { Broker } from '../../api/brokers.ts'
import type { SteppedMinute } from '../../api/minutes.ts'
import type { Cause } from '../../domain/cause.ts'
import type { TimeRange } from '../span.ts'
import { causeText, causeTone, shownCauses } from './causes.ts'
import type { Chart } from './chart.ts'
import { figureText } from './figures.ts'
import type { TitledChart } from './fleet.ts'
import {
  abnormalChart,
  connectedChart,
  gaugeChart,
  type GaugeName,
  gaugeNames,
  gaugeTitle,
  type MinuteGrid,
  minuteGrid,
} from './minute-charts.ts'

/** `37 %`, `812 MiB`, `3.4 ms`. */
export function gaugeText(value: number, unit: GaugeName['unit']): string {
  if (unit === 'bytes') return `${figureText(value / 1_048_576)} MiB`
  return unit === '' ? figureText(value) : `${figureText(value)} ${unit}`
}

/** What the broker tells of itself now, with units; counters since its start are left out. */
export function gaugesOf({ gauges }: Pick<Broker, 'gauges'>): readonly (readonly [title: string, text: string])[] {
  return gaugeNames.flatMap(({ name, title, unit }) => {
    const value = gauges[name]
    return value === undefined ? [] : [[title, gaugeText(value, unit)] as const]
  })
}

/** Causes that occur in these minutes, in the order of their stack, with how often. */
export function causesIn(minutes: readonly SteppedMinute[]): readonly (readonly [Cause, number])[] {
  return shownCauses.flatMap((cause) => {
    const count = minutes.reduce((sum, { disconnects }) => sum + (disconnects[cause] ?? 0), 0)
    return count === 0 ? [] : [[cause, count] as const]
  })
}

/** Disconnects per minute, stacked by cause; with one chosen, the others keep their place and show nothing. */
export function causesChart(
  { times, stepMs, rate }: MinuteGrid,
  causes: readonly Cause[],
  chosen: Cause | undefined,
): Chart {
  return {
    times,
    stepMs,
    stacked: true,
    series: causes.map((cause) => ({
      name: causeText(cause),
      tone: causeTone(cause),
      kind: 'bars',
      values:
        chosen === undefined || chosen === cause
          ? rate(({ disconnects }) => disconnects[cause] ?? 0)
          : times.map(() => null),
    })),
  }
}

export interface BrokerCharts {
  readonly byCause: Chart
  readonly rest: readonly TitledChart[]
  /** Of what the broker tells of itself. */
  readonly gauges: readonly TitledChart[]
}

export function brokerCharts(
  minutes: readonly SteppedMinute[],
  { range, cause }: { readonly range: TimeRange; readonly cause: Cause | undefined },
): BrokerCharts {
  const grid = minuteGrid(minutes, range)
  const { times, stepMs, rate } = grid
  const causes = causesIn(minutes).map(([each]) => each)
  const attempts: Chart = {
    times,
    stepMs,
    stacked: true,
    series: [
      { name: 'Connects', tone: '--series-1', kind: 'bars', values: rate(({ connects }) => connects) },
      { name: 'Refused', tone: '--series-2', kind: 'bars', values: rate(({ refused }) => refused) },
    ],
  }
  return {
    byCause: causesChart(grid, causes, cause),
    rest: [
      { title: 'Connected clients', chart: connectedChart(grid) },
      { title: 'Abnormal disconnects per minute', chart: abnormalChart(grid) },
      { title: 'Connects and refused attempts per minute', chart: attempts },
    ],
    gauges: gaugeNames
      .filter(({ name }) => minutes.some(({ gauges }) => gauges[name] !== undefined))
      .map((gauge) => ({ title: gaugeTitle(gauge), chart: gaugeChart(grid, gauge) })),
  }
}
