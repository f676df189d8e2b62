/** Messages that were no events: counted by reason since this function's start, the latest of each kept as a sample. */
import type { FeedReport, RejectionSample } from '../../domain/batch.ts'
import { harmless } from '../../domain/text.ts'
import { instant } from '../../domain/time.ts'
import type { Rejection } from './messages.ts'

const shownCharacters = 300

export interface Tally {
  readonly count: (
    rejections: readonly Rejection[],
    from: {
      readonly cluster: string
      readonly topic: string
      readonly messages: readonly unknown[]
      readonly atMs: number
    },
  ) => void
  /** What a report says of a cluster's rejections. */
  readonly of: (cluster: string) => Pick<FeedReport, 'rejected' | 'rejectionSamples'>
}

/** Counts by the closed set of reasons, so that it stays small whatever arrives. */
export function createTally(): Tally {
  const clusters = new Map<string, Map<string, { readonly count: number; readonly sample: RejectionSample }>>()
  return {
    count: (rejections, { cluster, topic, messages, atMs }) => {
      const tally = clusters.get(cluster) ?? new Map<string, { count: number; sample: RejectionSample }>()
      clusters.set(cluster, tally)
      for (const { index, reason, detail } of rejections) {
        const payload = JSON.stringify(messages[index]) ?? ''
        const sample = {
          reason,
          detail: harmless(detail, shownCharacters),
          topic: harmless(topic, shownCharacters),
          payload: harmless(payload, shownCharacters),
          at: instant(atMs),
        }
        tally.set(reason, { count: (tally.get(reason)?.count ?? 0) + 1, sample })
      }
    },
    of: (cluster) => {
      const entries = [...(clusters.get(cluster) ?? [])]
      return {
        rejected: Object.fromEntries(entries.map(([reason, { count }]) => [reason, count])),
        rejectionSamples: entries.map(([, { sample }]) => sample),
      }
    },
  }
}
