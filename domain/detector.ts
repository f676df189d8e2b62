/** What every detector is: it is opened with what it learned before, then judges a cluster's minutes in order. */
import type * as z from 'zod/mini'
import type { AlertKind, Judgement } from './alert.ts'
import type { Band, Minute } from './minute.ts'
import type { Detection } from './thresholds.ts'

/** One minute of a whole cluster: a minute for every broker that is known, seen or not. */
export interface ClusterMinute {
  readonly cluster: string
  /** Begin of the minute, epoch milliseconds. */
  readonly startMs: number
  /** End of the minute, as an instant. */
  readonly end: string
  readonly brokers: readonly Minute[]
  /** Share of the minute in which anything of the cluster was watched, 0 to 1; also where no broker is known yet. */
  readonly coverage: number
}

/** What is configured of a cluster; made once, asked every minute. */
export interface ClusterContext {
  readonly cluster: string
  /** IANA time zone in which the fleet lives. */
  readonly timezone: string
  /** Thresholds of the cluster as a whole. */
  readonly detection: Detection
  readonly detectionOf: (broker: string) => Detection
  /** Capacity weight of a broker. */
  readonly weightOf: (broker: string) => number
  readonly maximumConnectionsOf: (broker: string) => number | undefined
  /** Important clients, and the minutes each may be offline. */
  readonly watchedClients: ReadonlyMap<string, number>
  /** Is work on this broker (without a name: on all of the cluster) announced for the minute that begins then? */
  readonly inMaintenance: (startMs: number, broker?: string) => boolean
}

export interface DetectorInput {
  readonly minute: ClusterMinute
  readonly context: ClusterContext
}

export interface DetectorOutput {
  readonly judgements: readonly Judgement[]
  /** What was expected; worked out only where somebody asks. */
  readonly bands?: () => Bands
}

/** What a minute was held against. */
export interface Bands {
  readonly brokers: ReadonlyMap<string, Band>
  /** For the sum of all brokers; absent where some of it was held against nothing. */
  readonly cluster?: Band | undefined
}

/** What a detector remembers, as JSON. */
export interface Saved {
  /** Changes with every minute. */
  readonly recent?: unknown
  /** What is normal: changes at most once an hour, and is the larger part. */
  readonly baseline?: unknown
}

/** A detector at work. It owns what it learns; the same minutes in order always give the same judgements. */
export interface OpenDetector {
  readonly judge: (input: DetectorInput) => DetectorOutput
  /** A broker's minute that was judged came out otherwise since: what is remembered of it is set right. Twice is once. */
  readonly amend?: (input: { readonly minute: Minute; readonly context: ClusterContext }) => void
  readonly save: () => Saved
}

export interface Detector {
  readonly kind: AlertKind
  /** Opens with what `save` gave; what cannot be read starts afresh. */
  readonly open: (saved: Saved) => OpenDetector
}

/** A detector whose little memory is replaced every minute: `judge` is a pure function of it and of the minute. */
export function detector<Schema extends z.ZodMiniType>(definition: {
  readonly kind: AlertKind
  readonly StateSchema: Schema
  readonly initial: z.infer<Schema>
  readonly judge: (state: z.infer<Schema>, input: DetectorInput) => DetectorOutput & { readonly state: z.infer<Schema> }
}): Detector {
  return {
    kind: definition.kind,
    open: ({ recent }) => {
      const known = definition.StateSchema.safeParse(recent)
      let state = known.success ? known.data : definition.initial
      return {
        judge: (input) => {
          const output = definition.judge(state, input)
          state = output.state
          return output
        },
        save: () => ({ recent: state }),
      }
    },
  }
}
