/** Messages that were neither event nor sample: counted by reason, the latest of each kept as a bounded sample. */
import type { RejectionSample } from '../domain/batch.ts'
import type { RejectionReason } from '../domain/dialect.ts'
import type { Message } from '../domain/message.ts'
import { harmless } from '../domain/text.ts'
import { instant, minuteMs } from '../domain/time.ts'

const shownCharacters = 300
/** A sample of a reason is kept this long before a newer one replaces it. */
const sampleMs = minuteMs

export interface Rejections {
  readonly count: (rejection: { reason: RejectionReason; detail: string; message: Message }) => void
  /** Since the watcher's start. */
  readonly counts: () => Record<string, number>
  readonly samples: () => RejectionSample[]
}

/** Counts by the closed set of reasons, so that it stays small whatever arrives. */
export function createRejections(): Rejections {
  const counts = new Map<RejectionReason, number>()
  const samples = new Map<RejectionReason, { readonly sample: RejectionSample; readonly keptAtMs: number }>()
  return {
    count: ({ reason, detail, message }) => {
      counts.set(reason, (counts.get(reason) ?? 0) + 1)
      const kept = samples.get(reason)
      if (kept && message.receivedAt - kept.keptAtMs < sampleMs) return
      const sample = {
        reason,
        detail: harmless(detail, shownCharacters),
        topic: harmless(message.topic, shownCharacters),
        payload: harmless(message.payload, shownCharacters),
        at: instant(message.receivedAt),
      }
      samples.set(reason, { sample, keptAtMs: message.receivedAt })
    },
    counts: () => Object.fromEntries(counts),
    samples: () => [...samples.values()].map(({ sample }) => sample),
  }
}
