/** Every minute: derive what is complete, judge it once and in order, move the alerts, tell what changed. */
import { openAnalysis } from '../../domain/analysis.ts'
import type { Alert } from '../../domain/alert.ts'
import { contextOf } from '../../domain/cluster-context.ts'
import { hasPassed, seenShare } from '../../domain/coverage.ts'
import type { Minute } from '../../domain/minute.ts'
import type { ClusterSettings, Settings } from '../../domain/settings.ts'
import { instant, minuteMs, secondMs, startOfMinute } from '../../domain/time.ts'
import { writeAlert } from '../../store/alerts.ts'
import { commitAnalysis, readAnalysis, type StoredAnalysis, sweepBaselines } from '../../store/analysis.ts'
import { writeMinutes } from '../../store/minutes.ts'
import { clearMark, type Mark, marksOf } from '../../store/state.ts'
import { type ClusterView, derive, type DeriveTables, rederive, viewOf } from './derive.ts'
import type { Publish } from './publish.ts'

export interface AnalyzePorts {
  readonly tables: DeriveTables
  readonly publish: Publish
  readonly log: { readonly info: Say; readonly warn: Say }
  readonly nowMs: number
}
type Say = (message: string, fields: Record<string, string | number>) => void

/** Batches that were seen may still be in the queue this long after their minute. */
const settleMs = 4 * secondMs
/** A minute nobody covered is not waited for longer than this. */
const patienceMs = 60 * secondMs
/** After an outage of the analysis itself, so many minutes are caught up in one run. */
const minutesPerRun = 60
/** Minutes before the last judged one that are derived again: the index lags and events come late. */
const derivedAgain = 2
const marksPerRun = 100

