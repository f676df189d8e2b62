/** State + one minute of a cluster → state + changed alerts. What the analysis runs, and any replay of it. */
import * as z from 'zod/mini'
import { type Alert, moveAlerts, OpenAlertSchema } from './alert.ts'
import type { ClusterMinute } from './detector.ts'
import { detectors } from './detectors/index.ts'
import type { Band } from './minute.ts'
import type { Detection } from './settings.ts'

export const AnalysisStateSchema = z.strictObject({
  /** What each detector has learned, by kind; each checks its own. */
  detectors: z.record(z.string(), z.unknown()),
  open: z.record(z.string(), OpenAlertSchema),
})
export type AnalysisState = Readonly<z.infer<typeof AnalysisStateSchema>>

export const initialAnalysis: AnalysisState = { detectors: {}, open: {} }

export interface AnalysisStep {
  readonly state: AnalysisState
  readonly changed: readonly Alert[]
  /** What was expected of each broker in this minute. */
  readonly bands: ReadonlyMap<string, Band>
}

/** Judges one minute. Pure and deterministic; minutes must come in order, each once. */
export function judgeMinute(
  state: AnalysisState,
  input: { minute: ClusterMinute; detection: Detection; weightOf: (broker: string) => number },
): AnalysisStep {
  const learned: Record<string, unknown> = {}
  const bands = new Map<string, Band>()
  const judgements = detectors.flatMap((detector) => {
    const output = detector.judge(state.detectors[detector.kind], input)
    learned[detector.kind] = output.state
    for (const [broker, band] of output.bands ?? []) bands.set(broker, band)
    return output.judgements
  })
  const { cluster, end } = input.minute
  const moved = moveAlerts({ cluster, at: end, open: state.open, judgements })
  return { state: { detectors: learned, open: { ...moved.open } }, changed: moved.changed, bands }
}
