/** Who is measured: Keepwatch’s own analysis under some settings, or a peer; all see the same minutes. */
import type { AlertKind } from '../../domain/alert.ts'
import { openAnalysis } from '../../domain/analysis.ts'
import { contextOf } from '../../domain/cluster-context.ts'
import type { ClusterContext, ClusterMinute } from '../../domain/detector.ts'
import { disconnectRateOf } from '../../domain/detectors/disconnect-rate.ts'
import type { Parts } from '../../domain/rate/parts.ts'
import { ClusterSchema } from '../../domain/settings.ts'
import type { DetectionSettings } from '../../domain/thresholds.ts'
import type { CountPeer, LoadPeer, Peer } from './peers.ts'
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
  /** Only the detector of disconnects, with these parts; absent: all detectors as they ship. */
  readonly parts?: Parts
  /** Instead of the fleet's own. */
  readonly timezone?: string
}

function settingsOf(of: Scenario) {
  return ClusterSchema.parse({
    name: of.name,
    dialect: 'emqx',
    timezone: of.plan.timezone,
    brokers: of.plan.brokers,
    maintenance: of.maintenance,
    watchedClients: of.watchedClients,
  })
}

/** The whole analysis, as the pipeline and replay run it. What is recorded but told to nobody does not count. */
export function ownAnalysis(variant: Variant, of: Scenario): Subject {
  const settings = { ...settingsOf(of), timezone: variant.timezone ?? of.plan.timezone }
  const context = contextOf({ detection: variant.detection }, settings)
  const analysis = openAnalysis(context, undefined, variant.parts ? [disconnectRateOf(variant.parts)] : undefined)
  return {
    name: variant.name,
    ...(variant.parts === undefined ? {} : { kind: 'disconnect_rate' }),
    judge: (minute) =>
      analysis.judge(minute).changed.flatMap((alert) => {
        const last = alert.transitions.at(-1)
        if (last?.status !== 'opened' || last.quiet !== undefined) return []
        return {
          kind: alert.kind,
          ...(alert.broker === undefined ? {} : { broker: alert.broker }),
          ...(alert.clientId === undefined ? {} : { clientId: alert.clientId }),
          atMs: Date.parse(alert.openedAt),
          detail: `score ${alert.score}, ${alert.windowMinutes ?? '?'} min: ${alert.summary}`,
        }
      }),
  }
}

/** Calm minutes until a peer’s alert is resolved: as generous to it as Keepwatch is to itself. */
const clearMinutes = { disconnect_rate: 15, imbalance: 20 }
const whole = '*'

/** A peer with alerts that open and resolve; announced work mutes it, and minutes that nobody saw say nothing. */
export function peerSubject(peer: Peer, of: Scenario): Subject {
  const context = contextOf({ detection: {} }, settingsOf(of))
  const firing = peer.kind === 'imbalance' ? loadsFiring(peer, of) : countsFiring(peer, of, context)
  const lasted = new Map<string, number>()
  const calm = new Map<string, number>()
  const none: Opening[] = []
  return {
    name: peer.name,
    kind: peer.kind,
    judge: (minute) => {
      const now = firing(minute)
      if (now === undefined || (now.length === 0 && lasted.size === 0 && calm.size === 0)) return none
      for (const scope of lasted.keys()) if (!now.includes(scope)) lasted.delete(scope)
      for (const [scope, minutes] of calm) {
        if (now.includes(scope)) calm.set(scope, 0)
        else if (minutes + 1 >= clearMinutes[peer.kind]) calm.delete(scope)
        else calm.set(scope, minutes + 1)
      }
      const atMs = Date.parse(minute.end)
      return now.flatMap((scope) => {
        const minutes = (lasted.get(scope) ?? 0) + 1
        lasted.set(scope, minutes)
        if (minutes < peer.forMinutes || calm.has(scope)) return none
        if (context.inMaintenance(minute.startMs, scope === whole ? undefined : scope)) return none
        calm.set(scope, 0)
        return { kind: peer.kind, ...(scope === whole ? {} : { broker: scope }), atMs, detail: peer.name }
      })
    },
  }
}

type Firing = (minute: ClusterMinute) => readonly string[] | undefined

function loadsFiring(peer: LoadPeer, of: Scenario): Firing {
  return peer.rule(of)
}

function countsFiring(peer: CountPeer, of: Scenario, context: ClusterContext): Firing {
  const rules = new Map<string, ReturnType<CountPeer['rule']>>()
  const none: string[] = []
  return (minute) => {
    let firing = none
    for (const { broker, coverage, abnormal } of minute.brokers) {
      if (coverage === 0 || context.inMaintenance(minute.startMs, broker)) continue
      const rule = rules.get(broker) ?? peer.rule(of)
      rules.set(broker, rule)
      if (rule(abnormal, minute.startMs)) firing = [...firing, broker]
    }
    return firing
  }
}
