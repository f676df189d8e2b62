/** Which half of a connection that the client told belongs to which that the broker told, though their clocks differ. */
import type { Half } from './session-halves.ts'
import { firstFrom } from './sorted.ts'

/** So far may a client's clock be off. */
const clockOffMs = 125_000
/** Of so many of a process's sessions its clock is compared. */
const mostCompared = 100
/** Begins of one session in both views, once the clock is corrected; the nearer is sure, the farther where no other is near. */
const surelySameMs = 1500
const maybeSameMs = 10_000
/** Ends of one session in both views, where a begin is not recorded. */
const sameEndMs = 2000
/** Of one session both views tell about the same age. */
const sameAgeMs = 2000
/** Neighbours on each side that are tried as partners. */
const mostNeighbours = 8

/** Something at a time. */
export interface Placed<T> {
  readonly item: T
  readonly ms: number
}

export interface Claim extends Half {
  /** The client's clock minus the broker's. */
  readonly offsetMs: number
}

/** Corrects the clock of each process by itself. */
export function withOffsets(claims: readonly Half[], halves: readonly Half[]): Claim[] {
  if (claims.length === 0) return []
  const begun = placedBy(halves, ({ beganMs }) => beganMs)
  const byProcess = Map.groupBy(claims, ({ begin, end }) => (begin ?? end)?.evidence?.process)
  return [...byProcess.values()].flatMap((own) => {
    const offsetMs = clockOffset(begun, own)
    return own.map((claim) => ({ ...claim, offsetMs }))
  })
}

/** The claim of each half that has one. */
export function claimsByHalf(halves: readonly Half[], claims: readonly Claim[]): Map<Half, Claim> {
  if (claims.length === 0) return new Map()
  const begun = placedBy(halves, ({ beganMs }) => beganMs)
  const claimed = placedBy(claims, ({ beganMs, offsetMs }) => (beganMs === undefined ? undefined : beganMs - offsetMs))
  const found = new Map(nearestPairs(begun, claimed, maybeSameMs).map(({ a, b }) => [a, b]))
  const taken = new Set(found.values())
  const lone = placedBy(
    halves.filter((half) => !found.has(half)),
    ({ endedMs }) => endedMs,
  )
  const loneClaims = placedBy(
    claims.filter((claim) => !taken.has(claim)),
    ({ endedMs, offsetMs }) => (endedMs === undefined ? undefined : endedMs - offsetMs),
  )
  for (const { a, b } of nearestPairs(lone, loneClaims, sameEndMs)) {
    if (a.beganMs === undefined || b.beganMs === undefined) found.set(a, b)
  }
  return found
}

const msOf = ({ ms }: Placed<unknown>): number => ms

/** In order of time; what has none is left out. */
export function placedBy<T>(items: readonly T[], timeOf: (item: T) => number | undefined): Placed<T>[] {
  return items
    .flatMap((item) => {
      const ms = timeOf(item)
      return ms === undefined ? [] : [{ item, ms }]
    })
    .toSorted((a, b) => a.ms - b.ms)
}

/** Pairs of what is within so many milliseconds, the nearest first, each in one pair. Both lists in order of time. */
export function nearestPairs<A, B>(
  as: readonly Placed<A>[],
  bs: readonly Placed<B>[],
  withinMs: number,
): { a: A; b: B }[] {
  const pairs: { a: A; b: B; apartMs: number }[] = []
  for (const b of bs) {
    const from = firstFrom(as, b.ms - withinMs, msOf)
    const to = firstFrom(as, b.ms + withinMs + 1, msOf)
    const near = firstFrom(as, b.ms, msOf)
    for (let index = Math.max(from, near - mostNeighbours); index < Math.min(to, near + mostNeighbours); index += 1) {
      const a = as[index]
      if (a === undefined) continue
      const apartMs = Math.abs(a.ms - b.ms)
      if (apartMs <= surelySameMs || to - from === 1) pairs.push({ a: a.item, b: b.item, apartMs })
    }
  }
  const [takenA, takenB] = [new Set<A>(), new Set<B>()]
  return pairs
    .toSorted((x, y) => x.apartMs - y.apartMs)
    .filter(({ a, b }) => {
      if (takenA.has(a) || takenB.has(b)) return false
      takenA.add(a)
      takenB.add(b)
      return true
    })
}

/**
 * The client's clock minus the broker's: the difference that most begins agree on, and among equals the least. Pairs of
 * like age count more, for regular reconnects fit at several differences. 0 where nothing tells.
 */
function clockOffset(begun: readonly Placed<Half>[], claims: readonly Half[]): number {
  const claimed = placedBy(claims, ({ beganMs }) => beganMs)
  const step = Math.max(1, Math.floor(claimed.length / mostCompared))
  const votes: { ms: number; weight: number }[] = []
  for (let index = 0; index < claimed.length; index += step) {
    const claim = claimed[index]
    if (claim === undefined) continue
    const to = firstFrom(begun, claim.ms + clockOffMs, msOf)
    for (let near = firstFrom(begun, claim.ms - clockOffMs, msOf); near < to; near += 1) {
      const half = begun[near]
      if (half !== undefined) votes.push({ ms: claim.ms - half.ms, weight: haveLikeAge(claim, half) ? 3 : 1 })
    }
  }
  const isWhole = begun.every(({ ms }) => ms % 1000 === 0)
  return mostAgreed(
    votes.toSorted((a, b) => a.ms - b.ms),
    isWhole ? 1100 : 300,
  )
}

function haveLikeAge(claim: Placed<Half>, half: Placed<Half>): boolean {
  const [claimEndMs, halfEndMs] = [claim.item.endedMs, half.item.endedMs]
  if (claimEndMs === undefined || halfEndMs === undefined) return false
  return Math.abs(claimEndMs - claim.ms - (halfEndMs - half.ms)) <= sameAgeMs
}

/** Median of the window in which most votes fall. */
function mostAgreed(votes: readonly { readonly ms: number; readonly weight: number }[], widthMs: number): number {
  let [bestMs, bestWeight, weight, first] = [0, 0, 0, 0]
  votes.forEach((vote, last) => {
    weight += vote.weight
    for (let out = votes[first]; out !== undefined && out.ms < vote.ms - widthMs; out = votes[first]) {
      weight -= out.weight
      first += 1
    }
    const middleMs = votes[(first + last) >> 1]?.ms ?? 0
    if (weight < bestWeight || (weight === bestWeight && Math.abs(middleMs) >= Math.abs(bestMs))) return
    ;[bestMs, bestWeight] = [middleMs, weight]
  })
  return bestMs
}
