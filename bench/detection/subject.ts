/** Who is measured: Keepwatch's own analysis under some settings, or a peer; all see the same minutes. */
import type { AlertKind } from '../../domain/alert.ts'
import { openAnalysis } from '../../domain/analysis.ts'
import { contextOf } from '../../domain/cluster-context.ts'
import type { ClusterMinute } from '../../domain/detector.ts'
import { ClusterSchema } from '../../domain/settings.ts'
import type { DetectionSettings } from '../../domain/thresholds.ts'
import type { Scenario } from './scenario.ts'
import type { Opening } from './score.ts'

export interface Subject {
  readonly name: string
  /** What it speaks of; absent: of everything. */
  readonly kind?: AlertKind
  /** Judges the next minute; answers the alerts that it opened. */
  readonly judge: (minute: ClusterMinute) => readonly Opening[]
}

/** Named thresholds over the defaults. */
export interface Variant {
  readonly name: string
  readonly detection: DetectionSettings
}

/** The whole analysis, as the pipeline and replay run it. */
export function ownAnalysis(variant: Variant, of: Scenario): Subject {
  const cluster = ClusterSchema.parse({
    name: of.name,
    dialect: 'emqx',
    timezone: of.plan.timezone,
    brokers: of.plan.brokers,
    maintenance: of.maintenance,
    watchedClients: of.watchedClients,
  })
  const analysis = openAnalysis(contextOf({ detection: variant.detection }, cluster), undefined)
  return {
    name: variant.name,
    judge: (minute) => {
      const { changed } = analysis.judge(minute)
      return changed
        .filter((alert) => alert.transitions.at(-1)?.status === 'opened')
        .map((alert) => ({
          kind: alert.kind,
          ...(alert.broker === undefined ? {} : { broker: alert.broker }),
          atMs: Date.parse(alert.openedAt),
          detail: `score ${alert.score}, ${alert.windowMinutes ?? '?'} min: ${alert.summary}`,
        }))
    },
  }
}
