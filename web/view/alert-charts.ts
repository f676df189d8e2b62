/** The minutes around an alert: for each kind the figures that it was judged by. Pure. */
import type { ClusterMinute, SteppedMinute } from '../../api/minutes.ts'
import type { Alert } from '../../domain/alert.ts'
import { harmless } from '../../domain/text.ts'
import { dayMs, minuteMs } from '../../domain/time.ts'
import { parametersOf, rangeOf, type Span, type TimeRange, usual } from '../span.ts'
import { kindText } from './alerts.ts'
import type { ChartMark, ChartSeries } from './chart.ts'
import type { TitledChart } from './fleet.ts'
import {
  type AnyMinute,
  abnormalChart,
  connectedChart,
  countChart,
  gaugeChart,
  gaugeNames,
  gaugeTitle,
  type MinuteGrid,
  minuteGrid,
  sumOf,
} from './minute-charts.ts'

const leastBeforeMs = 20 * minuteMs
const mostBeforeMs = dayMs

/**
 * The times that an alert is shown in: those of the address where it names some and the alert opened in them; else from
 * some time before it opened until some time after it ended.
 */
export function alertRange(alert: Alert, span: Span, nowMs: number): TimeRange & { readonly chosen: boolean } {
  const openedMs = Date.parse(alert.openedAt)
  const chosen = rangeOf(span, nowMs)
  const isTold = Object.keys(parametersOf(span, usual)).length > 0
  if (isTold && chosen.fromMs <= openedMs && openedMs <= chosen.toMs) return { ...chosen, chosen: true }
  const around = Math.min(Math.max(2 * (alert.windowMinutes ?? 0) * minuteMs, leastBeforeMs), mostBeforeMs)
  const endedMs = alert.resolvedAt === undefined ? nowMs : Math.min(nowMs, Date.parse(alert.resolvedAt) + around)
  return { ...rangeOf({ kind: 'fixed', fromMs: openedMs - around, toMs: endedMs }, nowMs), chosen: false }
}

/** Whose minutes tell of it: a client's are those of the whole cluster, for it is one wherever it is connected. */
export function brokerOf({ broker, clientId }: Alert): string | undefined {
  return clientId === undefined ? broker : undefined
}

export interface AlertMinutes {
  /** Of its broker; of an alert of a whole cluster, of that. */
  readonly own: readonly AnyMinute[]
  /** Of its cluster, where an alert of one broker is held against it. */
  readonly whole: readonly ClusterMinute[]
  /** Of each broker, where an alert of a whole cluster speaks of how they differ. */
  readonly brokers: readonly (readonly [name: string, readonly SteppedMinute[]])[]
  /** Part of the cluster's clients that the broker should have. */
  readonly fairShare?: number | undefined
}

/** The charts that show what an alert tells. */
export function alertCharts(alert: Alert, minutes: AlertMinutes, range: TimeRange): readonly TitledChart[] {
  const grid = minuteGrid(minutes.own, range)
  const broker = brokerOf(alert)
  const whose = broker === undefined ? 'the cluster' : harmless(broker, 60)
  const connected = { title: `Connected clients of ${whose}`, chart: connectedChart(grid) }
  switch (alert.kind) {
    case 'disconnect_rate':
      return [{ title: `Abnormal disconnects of ${whose} per minute`, chart: abnormalChart(grid) }, connected]
    case 'refused_rate':
      return [
        {
          title: `Refused attempts at ${whose} per minute`,
          chart: countChart(grid, 'Refused', ({ refused }) => refused),
        },
        connected,
      ]
    case 'reconnect_storm':
      return [
        { title: `Connects to ${whose} per minute`, chart: countChart(grid, 'Connects', ({ connects }) => connects) },
        connected,
      ]
    case 'imbalance':
      return imbalanceCharts(minutes, { grid, range, title: connected.title })
    case 'broker_silent':
    case 'watcher_blind':
      return [
        { title: `Events of ${whose} per minute`, chart: countChart(grid, 'Events', eventsOf) },
        { title: 'Part of each minute that was watched, %', chart: watchedChart(grid) },
        connected,
      ]
    case 'resources':
      return [
        connected,
        ...gaugeNames
          .filter(({ name }) => minutes.own.some((each) => 'gauges' in each && each.gauges[name] !== undefined))
          .slice(0, mostGauges)
          .map((gauge) => ({ title: gaugeTitle(gauge), chart: gaugeChart(grid, gauge) })),
      ]
    case 'takeover_loop':
      return [clientsChart(alert, grid, 'Take-overs', ({ takeovers = 0 }) => takeovers), connected]
    case 'flapping':
    case 'client_offline':
      return [clientsChart(alert, grid, 'Connects and refused attempts', ({ attempts = 0 }) => attempts), connected]
  }
}

const mostGauges = 3
const tones = [
  '--series-1',
  '--series-2',
  '--cause-session-taken-over',
  '--cause-client-requested',
  '--cause-keepalive-timeout',
]

function eventsOf({ connects, refused, disconnects }: AnyMinute): number {
  return connects + refused + sumOf(disconnects)
}

function watchedChart({ times, stepMs, values }: MinuteGrid): TitledChart['chart'] {
  return {
    times,
    stepMs,
    series: [{ name: 'Watched', tone: '--series-1', kind: 'bars', values: values(({ coverage }) => coverage * 100) }],
  }
}

function imbalanceCharts(
  { whole, brokers, fairShare }: AlertMinutes,
  { grid, range, title }: { grid: MinuteGrid; range: TimeRange; title: string },
): readonly TitledChart[] {
  const { times, stepMs } = grid
  if (brokers.length > 0) {
    const series = brokers.slice(0, tones.length).map(
      ([name, own], index): ChartSeries => ({
        name: harmless(name, 60),
        tone: tones[index] ?? '--series-1',
        values: minuteGrid(own, range).values(({ connected }) => connected),
      }),
    )
    return [{ title: 'Connected clients of each broker', chart: { times, stepMs, series } }]
  }
  const fair: ChartSeries = {
    name: 'Fair share',
    tone: '--series-expected',
    kind: 'expected',
    values: minuteGrid(whole, range).values(({ connected }) =>
      connected === undefined || fairShare === undefined ? undefined : connected * fairShare,
    ),
  }
  return [{ title, chart: connectedChart(grid, [fair]) }]
}

/** Per minute, of the clients that the alert names, where they stood out. */
function clientsChart(
  { clientId, topClients }: Alert,
  { times, stepMs, rate }: MinuteGrid,
  what: string,
  read: (client: AnyMinute['topClients'][number]) => number,
): TitledChart {
  const named = clientId === undefined ? topClients.map((each) => each.clientId) : [clientId]
  const series = named.slice(0, tones.length).map(
    (name, index): ChartSeries => ({
      name: harmless(name, 40),
      tone: tones[index] ?? '--series-1',
      kind: named.length === 1 ? 'bars' : 'line',
      values: rate((minute) => {
        const own = minute.topClients.find((each) => each.clientId === name)
        return own === undefined ? 0 : read(own)
      }),
    }),
  )
  return {
    title: `${what} per minute${clientId === undefined ? '' : ` of ${harmless(clientId, 60)}`}`,
    chart: { times, stepMs, series },
  }
}

/** When it opened, was told again, and ended; each leads to its place in the story. */
export function alertMarks({ kind, transitions }: Alert): readonly ChartMark[] {
  return transitions.map(({ at, status, severity }, index) => ({
    atMs: Date.parse(at),
    text: `${kindText(kind)} ${status}`,
    href: `#transition-${index}`,
    tone: status === 'resolved' ? 'calm' : severity,
  }))
}
