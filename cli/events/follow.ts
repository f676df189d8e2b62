/** Follows a list that grows: asks again and again for its newest end, and gives each event once, also those that come late. */
import { minuteMs, secondMs, instant } from '../../domain/time.ts'
import type { Failure } from '../fault.ts'
import { isPassing } from '../passing.ts'
import type { Blind } from './blind.ts'

/** So much before the newest event is asked for each time: brokers, queue and index do not keep exact order. */
const overlapMs = 20 * secondMs
/** So much is asked for now and then: what came this late is still given. */
export const latestMs = 10 * minuteMs
const sweepEvery = 15
const blindEvery = 5

export interface Followed {
  readonly id: string
  readonly at: string
  readonly ordinal: number
}

export interface FollowPorts<Event> {
  /** Everything from this instant on, in any order. */
  readonly read: (from: string) => Promise<readonly Event[]>
  /** Times nobody watched, from the begin of following on. */
  readonly blind: () => Promise<readonly Blind[]>
  readonly onEvents: (events: readonly Event[]) => void
  readonly onBlind: (blind: Blind) => void
  /** The API does not answer; or answers again. */
  readonly onTrouble: (trouble: Failure | undefined) => void
  /** Resolves after a while, or when nobody wants more. */
  readonly pause: () => Promise<void>
  readonly signal: AbortSignal
  readonly nowMs: () => number
}

export interface Begin<Event> {
  /** Nothing older is asked for. */
  readonly sinceMs: number
  /** What was there from then on before anything was shown: known, and not shown by following. */
  readonly known: readonly Event[]
  /** What was shown. */
  readonly shown: readonly Event[]
}

/**
 * Goes on until the signal.
 * @throws Failure where asking again does not help
 */
export async function follow<Event extends Followed>(
  { sinceMs, known, shown }: Begin<Event>,
  ports: FollowPorts<Event>,
): Promise<void> {
  const seen = new Map<string, string>()
  let newestMs = sinceMs
  /** Those that were not seen yet, oldest first. */
  const take = (events: readonly Event[]): Event[] => {
    const fresh = events.filter(({ id }) => !seen.has(id))
    for (const { id, at } of fresh) {
      seen.set(id, at)
      newestMs = Math.max(newestMs, Date.parse(at))
    }
    return fresh.toSorted((a, b) => (a.at === b.at ? a.ordinal - b.ordinal : a.at < b.at ? -1 : 1))
  }
  /** So long before the newest event; a clock that is ahead hides nothing of others. */
  const before = (backMs: number): string => instant(Math.max(sinceMs, Math.min(ports.nowMs(), newestMs) - backMs))
  /** Whether each time was still going on when it was told. */
  const told = new Map<string, boolean>()
  const tellBlind = async () => {
    for (const blind of await ports.blind()) {
      const key = `${blind.cluster}/${blind.broker ?? ''}/${blind.fromMs}`
      if (told.has(key) && (blind.isOpen || told.get(key) === false)) continue
      told.set(key, blind.isOpen)
      ports.onBlind(blind)
    }
  }

  take([...known, ...shown])
  let isBroken = false
  for (let round = 0; !ports.signal.aborted; round += 1) {
    const oldest = before(latestMs)
    for (const [id, at] of seen) if (at < oldest) seen.delete(id)
    try {
      const fresh = take(await ports.read(round % sweepEvery === 0 ? oldest : before(overlapMs)))
      if (isBroken) ports.onTrouble(undefined)
      isBroken = false
      if (fresh.length > 0) ports.onEvents(fresh)
      if (round % blindEvery === 0) await tellBlind()
    } catch (error) {
      if (!isPassing(error)) throw error
      if (!isBroken) ports.onTrouble(error)
      isBroken = true
      // Afterwards all of the overlap is looked through: what came meanwhile may have come late.
      round = -1
    }
    if (!ports.signal.aborted) await ports.pause()
  }
}
