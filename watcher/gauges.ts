/** A broker's latest figures, told when first known and then once a minute. */
import type { Dialect } from '../domain/dialect.ts'
import type { Sample } from '../domain/batch.ts'
import { instant, minuteMs } from '../domain/time.ts'

/** More brokers with all their figures than one cluster may have. */
const maxFigures = 10_000
/** A node that told nothing for so long may be gone; its last figures are then told no more. */
const staleMs = 5 * minuteMs

export interface Gauges {
  /** Keeps a figure; true when it is the first of its name, which is worth telling at once. */
  readonly keep: (sample: Sample, receivedAtMs: number) => boolean
  /** The figures in force at a minute's start, stamped with it. */
  readonly at: (minuteMs: number, stampMs: number) => Sample[]
  /** Forgets all: the link was lost, nobody knows what changed since. */
  readonly clear: () => void
}

/**
 * Figures of one feed. Of a single broker an old figure still holds while the link is up, for brokers publish only
 * changes; of a cluster it holds only while the node goes on publishing.
 */
export function createGauges(scope: Dialect['scope']): Gauges {
  const latest = new Map<string, { readonly sample: Sample; readonly receivedAtMs: number }>()
  return {
    keep: (sample, receivedAtMs) => {
      const key = `${sample.name} ${sample.broker}`
      const first = !latest.has(key)
      if (first && latest.size >= maxFigures) return false
      latest.set(key, { sample, receivedAtMs })
      return first
    },
    at: (atMs, stampMs) =>
      [...latest.values()]
        .filter(({ receivedAtMs }) => scope === 'broker' || atMs - receivedAtMs <= staleMs)
        .map(({ sample }) => ({ ...sample, at: instant(stampMs) })),
    clear: () => latest.clear(),
  }
}
