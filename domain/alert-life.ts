/** The life of alerts: what detectors say in a minute → opened, updated, resolved, or nothing new. */
import type { Alert, AlertKind, Finding, Judgement, OpenAlert, OpenAlerts } from './alert.ts'
import { type Scope, scopeKey } from './alert-id.ts'
import { clearCause, distanceOf, newsOf, opened, resolved, updated, type Why } from './alert-transitions.ts'
import type { ClusterContext, ClusterMinute } from './detector.ts'
import { inhibitor } from './inhibition.ts'
import { boundClients } from './many-clients.ts'
import { type OperatorActs, silenceOf } from './silence.ts'
import type { AlertsSettings } from './thresholds.ts'
import { groupBrokers, type Joined, type Together } from './widespread.ts'

/** What is remembered of a cluster's alerts from minute to minute. */
export interface AlertMemory {
  readonly open: OpenAlerts
  readonly together: Together
}

export interface AlertStep {
  readonly memory: AlertMemory
  /** Alerts that changed, each with its new transition last. */
  readonly changed: readonly Alert[]
}

interface Judged {
  readonly minute: ClusterMinute
  readonly context: ClusterContext
  readonly acts: OperatorActs
  readonly judgements: readonly Judgement[]
}

/** An alert that nothing judged for so long is resolved: its broker is known no more. */
const forgottenMinutes = 1440
const usualNow = 'It has lasted so long that it is what is usual now: it is learned.'

/**
 * Moves the alerts of one cluster by one minute. Pure: the same minutes give the same alerts, with the same ids, whoever
 * runs it and however often.
 */
export function moveAlerts(judged: Judged, memory: AlertMemory): AlertStep {
  const { minute, context } = judged
  const { open, together } = memory
  const keyOf = openKeys(open)
  const relevant = relevantOf(judged.judgements, memory, keyOf)
  if (relevant.length === 0 && keyOf === nothingOpen && Object.keys(together).length === 0)
    return { memory, changed: [] }

  const announced = announcedIn(minute, context)
  // Nobody knows how long work takes that nobody watches: that is recorded, and told when the work is over.
  const masked = relevant.map((each) => (each.kind !== 'watcher_blind' && announced(each) ? unseen(each) : each))
  const opens = (each: Judgement) =>
    each.verdict === 'firing' &&
    keyOf(each) === undefined &&
    (each.clientId !== undefined || together[each.kind]?.spread !== true)
  const muted = masked.some(opens) ? inhibitor(open, masked) : () => false
  const allowed = masked.map((each) => (opens(each) && muted(each) ? unseen(each) : each))
  const grouped = groupBrokers(allowed, together, {
    startMs: minute.startMs,
    brokers: () => minute.brokers.filter((broker) => !announced(broker)).length,
    settings: context.detection.alerts,
    clusterOpen: (kind) => open[scopeKey({ kind })] !== undefined,
  })
  const bounded = boundClients(grouped.judgements, { open, seen: minute.coverage > 0 })
  const moved = move(bounded, grouped.joined, { ...judged, announced, open, keyOf })
  return { memory: { open: moved.open, together: grouped.together }, changed: moved.changed }
}

/** Most of what is said every minute is calm of what is not open; that is let go first, and cheaply. */
function relevantOf(judgements: readonly Judgement[], { open, together }: AlertMemory, keyOf: KeyOf): Judgement[] {
  const kinds = new Set<string>(Object.values(open).map(({ alert }) => alert.kind))
  const spread = new Set(Object.keys(together).filter((kind) => together[kind]?.spread === true))
  const relevant: Judgement[] = []
  for (const each of judgements) {
    const isFiring = each.verdict === 'firing'
    if (!isFiring && kinds.size === 0 && spread.size === 0) continue
    if (isFiring || spread.has(each.kind) || (kinds.has(each.kind) && keyOf(each) !== undefined)) relevant.push(each)
  }
  return relevant
}

type KeyOf = (scope: Scope) => string | undefined
const nothingOpen: KeyOf = () => undefined

/** The keys of open alerts, found without making a key for every scope that is calm. */
function openKeys(open: OpenAlerts): KeyOf {
  const clients = new Map<AlertKind, Map<string, string>>()
  const brokers = new Map<AlertKind, Map<string, string>>()
  for (const [key, { alert }] of Object.entries(open)) {
    const names = alert.clientId === undefined ? brokers : clients
    const known = names.get(alert.kind) ?? new Map<string, string>()
    names.set(alert.kind, known.set(alert.clientId ?? alert.broker ?? '', key))
  }
  if (clients.size === 0 && brokers.size === 0) return nothingOpen
  return ({ kind, broker, clientId }) =>
    clientId === undefined ? brokers.get(kind)?.get(broker ?? '') : clients.get(kind)?.get(clientId)
}

type Announced = (scope: { readonly broker?: string | undefined }) => boolean

function announcedIn({ startMs }: ClusterMinute, context: ClusterContext): Announced {
  const known = new Map<string | undefined, boolean>()
  return ({ broker }) => {
    const answer = known.get(broker) ?? context.inMaintenance(startMs, broker)
    known.set(broker, answer)
    return answer
  }
}

function unseen({ kind, broker, clientId, clearMinutes }: Judgement): Judgement {
  return {
    kind,
    clearMinutes,
    verdict: 'unseen',
    ...(broker === undefined ? {} : { broker }),
    ...(clientId === undefined ? {} : { clientId }),
  }
}

interface Now extends Judged {
  readonly announced: Announced
  readonly open: OpenAlerts
  readonly keyOf: KeyOf
}

