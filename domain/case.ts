/** What is known when somebody asks why: the events of a client or a broker, what others did meanwhile, the minutes. */
import type { Event } from './event.ts'
import type { Minute } from './minute.ts'

/** Of whom it is asked. */
export type Subject =
  | { readonly of: 'client'; readonly clientId: string }
  | { readonly of: 'broker'; readonly broker: string }
  | { readonly of: 'cluster' }

/** A broker of the cluster as configured. */
export interface KnownBroker {
  readonly name: string
  /** Share of the load it is meant to carry, against the others'. */
  readonly weight: number
  readonly maximumConnections?: number
}

/** Everything that a diagnosis looks at. Bounded by whoever gathers it; any part may be empty, for not all is recorded. */
export interface Case {
  readonly cluster: string
  readonly subject: Subject
  /** The span that was asked about, epoch milliseconds. */
  readonly fromMs: number
  readonly toMs: number
  /** Of the subject, both views, any order. */
  readonly events: readonly Event[]
  /** Of one client only: what others did on its brokers within seconds of its last ends; any order. */
  readonly nearby: readonly Event[]
  /** Of all brokers of the cluster in the span, any order. */
  readonly minutes: readonly Minute[]
  readonly brokers: readonly KnownBroker[]
  /** There was more than was looked at: counts are lower bounds. */
  readonly cut: boolean
}

/** How far around an end of a client others' events are looked at. */
export const nearbyMs = 5000
