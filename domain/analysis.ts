/** Opened with what is known of a cluster, it judges minutes in order: what the analysis runs, and any replay of it. */
import * as z from 'zod/mini'
import { type Alert, OpenAlertSchema } from './alert.ts'
import { type AlertMemory, moveAlerts } from './alert-life.ts'
import type { Bands, ClusterContext, ClusterMinute, Detector, Saved } from './detector.ts'
import { detectors } from './detectors/index.ts'
import type { Minute } from './minute.ts'
import type { OperatorActs } from './silence.ts'
import { TogetherSchema } from './widespread.ts'

export type { OperatorActs } from './silence.ts'

/** What the analysis of a cluster remembers from minute to minute, as JSON. */
export const AnalysisStateSchema = z.strictObject({
  /** What each detector remembers, by kind; each checks its own. */
  detectors: z.record(z.string(), z.unknown()),
  open: z.record(z.string(), OpenAlertSchema),
  /** Brokers that fired lately, by kind: whether they are one incident. */
  together: z.optional(TogetherSchema),
})
export type AnalysisState = Readonly<z.infer<typeof AnalysisStateSchema>>
/** What is normal, by kind of detector: large, and changes at most once an hour. */
export const BaselinesSchema = z.record(z.string(), z.unknown())
export type Baselines = Readonly<z.infer<typeof BaselinesSchema>>

export interface AnalysisStep {
  readonly changed: readonly Alert[]
  /** What was expected of each broker, and of all, in this minute; worked out only where somebody asks. */
  readonly bands: () => Bands
}

const noBands = (): Bands => ({ brokers: new Map() })
const noActs: OperatorActs = { acknowledged: new Set(), silences: [] }

export interface OpenAnalysis {
  /** Judges one minute. Minutes must come in order, each once. */
  readonly judge: (minute: ClusterMinute, acts?: OperatorActs) => AnalysisStep
  /** A broker's minute that was judged came out otherwise since: windows that hold it see it with the next minute. */
  readonly amend: (minute: Minute) => void
  readonly save: () => { readonly state: AnalysisState; readonly baselines: Baselines }
}

/** Opens the analysis of one cluster. Pure: the same memory and minutes always give the same alerts and memory. */
export function openAnalysis(
  context: ClusterContext,
  before: { readonly state: AnalysisState; readonly baselines: Baselines } | undefined,
  list: readonly Detector[] = detectors,
): OpenAnalysis {
  const open = list.map((detector) => {
    const recent = before?.state.detectors[detector.kind]
    const baseline = before?.baselines[detector.kind]
    return { kind: detector.kind, at: detector.open({ recent, baseline }) }
  })
  let memory: AlertMemory = { open: before?.state.open ?? {}, together: before?.state.together ?? {} }
  return {
    judge: (minute, acts = noActs) => {
      let bands = noBands
      const judgements = open.flatMap(({ at }) => {
        const output = at.judge({ minute, context })
        // One detector tells bands: that of disconnects.
        if (output.bands !== undefined) bands = output.bands
        return output.judgements
      })
      const moved = moveAlerts({ minute, context, acts, judgements }, memory)
      memory = moved.memory
      return { changed: moved.changed, bands }
    },
    amend: (minute) => {
      for (const { at } of open) at.amend?.({ minute, context })
    },
    save: () => {
      const saved = open.map(({ kind, at }): [string, Saved] => [kind, at.save()])
      const baselines = saved.flatMap(([kind, { baseline }]) => (baseline === undefined ? [] : [[kind, baseline]]))
      return {
        state: {
          detectors: Object.fromEntries(saved.map(([kind, { recent }]) => [kind, recent])),
          ...memory,
        },
        baselines: Object.fromEntries(baselines),
      }
    },
  }
}
