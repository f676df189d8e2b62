/** Disconnects of the last half hour by cause: a cause may stand out where the sum does not. */
import { type Cause, causeNames } from '../cause.ts'
import { firstLong } from './windows.ts'

/** Windows that are looked at by cause are the short ones and the first long one (30 minutes). */
export const causeWindowCount = firstLong + 1
const lengths = [1, 3, 5, 15, 30] as const
const longest = 30
const size = 32
const mask = size - 1
/** A cause's share of all is remembered about a day. */
const decay = 0.5 ** (1 / 1440)

/** Causes that nobody minds: the client or the cluster wanted it. */
const isPlain = (cause: Cause) => cause === 'client_requested' || cause === 'server_redirect'
export const judgedCauses: readonly Cause[] = causeNames.filter((cause) => !isPlain(cause))
const places = new Map<string, number>(judgedCauses.map((cause, place) => [cause, place]))
const count = judgedCauses.length

export interface CauseWindows {
  newest: number
  readonly rings: Float64Array
  /** By cause and window. */
  readonly sums: Float64Array
  /** Decayed counts by cause, of calm minutes; and of all together; in single precision, as what a track learns. */
  readonly usual: Float32Array
  usualAll: number
  /** Causes of which anything was counted in the last half hour. */
  readonly active: Set<number>
}

export function emptyCauses(): CauseWindows {
  return {
    newest: -1,
    rings: new Float64Array(count * size),
    sums: new Float64Array(count * causeWindowCount),
    usual: new Float32Array(count),
    usualAll: 0,
    active: new Set(),
  }
}

/** Adds the next minute; minutes left out, or not seen (no counts), count as nothing. */
export function addCauses(c: CauseWindows, minute: number, counts: Readonly<Partial<Record<Cause, number>>>): void {
  // After so long nothing that was counted is in any window.
  if (minute - c.newest > longest) forgetCounts(c)
  const from = c.newest < 0 || minute - c.newest > longest ? minute : c.newest + 1
  for (let each = from; each <= minute; each += 1) {
    for (const place of c.active) {
      for (let window = 0; window < causeWindowCount; window += 1) {
        const leaving = c.rings[place * size + ((each - (lengths[window] ?? 0)) & mask)] ?? 0
        if (leaving > 0) add(c.sums, place * causeWindowCount + window, -leaving)
      }
      c.rings[place * size + (each & mask)] = 0
      if ((c.sums[place * causeWindowCount + causeWindowCount - 1] ?? 0) > 0) continue
      c.active.delete(place)
      // What is older than the longest window must not leave it a second time.
      c.rings.fill(0, place * size, (place + 1) * size)
    }
  }
  c.newest = minute
  for (const cause in counts) {
    const place = places.get(cause)
    const seen = Reflect.get(counts, cause)
    if (place === undefined || typeof seen !== 'number' || seen === 0) continue
    c.active.add(place)
    c.rings[place * size + (minute & mask)] = seen
    for (let window = 0; window < causeWindowCount; window += 1) add(c.sums, place * causeWindowCount + window, seen)
  }
}

/** Forgets the last half hour, not what is usual. */
export function forgetCounts(c: CauseWindows): void {
  c.rings.fill(0)
  c.sums.fill(0)
  c.active.clear()
}

/** Sets right what was counted in a minute of the last half hour. */
export function correctCauses(c: CauseWindows, minute: number, counts: Readonly<Partial<Record<Cause, number>>>): void {
  const age = c.newest - minute
  if (age < 0 || age >= (lengths.at(-1) ?? 0)) return
  for (const [place, cause] of judgedCauses.entries()) {
    const at = place * size + (minute & mask)
    const change = (counts[cause] ?? 0) - (c.active.has(place) ? (c.rings[at] ?? 0) : 0)
    if (change === 0) continue
    c.active.add(place)
    add(c.rings, at, change)
    for (let window = 0; window < causeWindowCount; window += 1) {
      if (age < (lengths[window] ?? 0)) add(c.sums, place * causeWindowCount + window, change)
    }
  }
}

/** Takes the newest minute for usual. */
export function learnCauses(c: CauseWindows): void {
  let all = c.usualAll * decay
  for (let place = 0; place < count; place += 1) c.usual[place] = (c.usual[place] ?? 0) * decay
  for (const place of c.active) {
    const seen = c.rings[place * size + (c.newest & mask)] ?? 0
    add(c.usual, place, seen)
    all += seen
  }
  c.usualAll = Math.fround(all)
}

/** Share of all counts that a cause usually has; an unknown cause leans on little. */
export function usualShare(c: CauseWindows, place: number): number {
  return ((c.usual[place] ?? 0) + 0.5) / (c.usualAll + 10)
}

export const countedUsually = (c: CauseWindows, place: number): number => c.usual[place] ?? 0
export const causeSum = (c: CauseWindows, place: number, window: number): number =>
  c.sums[place * causeWindowCount + window] ?? 0

/** Counts of the last minutes by cause, most first. */
export function topCauses(c: CauseWindows, window: number, most = 3): { cause: Cause; count: number }[] {
  const at = Math.min(window, causeWindowCount - 1)
  return [...c.active]
    .flatMap((place) => {
      const cause = judgedCauses[place]
      const seen = causeSum(c, place, at)
      return cause === undefined || seen === 0 ? [] : [{ cause, count: seen }]
    })
    .toSorted((a, b) => b.count - a.count || (a.cause < b.cause ? -1 : 1))
    .slice(0, most)
}

function add(array: Float64Array | Float32Array, place: number, value: number): void {
  array[place] = (array[place] ?? 0) + value
}

/** Short form for the store: `[cause, age, count]` of the last half hour, and the usual counts by cause. */
export interface SavedCauses {
  readonly newest: number
  readonly counts: readonly (readonly [cause: number, age: number, count: number])[]
  readonly usual: readonly number[]
  readonly usualAll: number
}

export function saveCauses(c: CauseWindows): SavedCauses {
  const counts: [number, number, number][] = []
  for (const place of [...c.active].toSorted((a, b) => a - b)) {
    for (let age = (lengths.at(-1) ?? 0) - 1; age >= 0; age -= 1) {
      const seen = c.rings[place * size + ((c.newest - age) & mask)] ?? 0
      if (seen > 0) counts.push([place, age, seen])
    }
  }
  return { newest: c.newest, counts, usual: [...c.usual], usualAll: c.usualAll }
}

export function openCauses(saved: SavedCauses): CauseWindows {
  const c = emptyCauses()
  c.newest = saved.newest
  c.usual.set(saved.usual.slice(0, count))
  c.usualAll = saved.usualAll
  for (const [place, age, seen] of saved.counts) {
    c.active.add(place)
    c.rings[place * size + ((c.newest - age) & mask)] = seen
    for (let window = 0; window < causeWindowCount; window += 1) {
      if (age < (lengths[window] ?? 0)) add(c.sums, place * causeWindowCount + window, seen)
    }
  }
  return c
}
