/** Ends by keepalive: who else timed out in that second, how old the session was, what the client saw. */
import type { Facts } from '../facts.ts'
import { secondMs } from '../time.ts'
import type { Session } from './two-views.ts'

/** Ends this near each other are one: brokers look for silent clients once a second or so. */
export const sameSecondMs = 2000
/** MQTT: a broker waits 1.5 times the keepalive for the next packet. */
export const brokerWaits = 1.5

/** Did either side give up for want of a packet? */
export const timedOut = ({ cause }: Session): boolean => cause === 'keepalive_timeout'

/** The keepalive in milliseconds; undefined where it is not told, or 0. */
export function keepaliveMsOf({ keepaliveSeconds = 0 }: Session): number | undefined {
  return keepaliveSeconds > 0 ? keepaliveSeconds * secondMs : undefined
}

/** The broker gave up before it may: stamps of whole seconds are allowed for. */
export function isTooYoung(session: Session): boolean {
  const keepaliveMs = keepaliveMsOf(session)
  if (session.end?.cause !== 'keepalive_timeout' || keepaliveMs === undefined) return false
  return session.ageMs !== undefined && session.ageMs < keepaliveMs - 2 * secondMs
}

/**
 * The client woke up and found its connection closed: nothing was received for longer than the broker waits, yet it did
 * not give up itself, as a process that runs would have done at that moment. A reset instead may come of a path that was lost.
 */
export function wasSuspended(session: Session): boolean {
  const { clientCause, sinceReceivedMs } = session.claim.end?.evidence ?? {}
  const keepaliveMs = keepaliveMsOf(session)
  if (keepaliveMs === undefined || sinceReceivedMs === undefined) return false
  const isClosedByPeer = clientCause === 'tcp_fin' || clientCause === 'ws_close'
  return isClosedByPeer && sinceReceivedMs > brokerWaits * keepaliveMs
}

/** Version of MQTT.js as the client told it. */
export function libraryOf({ claim }: Session): string | undefined {
  return claim.end?.evidence?.libraryVersion ?? claim.begin?.evidence?.libraryVersion
}

/** Beyond so many it does not matter how many; and thousands that end together would each look at all others. */
const mostCounted = 20

/** How many other clients, up to 20, timed out on the same broker within two seconds. Of one client, near its last ends. */
export function companyOf({ asked, bad, nearbyEnds }: Facts): (session: Session) => number {
  const ends: readonly End[] =
    asked.subject.of === 'client'
      ? nearbyEnds.flatMap(({ broker, clientId = '', cause, at }) =>
          cause === 'keepalive_timeout' ? [{ broker, clientId, endedMs: Date.parse(at) }] : [],
        )
      : bad.filter((session) => session.end?.cause === 'keepalive_timeout')
  const byBroker = Map.groupBy(ends, ({ broker }) => broker)
  const placed = new Map([...byBroker].map(([broker, own]) => [broker, bySecond(own)]))
  return ({ broker, clientId, endedMs = 0 }) => {
    const seconds = placed.get(broker)
    if (seconds === undefined) return 0
    const others = new Set<string>()
    const from = Math.floor((endedMs - sameSecondMs) / secondMs)
    for (let second = from; second <= from + (2 * sameSecondMs) / secondMs + 1; second += 1) {
      for (const other of seconds.get(second) ?? []) {
        const isNear = Math.abs((other.endedMs ?? 0) - endedMs) <= sameSecondMs
        if (isNear && other.clientId !== clientId) others.add(other.clientId)
        if (others.size >= mostCounted) return mostCounted
      }
    }
    return others.size
  }
}

interface End {
  readonly broker: string
  readonly clientId: string
  readonly endedMs?: number
}

const bySecond = (ends: readonly End[]): ReadonlyMap<number, readonly End[]> =>
  Map.groupBy(ends, ({ endedMs = 0 }) => Math.floor(endedMs / secondMs))
