/** The life of an alert: what a detector says of a scope each minute → opened, updated, resolved, or nothing new. */
import * as z from 'zod/mini'
import { type Cause, CauseSchema } from './cause.ts'
import { type TopClient, TopClientSchema, type TopPeer, TopPeerSchema } from './minute.ts'
import { InstantSchema } from './time.ts'

export const AlertKindSchema = z.enum([
  'disconnect_rate',
  'imbalance',
  'reconnect_storm',
  'refused_rate',
  'flapping',
  'takeover_loop',
  'broker_silent',
  'client_offline',
  'resources',
  'watcher_blind',
])
export type AlertKind = z.infer<typeof AlertKindSchema>
export const SeveritySchema = z.enum(['warning', 'critical'])
export type Severity = z.infer<typeof SeveritySchema>

const figures = {
  severity: SeveritySchema,
  observed: z.number(),
  expected: z.number(),
  /** What it had to reach to be told; absent where that is no number. */
  upper: z.optional(z.number()),
  /** Minutes that the figures are of. */
  windowMinutes: z.optional(z.number()),
  /** Standard deviations from what was expected. */
  score: z.number(),
  /** There is little experience yet: the band is wide. */
  cold: z.optional(z.boolean()),
  /** One sentence for people, with the figures. */
  summary: z.string(),
}
export const TransitionSchema = z.strictObject({
  status: z.enum(['opened', 'updated', 'resolved']),
  at: InstantSchema,
  /** Why it was told, of a closed set. */
  why: z.enum([
    'began',
    'severity_rose',
    'doubled',
    'cause_clear',
    'repeated',
    'calm_again',
    // It lasted so long that it is what is usual now.
    'new_normal',
    // One alert of the cluster tells it from now on.
    'widespread',
    // It was kept quiet until now and still stands.
    'silence_over',
  ]),
  /** Recorded but not published, and why not. */
  quiet: z.optional(z.enum(['silence', 'maintenance', 'acknowledged', 'part_of'])),
  ...figures,
})
export type Transition = Readonly<z.infer<typeof TransitionSchema>>

/** An operator looks after it: it is not repeated, and told only when it gets worse or ends. */
export const AcknowledgementSchema = z.strictObject({
  at: InstantSchema,
  by: z.string().check(z.minLength(1), z.maxLength(200)),
  note: z.optional(z.string().check(z.maxLength(1000))),
})
export type Acknowledgement = Readonly<z.infer<typeof AcknowledgementSchema>>
/** What an operator found the alert to be: an incident, something real but harmless, or a false alarm. */
export const VerificationSchema = z.strictObject({
  verdict: z.enum(['true', 'benign', 'false']),
  at: InstantSchema,
  by: z.string().check(z.minLength(1), z.maxLength(200)),
  note: z.optional(z.string().check(z.maxLength(1000))),
})
export type Verification = Readonly<z.infer<typeof VerificationSchema>>

export const AlertSchema = z.strictObject({
  id: z.string(),
  kind: AlertKindSchema,
  cluster: z.string(),
  /** Absent: the whole cluster. */
  broker: z.optional(z.string()),
  /** Absent: not of one client. */
  clientId: z.optional(z.string()),
  status: z.enum(['open', 'resolved']),
  openedAt: InstantSchema,
  updatedAt: InstantSchema,
  resolvedAt: z.optional(InstantSchema),
  ...figures,
  topCauses: z.array(z.strictObject({ cause: CauseSchema, count: z.number() })),
  topClients: z.array(TopClientSchema),
  topPeers: z.optional(z.array(TopPeerSchema)),
  transitions: z.array(TransitionSchema),
  /** How many transitions between the first and the last ones are not kept. */
  omittedTransitions: z.optional(z.number()),
  acknowledgement: z.optional(AcknowledgementSchema),
  verification: z.optional(VerificationSchema),
})
export type Alert = Readonly<z.infer<typeof AlertSchema>>

/** A detector's statement about a minute, with the figures. */
export interface Finding {
  readonly severity: Severity
  readonly observed: number
  readonly expected: number
  /** What `observed` had to reach (for a lack: to fall to) to be told. */
  readonly upper?: number
  readonly windowMinutes?: number
  readonly score: number
  /** There is little experience yet: the band is wide. */
  readonly cold?: boolean
  readonly summary: string
  readonly topCauses: readonly { readonly cause: Cause; readonly count: number }[]
  readonly topClients: readonly TopClient[]
  readonly topPeers?: readonly TopPeer[]
}

/**
 * What a detector concluded for one scope. `unseen` neither opens nor resolves (a gap, or a wider alert tells it);
 * `adopted` resolves at once: what was an anomaly has lasted so long that it is the new normal.
 */
export interface Judgement {
  readonly kind: AlertKind
  readonly broker?: string
  /** Scope of the kinds that speak of one client. */
  readonly clientId?: string
  readonly verdict: 'firing' | 'calm' | 'unseen' | 'adopted'
  /** Present when firing. */
  readonly finding?: Finding
  /** Calm minutes until an open alert of this kind is resolved. */
  readonly clearMinutes: number
}

