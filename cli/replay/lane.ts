/** One cluster under one configuration: its minutes go through the analysis that runs every minute elsewhere. */
import type { Alert } from '../../domain/alert.ts'
import { openAnalysis } from '../../domain/analysis.ts'
import type { Minute } from '../../domain/minute.ts'
import { dayMs, instant } from '../../domain/time.ts'
import type { AssembledMinute } from './assemble.ts'
import { createExplainer } from './explain.ts'
import type { ClusterPlan } from './plan.ts'

export interface Lane {
  /** Judges a minute; gives the alerts that changed, each with its new transition last. */
  readonly judge: (minute: AssembledMinute) => readonly Alert[]
}

/** As in the store: a broker that nothing named for so long was removed, or has another name now. */
const forgottenMs = 7 * dayMs

export function openLane(cluster: string, { context, brokers: configured, weighted }: ClusterPlan): Lane {
  const weights = new Map<string, number>()
  const weightOf = (broker: string) =>
    weighted.has(broker) ? context.weightOf(broker) : (weights.get(broker) ?? context.weightOf(broker))
  const analysis = openAnalysis({ ...context, weightOf }, undefined)
  const explainer = createExplainer(cluster, (broker) => {
    const maximumConnections = context.maximumConnectionsOf(broker)
    return { weight: weightOf(broker), ...(maximumConnections === undefined ? {} : { maximumConnections }) }
  })
  let brokers = configured.toSorted()
  const known = new Set(brokers)
  /** Begin of the first minute in a row without it, by broker. */
  const missingSince = new Map<string, number>()

  const unseen = (broker: string, startMs: number): Minute => {
    if (!missingSince.has(broker)) missingSince.set(broker, startMs)
    return {
      cluster,
      broker,
      minute: instant(startMs),
      coverage: 0,
      connects: 0,
      refused: 0,
      disconnects: {},
      abnormal: 0,
      gauges: {},
      topClients: [],
    }
  }
  const forget = (startMs: number) => {
    for (const [broker, sinceMs] of missingSince) {
      if (startMs - sinceMs < forgottenMs || configured.includes(broker)) continue
      missingSince.delete(broker)
      known.delete(broker)
      brokers = brokers.filter((each) => each !== broker)
    }
  }

  return {
    judge: ({ startMs, end, recorded }) => {
      let coverage = 0
      for (const [broker, { minute, weight }] of recorded) {
        if (minute.coverage > coverage) coverage = minute.coverage
        if (weight !== undefined) weights.set(broker, weight)
        if (missingSince.size > 0) missingSince.delete(broker)
        if (known.has(broker)) continue
        known.add(broker)
        brokers = [...known].toSorted()
      }
      if (missingSince.size > 0) forget(startMs)
      const minutes = brokers.map((broker) => recorded.get(broker)?.minute ?? unseen(broker, startMs))
      const whole = { cluster, startMs, end, brokers: minutes, coverage }
      explainer.remember(whole)
      return analysis.judge(whole).changed.map(explainer.explain)
    },
  }
}
