/** Opened with what is known of a cluster, it judges minutes in order: what the analysis runs, and any replay of it. */
import * as z from 'zod/mini'
import { type Alert, moveAlerts, OpenAlertSchema, type OpenAlerts } from './alert.ts'
import type { ClusterContext, ClusterMinute, Saved } from './detector.ts'
import { detectors } from './detectors/index.ts'
import type { Band } from './minute.ts'
import type { Silence } from './silence.ts'

/** What the analysis of a cluster remembers from minute to minute, as JSON. */
export const AnalysisStateSchema = z.strictObject({
  /** What each detector remembers, by kind; each checks its own. */
  detectors: z.record(z.string(), z.unknown()),
  open: z.record(z.string(), OpenAlertSchema),
})
export type AnalysisState = Readonly<z.infer<typeof AnalysisStateSchema>>
/** What is normal, by kind of detector: large, and changes at most once an hour. */
export const BaselinesSchema = z.record(z.string(), z.unknown())
export type Baselines = Readonly<z.infer<typeof BaselinesSchema>>

export interface AnalysisStep {
  readonly changed: readonly Alert[]
  /** What was expected of each broker in this minute. */
  readonly bands: ReadonlyMap<string, Band>
}

/** What operators did, as it stands when a minute is judged. */
export interface OperatorActs {
  /** Ids of acknowledged alerts. */
  readonly acknowledged: ReadonlySet<string>
  readonly silences: readonly Silence[]
}

export interface OpenAnalysis {
  /** Judges one minute. Minutes must come in order, each once. */
  readonly judge: (minute: ClusterMinute, acts?: OperatorActs) => AnalysisStep
  readonly save: () => { readonly state: AnalysisState; readonly baselines: Baselines }
}

/** Opens the analysis of one cluster. Pure: the same memory and minutes always give the same alerts and memory. */
export function openAnalysis(
  context: ClusterContext,
  before: { readonly state: AnalysisState; readonly baselines: Baselines } | undefined,
): OpenAnalysis {
  const open = detectors.map((detector) => {
    const recent = before?.state.detectors[detector.kind]
    const baseline = before?.baselines[detector.kind]
    return { kind: detector.kind, at: detector.open({ recent, baseline }) }
  })
  let alerts: OpenAlerts = before?.state.open ?? {}
  return {
    judge: (minute) => {
      const bands = new Map<string, Band>()
      const judgements = open.flatMap(({ at }) => {
        const output = at.judge({ minute, context })
        for (const [broker, band] of output.bands ?? []) bands.set(broker, band)
        return output.judgements
      })
      const moved = moveAlerts({ cluster: minute.cluster, at: minute.end, open: alerts, judgements })
      alerts = moved.open
      return { changed: moved.changed, bands }
    },
    save: () => {
      const saved = open.map(({ kind, at }): [string, Saved] => [kind, at.save()])
      const baselines = saved.flatMap(([kind, { baseline }]) => (baseline === undefined ? [] : [[kind, baseline]]))
      return {
        state: {
          detectors: Object.fromEntries(saved.map(([kind, { recent }]) => [kind, recent])),
          open: { ...alerts },
        },
        baselines: Object.fromEntries(baselines),
      }
    },
  }
}