/** An alert that stands, and how many calm minutes it has seen. */
export const OpenAlertSchema = z.strictObject({
  alert: AlertSchema,
  calmMinutes: z.number(),
  /** How far from expected it was when it was last told. */
  told: z.number(),
})
export type OpenAlert = Readonly<z.infer<typeof OpenAlertSchema>>
export type OpenAlerts = Readonly<Record<string, OpenAlert>>

export interface AlertStep {
  readonly open: OpenAlerts
  /** Alerts that changed, each with its new transition last. */
  readonly changed: readonly Alert[]
}

/**
 * Moves the alerts of one cluster by one minute. `at` is the end of the judged minute. Pure: the same minutes give the
 * same alerts, with the same ids, whoever runs it and however often.
 */
export function moveAlerts(step: {
  readonly cluster: string
  readonly at: string
  readonly open: OpenAlerts
  readonly judgements: readonly Judgement[]
}): AlertStep {
  const open: Record<string, OpenAlert> = { ...step.open }
  const changed: Alert[] = []
  for (const judgement of step.judgements) {
    const key = `${judgement.kind}#${judgement.broker ?? ''}`
    const moved = moveOne(open[key], judgement, { cluster: step.cluster, at: step.at })
    if (moved.transition) changed.push(moved.transition)
    if (moved.open === undefined) delete open[key]
    else open[key] = moved.open
  }
  return { open, changed }
}

type Context = { readonly cluster: string; readonly at: string }

function moveOne(
  known: OpenAlert | undefined,
  judgement: Judgement,
  context: Context,
): { open: OpenAlert | undefined; transition?: Alert } {
  const { finding } = judgement
  if (judgement.verdict === 'unseen') return { open: known }
  if (judgement.verdict === 'firing' && finding !== undefined) {
    if (known === undefined) {
      const alert = openAlert(judgement, finding, context)
      return { open: { alert, calmMinutes: 0, told: distanceOf(finding) }, transition: alert }
    }
    const why = reasonToTell(known, finding)
    if (why === undefined) return { open: { ...known, calmMinutes: 0 } }
    const alert = withTransition(known.alert, { status: 'updated', at: context.at, why, ...figuresOf(finding) })
    const told = {
      ...alert,
      topCauses: [...finding.topCauses],
      topClients: [...finding.topClients],
      topPeers: [...(finding.topPeers ?? [])],
    }
    return { open: { alert: told, calmMinutes: 0, told: distanceOf(finding) }, transition: told }
  }
  if (known === undefined) return { open: undefined }
  const calmMinutes = known.calmMinutes + 1
  if (calmMinutes < judgement.clearMinutes) return { open: { ...known, calmMinutes } }
  return { open: undefined, transition: resolve(known.alert, calmMinutes, context.at) }
}

function reasonToTell(known: OpenAlert, finding: Finding): 'severity_rose' | 'doubled' | undefined {
  if (finding.severity === 'critical' && known.alert.severity === 'warning') return 'severity_rose'
  return distanceOf(finding) >= 2 * known.told ? 'doubled' : undefined
}

function distanceOf({ observed, expected }: Finding): number {
  return Math.abs(observed - expected)
}

function openAlert(judgement: Judgement, finding: Finding, context: Context): Alert {
  return {
    id: alertId(judgement, context),
    kind: judgement.kind,
    cluster: context.cluster,
    ...(judgement.broker === undefined ? {} : { broker: judgement.broker }),
    ...(judgement.clientId === undefined ? {} : { clientId: judgement.clientId }),
    status: 'open',
    openedAt: context.at,
    updatedAt: context.at,
    ...figuresOf(finding),
    topCauses: [...finding.topCauses],
    topClients: [...finding.topClients],
    topPeers: [...(finding.topPeers ?? [])],
    transitions: [{ status: 'opened', at: context.at, why: 'began', ...figuresOf(finding) }],
  }
}

function resolve(alert: Alert, calmMinutes: number, at: string): Alert {
  const last = {
    severity: alert.severity,
    observed: alert.observed,
    expected: alert.expected,
    score: alert.score,
    summary: `Calm again for ${calmMinutes} min. It was: ${alert.summary}`,
  }
  const resolved = withTransition(alert, { status: 'resolved', at, why: 'calm_again', ...last })
  return { ...resolved, summary: alert.summary, status: 'resolved', resolvedAt: at }
}

function withTransition(alert: Alert, transition: Transition): Alert {
  const { severity, observed, expected, score, summary, at } = transition
  const moved = { severity, observed, expected, score, summary, updatedAt: at }
  return { ...alert, ...moved, transitions: [...alert.transitions, transition] }
}

function figuresOf(finding: Finding) {
  const { severity, observed, expected, score, summary } = finding
  return { severity, observed, expected, score, summary }
}

/** Follows from cluster, kind, scope and opening minute alone, and needs no escaping in a URL's path. */
function alertId(judgement: Judgement, context: Context): string {
  const scope = (judgement.broker ?? '').replace(/[^A-Za-z0-9_@-]/g, (c) => `~${(c.codePointAt(0) ?? 0).toString(16)}`)
  return [context.cluster, judgement.kind, scope, context.at.replace(/[-:]|\.000/g, '')].join('.')
}
