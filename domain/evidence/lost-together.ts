/** Of clients that timed out in one second: whether they had heard anything, began together, came from one address. */
import type { Event } from '../event.ts'
import { addressOf } from '../peer.ts'
import type { Session } from './two-views.ts'
import { brokerWaits, sameSecondMs } from './timeouts.ts'

/** Fewer at once are chance. */
export const leastClients = 5
/** Who heard nothing since its begin is given up 1.5 keepalives later: so much of a keepalive, or so long, it may differ. */
const deafShare = 0.1
const deafMs = 2000

export interface Ages {
  /** Of how many the age and the keepalive are known, and how many of them were just as old as who never hears anything. */
  readonly aged: number
  readonly deaf: number
  /** They began as close together as they ended. */
  readonly areTwins: boolean
}

/** How many addresses are known, and the share of the foremost. */
export function addressesOf(peers: readonly (string | undefined)[]): { addresses: number; ofOneAddress: number } {
  const known = peers.flatMap((peer) => (peer === undefined ? [] : [addressOf(peer)]))
  const counts = [...Map.groupBy(known, (address) => address).values()].map((same) => same.length)
  // Of a few that are known nothing follows for the others.
  const share = known.length < leastClients ? 0 : Math.max(...counts) / known.length
  return { addresses: known.length < leastClients ? 0 : counts.length, ofOneAddress: share }
}

type Lost = Pick<Session, 'beganMs' | 'endedMs' | 'keepaliveSeconds'>

export function lostOf({ at, connectedAt, keepaliveSeconds }: Event): Lost {
  return {
    endedMs: Date.parse(at),
    ...(connectedAt === undefined ? {} : { beganMs: Date.parse(connectedAt) }),
    ...(keepaliveSeconds === undefined ? {} : { keepaliveSeconds }),
  }
}

export function agesOf(lost: readonly Lost[]): Ages {
  const aged = lost.flatMap(({ beganMs, endedMs, keepaliveSeconds = 0 }) => {
    const dueMs = brokerWaits * keepaliveSeconds * 1000
    return beganMs === undefined || endedMs === undefined || dueMs === 0
      ? []
      : [{ beganMs, isDeaf: Math.abs(endedMs - beganMs - dueMs) <= Math.max(deafMs, deafShare * dueMs) }]
  })
  const begins = aged.map(({ beganMs }) => beganMs)
  return {
    aged: aged.length,
    deaf: aged.filter(({ isDeaf }) => isDeaf).length,
    areTwins: aged.length >= leastClients && Math.max(...begins) - Math.min(...begins) <= sameSecondMs,
  }
}

/** It had sent or received a packet within its keepalive. */
export function wasActive({ claim, keepaliveSeconds = 0 }: Session): boolean {
  const { sinceReceivedMs, sinceSentMs } = claim.end?.evidence ?? {}
  const idleMs = Math.min(sinceReceivedMs ?? Number.POSITIVE_INFINITY, sinceSentMs ?? Number.POSITIVE_INFINITY)
  return idleMs < keepaliveSeconds * 1000
}