/** Analyzes every cluster. A cluster that fails does not keep the others from being analyzed; then it throws. */
export async function analyze(settings: Settings, ports: AnalyzePorts): Promise<void> {
  const outcomes = await Promise.allSettled(
    settings.clusters.map(async (cluster) => analyzeCluster(settings, cluster, ports)),
  )
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} clusters could not be analyzed`)
}

async function analyzeCluster(settings: Settings, cluster: ClusterSettings, ports: AnalyzePorts): Promise<void> {
  const before = await readAnalysis(ports.tables.state, cluster.name)
  const marks = await marksOf(ports.tables.state, cluster.name, marksPerRun)
  // Gaps are read from the oldest minute that will be derived.
  const since = [before?.position ?? instant(0), ...marks.map((mark) => mark.minute)].toSorted()[0] ?? instant(0)
  const view = await viewOf(ports.tables.state, cluster, { since, nowMs: ports.nowMs })
  if (before === undefined && view.firstSeen === undefined) return
  const start =
    before === undefined ? startOfMinute(view.firstSeen ?? ports.nowMs) : Date.parse(before.position) + minuteMs
  const due = dueMinutes(start, view, ports.nowMs)
  const judged = await judge({ settings, cluster, view, due, before: before?.analysis }, ports)
  await writeMinutes(ports.tables.minutes, judged.minutes, { nowMs: ports.nowMs, days: settings.retention.minutesDays })
  const committed = await commit(cluster, { before, due, judged }, ports)
  if (committed === undefined) {
    ports.log.info('another run judged these minutes first', { cluster: cluster.name, minutes: due.length })
    return
  }
  await tell(settings, { cluster, committed }, ports)
  await correct(settings, { cluster, view, marks, judgedFrom: start, judged: due.length }, ports)
  if (committed.baselinesItem !== before?.baselinesItem) {
    await sweepBaselines(ports.tables.state, cluster.name, committed)
  }
  ports.log.info('analyzed', { cluster: cluster.name, minutes: due.length, alerts: judged.changed.length })
}

/** Minutes that are complete or no longer waited for, in order. */
function dueMinutes(start: number, view: ClusterView, nowMs: number): number[] {
  const due: number[] = []
  for (let minute = start; due.length < minutesPerRun; minute += minuteMs) {
    const end = minute + minuteMs
    const complete = nowMs >= end + settleMs && view.brokers.every((broker) => hasPassed(view.feeds, broker, end))
    if (!complete && nowMs < end + patienceMs) break
    due.push(minute)
  }
  return due
}

type Memory = StoredAnalysis['analysis']

interface Judged {
  readonly memory: Memory
  readonly minutes: readonly Minute[]
  readonly changed: readonly Alert[]
}

async function judge(
  work: { settings: Settings; cluster: ClusterSettings; view: ClusterView; due: number[]; before: Memory | undefined },
  ports: AnalyzePorts,
): Promise<Judged> {
  const { cluster, view } = work
  const analysis = openAnalysis(contextOf(work.settings, cluster), work.before)
  const minutes: Minute[] = []
  const changed: Alert[] = []
  for (const start of work.due) {
    const brokers = await Promise.all(
      view.brokers.map(async (broker) =>
        derive(ports.tables, { cluster: cluster.name, broker, start, feeds: view.feeds }),
      ),
    )
    const coverage = seenShare(view.feeds, start)
    const end = instant(start + minuteMs)
    const step = analysis.judge({ cluster: cluster.name, startMs: start, end, brokers, coverage })
    changed.push(...step.changed)
    for (const each of brokers) {
      const band = step.bands.get(each.broker)
      minutes.push(band === undefined ? each : { ...each, band })
    }
  }
  return { memory: analysis.save(), minutes, changed }
}

/** One conditional write holds position, learning and alerts to be told: nothing is judged twice, nothing is lost. */
async function commit(
  cluster: ClusterSettings,
  run: { before: StoredAnalysis | undefined; due: readonly number[]; judged: Judged },
  ports: AnalyzePorts,
): Promise<StoredAnalysis | undefined> {
  const { before, due, judged } = run
  const last = due.at(-1)
  const position = last === undefined ? before?.position : instant(last)
  if (position === undefined) return undefined
  const pending = [...(before?.pending ?? []), ...judged.changed]
  const next = { position, ranAt: instant(ports.nowMs), analysis: judged.memory, pending }
  return commitAnalysis(ports.tables.state, cluster.name, { before, next })
}

/** Stores and publishes what is pending, then says that it was done. Whatever fails stays pending for the next run. */
async function tell(
  settings: Settings,
  done: { cluster: ClusterSettings; committed: StoredAnalysis },
  ports: AnalyzePorts,
): Promise<void> {
  const { committed, cluster } = done
  const left: Alert[] = []
  for (const alert of committed.pending) {
    try {
      await writeAlert(ports.tables.alerts, alert, { nowMs: ports.nowMs, days: settings.retention.alertsDays })
      await ports.publish(alert)
    } catch (error) {
      left.push(alert)
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'
      ports.log.warn('an alert could not be told and will be tried again', { alert: alert.id, reason })
    }
  }
  if (left.length === committed.pending.length) return
  await commitAnalysis(ports.tables.state, cluster.name, { before: committed, next: { ...committed, pending: left } })
}

/** Derives again the minutes just before those judged, and those that late events marked. Corrected, never alerting. */
async function correct(
  settings: Settings,
  work: {
    cluster: ClusterSettings
    view: ClusterView
    marks: readonly Mark[]
    judgedFrom: number
    judged: number
  },
  ports: AnalyzePorts,
): Promise<void> {
  const { cluster, view } = work
  const again = new Map<string, { broker: string; start: number }>()
  const add = (broker: string, start: number) => again.set(`${broker} ${start}`, { broker, start })
  if (work.judged > 0) {
    for (let n = 1; n <= derivedAgain; n += 1)
      for (const broker of view.brokers) add(broker, work.judgedFrom - n * minuteMs)
  }
  const judgedUntil = work.judgedFrom + work.judged * minuteMs
  const passed = work.marks.filter((mark) => Date.parse(mark.minute) < judgedUntil)
  for (const mark of passed) add(mark.broker, Date.parse(mark.minute))
  const days = settings.retention.minutesDays
  for (const { broker, start } of again.values()) {
    const minute = await rederive(ports.tables, { cluster: cluster.name, broker, start, feeds: view.feeds })
    if (minute !== undefined) await writeMinutes(ports.tables.minutes, [minute], { nowMs: ports.nowMs, days })
  }
  for (const mark of passed) await clearMark(ports.tables.state, cluster.name, mark)
}
