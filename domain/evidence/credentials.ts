/** Attempts that the broker refused for who it was, by client: what came before them. */
import type { ClientFacts, Facts } from '../facts.ts'
import { addressOf } from '../peer.ts'
import type { Attempt, Session } from './two-views.ts'

/** Attempts of one client that were refused for who it is. */
export interface Denied {
  /** Its id; where the broker refused it before it knew that, its address. */
  readonly name: string
  readonly clientId?: string
  readonly attempts: readonly Attempt[]
  readonly sessions: readonly Session[]
}

export function isDenied({ told, claim }: Attempt): boolean {
  return (told?.cause ?? claim?.cause) === 'not_authorized'
}

/** By client, and those without an id by address. */
export function deniedOf({ clients, attempts }: Facts): readonly Denied[] {
  const named = [...clients.values()].flatMap(({ clientId, attempts: own, sessions }: ClientFacts): Denied[] => {
    const denied = own.filter(isDenied)
    return denied.length === 0 ? [] : [{ name: clientId, clientId, attempts: denied, sessions }]
  })
  const nameless = attempts.filter((attempt) => (attempt.clientId ?? '') === '' && isDenied(attempt))
  if (nameless.length === 0) return named
  const sessionsByAddress = Map.groupBy(
    [...clients.values()].flatMap(({ sessions }) => sessions.filter(({ peer }) => peer !== undefined)),
    ({ peer = '' }) => addressOf(peer),
  )
  const byAddress = Map.groupBy(nameless, ({ told }) => (told?.peer === undefined ? '' : addressOf(told.peer)))
  const unnamed = [...byAddress].map(
    ([address, own]): Denied => ({
      name: address === '' ? 'somebody who did not say who it was' : address,
      attempts: own,
      sessions: sessionsByAddress.get(address) ?? [],
    }),
  )
  return [...named, ...unnamed]
}

/** Was another connection of the client up at that time? */
export function standsAt({ sessions }: Denied, atMs: number): boolean {
  return sessions.some(
    ({ beganMs = Number.POSITIVE_INFINITY, endedMs = Number.POSITIVE_INFINITY, endUntold = false }) =>
      !endUntold && beganMs < atMs && endedMs > atMs,
  )
}
