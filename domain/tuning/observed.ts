/** Figures of the connections of a case, as the advice on all options needs them. */
import type { Event } from '../event.ts'
import type { Facts } from '../facts.ts'
import type { Session } from '../evidence/two-views.ts'

/** Fewer of anything may be an accident. */
export const enough = 3

export const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b)

/** The value below which that share of sorted values lies; for the 0.99 of fewer than a hundred, the largest. */
export function percentileOf(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

/** A value in use, and by how many. */
export interface InUse {
  readonly value: number
  readonly count: number
}

/** The values in use, the one of most first. */
export function inUse(values: Iterable<number | undefined>): readonly InUse[] {
  const counts = new Map<number, number>()
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .toSorted((a, b) => b.count - a.count || a.value - b.value)
}

/** What each client last said of an option of its own. */
export function claimedInUse({ clients }: Facts, option: 'reconnectPeriodMs' | 'connectTimeoutMs'): readonly InUse[] {
  return inUse(
    [...clients.values()].map(({ events }) => {
      let last: Event | undefined
      for (const event of events) {
        if (event.evidence?.[option] !== undefined && event.at >= (last?.at ?? '')) last = event
      }
      return last?.evidence?.[option]
    }),
  )
}

/** All connections of the case. */
export function sessionsOf({ clients }: Facts): readonly Session[] {
  return [...clients.values()].flatMap(({ sessions }) => sessions)
}

/** What observe(client) is for. */
export const observeText = 'observe(client) in the application, with publish on, tells it (docs/observe.md).'
