/** Silences: an operator says which alerts shall not be told for a while; they are recorded all the same. */
import * as z from 'zod/mini'
import { type AlertKind, AlertKindSchema } from './alert.ts'
import { InstantSchema } from './time.ts'

export const SilenceSchema = z.strictObject({
  id: z.string().check(z.minLength(1), z.maxLength(100)),
  cluster: z.string(),
  /** First instant that is silent. */
  from: InstantSchema,
  /** First instant that is not silent any more. */
  to: InstantSchema,
  /** What is absent matches everything. */
  kind: z.optional(AlertKindSchema),
  broker: z.optional(z.string()),
  clientId: z.optional(z.string()),
  /** Why, for those who find it. */
  comment: z.string().check(z.maxLength(1000)),
  createdBy: z.string().check(z.maxLength(200)),
  createdAt: InstantSchema,
})
export type Silence = Readonly<z.infer<typeof SilenceSchema>>

/** What operators did, as it stands when a minute is judged. */
export interface OperatorActs {
  /** Ids of acknowledged alerts. */
  readonly acknowledged: ReadonlySet<string>
  readonly silences: readonly Silence[]
}

interface AlertScope {
  readonly cluster: string
  readonly kind: AlertKind
  readonly broker?: string | undefined
  readonly clientId?: string | undefined
}

/**
 * The first silence over an alert of this scope at an instant. A silence for one broker does not cover alerts of the
 * whole cluster: they tell of other brokers too.
 */
export function silenceOf(scope: AlertScope, silences: readonly Silence[], at: string): Silence | undefined {
  return silences.find(
    (silence) =>
      silence.cluster === scope.cluster &&
      silence.from <= at &&
      at < silence.to &&
      (silence.kind === undefined || silence.kind === scope.kind) &&
      (silence.broker === undefined || silence.broker === scope.broker) &&
      (silence.clientId === undefined || silence.clientId === scope.clientId),
  )
}
