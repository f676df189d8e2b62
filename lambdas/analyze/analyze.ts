/** Every minute: derive what is complete, judge it once and in order, move the alerts, tell what changed. */
import type { Alert } from '../../domain/alert.ts'
import { openAnalysis } from '../../domain/analysis.ts'
import { contextOf } from '../../domain/cluster-context.ts'
import { hasPassed, seenShare } from '../../domain/coverage.ts'
import type { ClusterContext } from '../../domain/detector.ts'
import type { Minute } from '../../domain/minute.ts'
import type { ClusterSettings, Settings } from '../../domain/settings.ts'
import type { OperatorActs } from '../../domain/silence.ts'
import { instant, minuteMs, secondMs, startOfMinute } from '../../domain/time.ts'
import { joinBrokers, type WholeMinute } from '../../domain/whole-minute.ts'
import { acknowledgedAmong } from '../../store/alerts.ts'
import { commitAnalysis, readAnalysis, type StoredAnalysis, sweepBaselines } from '../../store/analysis.ts'
import { writeMinutes, writeWholeMinutes } from '../../store/minutes.ts'
import { silencesOf } from '../../store/silences.ts'
import { marksOf } from '../../store/state.ts'
import { findCorrections, writeCorrections } from './correct.ts'
import { type Asked, type ClusterView, derive, type DeriveTables, viewOf } from './derive.ts'
import type { Publish } from './publish.ts'
import { tell } from './tell.ts'

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
const marksPerRun = 100
/** The longest window that any detector looks at: what was corrected within it counts with the next minute. */
const longestWindowMs = 120 * minuteMs

/** Analyzes every cluster. A cluster that fails does not keep the others from being analyzed; then it throws. */
export async function analyze(settings: Settings, ports: AnalyzePorts): Promise<void> {
  const outcomes = await Promise.allSettled(
    settings.clusters.map(async (cluster) => analyzeCluster(settings, cluster, ports)),
  )
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} clusters could not be analyzed`)
}

async function analyzeCluster(settings: Settings, cluster: ClusterSettings, ports: AnalyzePorts): Promise<void> {
  const { tables, nowMs } = ports
  const { name } = cluster
  const before = await readAnalysis(tables.state, name)
  if (before?.lostBaselines !== undefined) {
    const item = before.lostBaselines
    ports.log.warn('what is normal was lost from the state table and is learned anew', { cluster: name, item })
  }
  const marks = await marksOf(tables.state, name, marksPerRun)
  // Gaps are read from the oldest minute that will be derived.
  const since = [before?.position ?? instant(0), ...marks.map((mark) => mark.minute)].toSorted()[0] ?? instant(0)
  const view = await viewOf(tables.state, cluster, { since, nowMs })
  if (before === undefined && view.firstSeen === undefined) return
  const start = before === undefined ? startOfMinute(view.firstSeen ?? nowMs) : Date.parse(before.position) + minuteMs
  const due = dueMinutes(start, view, nowMs)
  const context = contextOf(settings, cluster)
  const { watchedClients } = context
  const source = { cluster: name, feeds: view.feeds, watchedClients }
  const corrections = await findCorrections(tables, {
    cluster: name,
    watchedClients,
    view,
    marks,
    dueFromMs: start,
    isDue: due.length > 0,
  })
  const late = corrections.minutes.filter((minute) => Date.parse(minute.minute) >= start - longestWindowMs)
  const acts = await actsOf(before, name, ports)
  const judged = await judge({ context, source, view, due, before, acts, late }, ports)
  const days = settings.retention.minutesDays
  await writeMinutes(tables.minutes, judged.minutes, { nowMs, days })
  await writeWholeMinutes(tables.minutes, judged.wholes, { nowMs, days })
  const committed = await commit(name, { before, due, judged }, ports)
  if (committed === undefined) {
    ports.log.info('another run judged these minutes first', { cluster: name, minutes: due.length })
    return
  }
  await tell(settings, { cluster, committed }, ports)
  // Not before the commit: what was not committed must be found again.
  await writeCorrections(tables, name, { corrections, nowMs, days })
  if (committed.baselinesItem !== before?.baselinesItem) await sweepBaselines(tables.state, name, committed)
  ports.log.info('analyzed', { cluster: name, minutes: due.length, alerts: judged.changed.length })
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

/** What operators did that bears on this run: their silences, and which of the open alerts they acknowledged. */
async function actsOf(
  before: StoredAnalysis | undefined,
  cluster: string,
  { tables }: AnalyzePorts,
): Promise<OperatorActs> {
  const open = Object.values(before?.analysis.state.open ?? {}).map(({ alert }) => alert.id)
  const [acknowledged, silences] = await Promise.all([
    acknowledgedAmong(tables.alerts, open),
    silencesOf(tables.state, cluster),
  ])
  return { acknowledged, silences }
}

interface Judged {
  readonly memory: StoredAnalysis['analysis']
  readonly minutes: readonly Minute[]
  readonly wholes: readonly WholeMinute[]
  readonly changed: readonly Alert[]
}

async function judge(
  work: {
    readonly context: ClusterContext
    readonly source: Omit<Asked, 'broker' | 'start'>
    readonly view: ClusterView
    readonly due: readonly number[]
    readonly before: StoredAnalysis | undefined
    readonly acts: OperatorActs
    /** Minutes judged before that came out otherwise since. */
    readonly late: readonly Minute[]
  },
  ports: AnalyzePorts,
): Promise<Judged> {
  const { context, source, view } = work
  const analysis = openAnalysis(context, work.before?.analysis)
  for (const minute of work.late) analysis.amend(minute)
  const minutes: Minute[] = []
  const wholes: WholeMinute[] = []
  const changed: Alert[] = []
  for (const start of work.due) {
    const brokers = await Promise.all(
      view.brokers.map(async (broker) => derive(ports.tables, { ...source, broker, start })),
    )
    const coverage = seenShare(view.feeds, start)
    const end = instant(start + minuteMs)
    const step = analysis.judge({ cluster: context.cluster, startMs: start, end, brokers, coverage }, work.acts)
    changed.push(...step.changed)
    const bands = step.bands()
    for (const each of brokers) {
      const band = bands.brokers.get(each.broker)
      minutes.push(band === undefined ? each : { ...each, band })
    }
    const counted = new Set(view.countedAt(start))
    const whole = joinBrokers(
      brokers.filter(({ broker }) => counted.has(broker)),
      bands.cluster,
    )
    if (whole !== undefined) wholes.push(whole)
  }
  return { memory: analysis.save(), minutes, wholes, changed }
}

/** One conditional write holds position, learning and alerts to be told: nothing is judged twice, nothing is lost. */
async function commit(
  cluster: string,
  run: { before: StoredAnalysis | undefined; due: readonly number[]; judged: Judged },
  ports: AnalyzePorts,
): Promise<StoredAnalysis | undefined> {
  const { before, due, judged } = run
  const last = due.at(-1)
  const position = last === undefined ? before?.position : instant(last)
  if (position === undefined) return undefined
  const pending = [...(before?.pending ?? []), ...judged.changed]
  const next = { position, ranAt: instant(ports.nowMs), analysis: judged.memory, pending }
  return commitAnalysis(ports.tables.state, cluster, { before, next })
}