function move(judgements: readonly Judgement[], joined: readonly Joined[], now: Now) {
  const open: Record<string, OpenAlert> = { ...now.open }
  const changed: Alert[] = []
  const judged = new Set<string>()
  const moveOne = (key: string, judgement: Judgement) => {
    if (judged.has(key)) return
    judged.add(key)
    const moved = step(open[key], judgement, now)
    if (moved.changed !== undefined) changed.push(moved.changed)
    if (moved.open === undefined) delete open[key]
    else open[key] = moved.open
  }
  for (const judgement of judgements) moveOne(now.keyOf(judgement) ?? scopeKey(judgement), judgement)
  for (const { kind, broker } of joined) {
    const [own, cluster] = [scopeKey({ kind, broker }), scopeKey({ kind })]
    const [ends, goesOn] = [open[own], open[cluster]]
    if (ends === undefined || goesOn === undefined) continue
    const said = `It is part of a wider incident: alert ${goesOn.alert.id} tells it from now on.`
    changed.push(resolved(ends.alert, 'widespread', said, { at: now.minute.end, quiet: 'part_of' }))
    delete open[own]
  }
  for (const [key, known] of Object.entries(open)) {
    if (judged.has(key)) continue
    if (known.alert.clientId !== undefined) moveOne(key, wordless(known, now))
    else {
      const unjudgedMinutes = (known.unjudgedMinutes ?? 0) + 1
      open[key] = { ...known, unjudgedMinutes }
      if (unjudgedMinutes < forgottenMinutes) continue
      changed.push(end(known, 'gone', `Nothing was heard of it for ${forgottenMinutes / 60} h.`, now))
      delete open[key]
    }
  }
  return { open, changed }
}

/** No word on a client is calm, where it could have been seen. */
function wordless({ alert, clearMinutes = 1 }: OpenAlert, { minute, announced }: Now): Judgement {
  const { kind, broker, clientId } = alert
  const place = minute.brokers.find((each) => each.broker === broker) ?? minute
  const verdict = place.coverage > 0 && !announced(alert) ? 'calm' : 'unseen'
  return { kind, verdict, clearMinutes, ...(clientId === undefined ? {} : { clientId }) }
}

/** What a judgement makes of the alert of its scope: one that is not open any more is undefined. */
function step(known: OpenAlert | undefined, judgement: Judgement, now: Now): { open?: OpenAlert; changed?: Alert } {
  const { verdict, finding, clearMinutes } = judgement
  if (verdict === 'firing' && finding !== undefined) return fire(known, { ...judgement, finding }, now)
  if (known === undefined) return {}
  const { unjudgedMinutes: _, ...still } = known
  if (verdict === 'adopted') return { changed: end(known, 'new_normal', finding?.summary ?? usualNow, now) }
  if (verdict !== 'calm') return { open: still }
  const calmMinutes = known.calmMinutes + 1
  if (calmMinutes < clearMinutes) return { open: { ...still, calmMinutes, clearMinutes } }
  return { changed: end(known, 'calm_again', `Calm again for ${calmMinutes} min.`, now) }
}

function fire(known: OpenAlert | undefined, judgement: Judgement & { readonly finding: Finding }, now: Now) {
  const { finding, clearMinutes } = judgement
  const at = now.minute.end
  const quiet = quietOf(known?.alert ?? judgement, now)
  const figures = {
    calmMinutes: 0,
    clearMinutes,
    told: Math.max(distanceOf(finding), known?.told ?? 0),
    toldWindow: finding.windowMinutes ?? 1,
    toldAffected: finding.affected === undefined ? undefined : Math.max(finding.affected, known?.toldAffected ?? 0),
    causeClear: known?.causeClear === true || clearCause(finding) !== undefined,
  }
  if (known === undefined) {
    const alert = opened(now.minute.cluster, judgement, finding, { at, quiet })
    return { open: { alert, ...figures, kept: quiet }, changed: alert }
  }
  const acknowledged = now.acts.acknowledged.has(known.alert.id)
  const { repeatHours } = thresholdsOf(known.alert, now.context)
  const why = newsOf(known, finding, { at, quiet, acknowledged, repeatHours })
  const { unjudgedMinutes: _, ...still } = known
  if (why === undefined) return { open: { ...still, calmMinutes: 0, clearMinutes } }
  const hushed = quiet ?? (why === 'cause_clear' && acknowledged ? 'acknowledged' : undefined)
  const alert = updated(known.alert, finding, why, { at, quiet: hushed })
  return { open: { alert, ...figures, kept: hushed === 'acknowledged' ? known.kept : quiet }, changed: alert }
}

/** Ends an alert. Of one that nobody was told of, nobody is told that it ended. */
function end(known: OpenAlert, why: Why, said: string, now: Now): Alert {
  const { alert, kept } = known
  const heardOf = now.acts.acknowledged.has(alert.id) || alert.transitions.some(({ quiet }) => quiet === undefined)
  const quiet = quietOf(alert, now) ?? (heardOf ? undefined : kept)
  return resolved(alert, why, said, { at: now.minute.end, quiet })
}

/** Why people shall not hear of this scope now. Work hushes only what it does not keep from being judged at all. */
function quietOf(scope: Scope, { acts, minute, announced }: Now): 'silence' | 'maintenance' | undefined {
  if (silenceOf({ ...scope, cluster: minute.cluster }, acts.silences, minute.end) !== undefined) return 'silence'
  return announced(scope) ? 'maintenance' : undefined
}

function thresholdsOf({ broker }: Alert, context: ClusterContext): AlertsSettings {
  return (broker === undefined ? context.detection : context.detectionOf(broker)).alerts
}
