/** What every detector is: a pure function of a cluster's minute and what was learned before it. */
import type * as z from 'zod/mini'
import type { AlertKind, Judgement } from './alert.ts'
import type { Band, Minute } from './minute.ts'
import type { Detection } from './settings.ts'

/** One minute of a whole cluster: a minute for every broker that is known, seen or not. */
export interface ClusterMinute {
  readonly cluster: string
  /** End of the minute, as an instant. */
  readonly end: string
  readonly brokers: readonly Minute[]
  /** Share of the minute in which anything of the cluster was watched, 0 to 1; also where no broker is known yet. */
  readonly coverage: number
}

export interface DetectorInput {
  readonly minute: ClusterMinute
  readonly detection: Detection
  /** Capacity weight of a broker. */
  readonly weightOf: (broker: string) => number
}

export interface DetectorOutput<State> {
  readonly state: State
  readonly judgements: readonly Judgement[]
  /** What was expected, by broker. */
  readonly bands?: ReadonlyMap<string, Band>
}

export interface Detector<State = unknown> {
  readonly kind: AlertKind
  readonly judge: (state: State, input: DetectorInput) => DetectorOutput<State>
}

/** A detector whose state is checked when it comes back from the store; an unreadable one starts afresh. */
export function detector<Schema extends z.ZodMiniType>(definition: {
  readonly kind: AlertKind
  readonly StateSchema: Schema
  readonly initial: z.infer<Schema>
  readonly judge: (state: z.infer<Schema>, input: DetectorInput) => DetectorOutput<z.infer<Schema>>
}): Detector {
  return {
    kind: definition.kind,
    judge: (state, input) => {
      const known = definition.StateSchema.safeParse(state)
      return definition.judge(known.success ? known.data : definition.initial, input)
    },
  }
}
