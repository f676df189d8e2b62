/** What a detector says of a scope each minute, and what an alert is that follows from it. */
import * as z from 'zod/mini'
import { type Cause, CauseSchema } from './cause.ts'
import { DiagnosisSchema } from './diagnosis.ts'
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
  /** Brokers or clients that it speaks of, where they may be many. */
  affected: z.optional(z.number()),
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
    // Nothing judges it any more: its broker is not known any more.
    'gone',
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
  /** Why, as it was known when it was last told. */
  diagnosis: z.optional(DiagnosisSchema),
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
  /** Brokers or clients that it speaks of, where they may be many: told again when they have doubled. */
  readonly affected?: number
  readonly summary: string
  readonly topCauses: readonly { readonly cause: Cause; readonly count: number }[]
  readonly topClients: readonly TopClient[]
  readonly topPeers?: readonly TopPeer[]
}

/**
 * What a detector concluded for one scope: a client, else a broker, else the whole cluster; at most once a minute for
 * each. `unseen` neither opens nor resolves (a gap, or a wider alert tells it); `adopted` resolves at once: what was an
 * anomaly has lasted so long that it is the new normal. No word on a client that was told of before is calm.
 */
export interface Judgement {
  readonly kind: AlertKind
  readonly broker?: string
  /** Scope of the kinds that speak of one client, wherever it is connected; `broker` is then where it was last. */
  readonly clientId?: string
  readonly verdict: 'firing' | 'calm' | 'unseen' | 'adopted'
  /** Present when firing. When adopted, its summary may say in which way it is normal now. */
  readonly finding?: Finding
  /** Calm minutes until an open alert of this kind is resolved. */
  readonly clearMinutes: number
}

/** An alert that stands, and what moves it further. */
export const OpenAlertSchema = z.strictObject({
  alert: AlertSchema,
  calmMinutes: z.number(),
  /** As its last judgement said: calm minutes until it is resolved. */
  clearMinutes: z.optional(z.number()),
  /** Minutes in a row in which nothing judged it, if any. */
  unjudgedMinutes: z.optional(z.number()),
  /** How far from expected it was, per minute, when it was last recorded. */
  told: z.number(),
  /** Minutes of the window it was recorded with. */
  toldWindow: z.optional(z.number()),
  /** How many brokers or clients it spoke of then. */
  toldAffected: z.optional(z.number()),
  /** That one cause is clear was told. */
  causeClear: z.optional(z.boolean()),
  /** That it opened, or got worse, was recorded but not told yet, and why. */
  kept: z.optional(z.enum(['silence', 'maintenance'])),
})
export type OpenAlert = Readonly<z.infer<typeof OpenAlertSchema>>
/** Open alerts of a cluster, by their scope (`scopeKey`). */
export type OpenAlerts = Readonly<Record<string, OpenAlert>>
