/** How old sessions were when they ended: a histogram by cause. */
import type { Cause } from './cause.ts'
import { dayMs, secondMs } from './time.ts'
import type { Session } from './evidence/two-views.ts'

const perDecade = 8
const monthSeconds = (30 * dayMs) / secondMs
/** Where the last bin ends: nothing is connected for ten years. */
const lastSeconds = 120 * monthSeconds

/** Edges of the bins in seconds: eight per decade from a second to 30 days, one bin for what is shorter and one for longer. */
export const binEdges: readonly number[] = [
  0,
  ...Array.from({ length: 52 }, (_, n) => Number((10 ** (n / perDecade)).toPrecision(3))),
  monthSeconds,
  lastSeconds,
]

export interface AgeBin {
  readonly fromSeconds: number
  readonly toSeconds: number
  readonly counts: Partial<Record<Cause, number>>
}

/** The bins with an end, shortest ages first, and how many sessions are in them: those whose begin and end are known. */
export function sessionAgesOf(sessions: Iterable<Pick<Session, 'ageMs' | 'cause'>>): {
  readonly sessions: number
  readonly bins: AgeBin[]
} {
  const bins = new Map<number, AgeBin>()
  let known = 0
  for (const { ageMs, cause = 'unknown' } of sessions) {
    if (ageMs === undefined) continue
    known += 1
    const index = binOf(ageMs / secondMs)
    const bin = bins.get(index) ?? {
      fromSeconds: binEdges[index] ?? 0,
      toSeconds: binEdges[index + 1] ?? lastSeconds,
      counts: {},
    }
    bin.counts[cause] = (bin.counts[cause] ?? 0) + 1
    bins.set(index, bin)
  }
  return { sessions: known, bins: [...bins].toSorted(([a], [b]) => a - b).map(([, bin]) => bin) }
}

function binOf(seconds: number): number {
  const above = binEdges.findIndex((edge) => edge > seconds)
  return above < 0 ? binEdges.length - 2 : above - 1
}
