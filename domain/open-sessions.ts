/** Sessions that are open as far as one feed saw: what it takes to conclude an end that the broker never told. */
import type { BrokerEnd } from './dialect.ts'
import type { EventDraft } from './event.ts'
import { type FollowedSession, inferredEnd, isEndOf, isListed, isSame } from './followed-session.ts'
import { type ListedAt, type ListedClient, sessionOf, sessionOfListed } from './followed-session.ts'
import { secondMs } from './time.ts'

export type { ListedClient } from './followed-session.ts'

interface Superseded {
  readonly ended: FollowedSession
  readonly by: EventDraft
  readonly dueMs: number
}

/** In a cluster the end may come after the beginning that followed it: so long it is waited for. */
const patienceMs = 5 * secondMs
/** A client that goes on taking itself over while no end is told: so many of its ends are waited for. */
const maxAwaitedOfOne = 100
/** Sessions of which it is remembered that they ended, for their beginnings may come later still. */
const maxRemembered = 10_000
/** A list is as old as its fetching: what began within this time before is not judged by it. */
const listAgeMs = 10 * secondMs

export interface OpenSessions {
  /**
   * Takes an event as the broker told it; gives it back with its client id where only its session was told. `again`: it
   * was taken before, in its place among the others.
   */
  readonly take: (draft: EventDraft, seenAtMs: number, again?: boolean) => EventDraft
  /** Ends every session of a broker; with `seenBeforeMs` only those heard of before, by the watcher's clock. */
  readonly endAll: (end: BrokerEnd, seenBeforeMs?: number) => EventDraft[]
  /** Ends the sessions of brokers that were in an earlier list and are missing from this one. */
  readonly brokersAre: (brokers: readonly string[], atMs: number) => EventDraft[]
  /** A broker of the cluster runs for so long: less than it said before means that it was started again in between. */
  readonly runs: (broker: string, uptime: { seconds: number; seenAtMs: number; atMs: number }) => EventDraft[]
  /** The broker's own list of clients is about to be asked for: ends told from now on are newer than it. */
  readonly listing: () => void
  /** Ends what is not in the broker's own list of clients; remembers what only the list knows. */
  readonly clientsAre: (clients: readonly ListedClient[], listed: ListedAt) => EventDraft[]
  /** Ends that were waited for and did not come. */
  readonly due: (nowMs: number) => EventDraft[]
  /** Is this of the open session of its client, and not of somebody else who claims its name? By the address. */
  readonly isOfOpen: (draft: EventDraft) => boolean
  readonly size: () => number
  /** How many are not Keepwatch's own connections. */
  readonly others: () => number
}

/** Sessions of one feed of a cluster. Keeps at most `maxSessions`; those beyond are not followed, so nothing is concluded of them. */
export function createOpenSessions(cluster: string, maxSessions: number): OpenSessions {
  const open = new Map<string, FollowedSession>()
  const clientOf = new Map<string, string>()
  /** By client id, those longest waited for first. */
  const superseded = new Map<string, readonly Superseded[]>()
  /** When sessions ended, by their key. */
  const over = new Map<string, number>()
  let known: ReadonlySet<string> = new Set()
  const uptimes = new Map<string, { readonly seconds: number; readonly seenAtMs: number }>()
  /** Clients of which an end was heard since a list was asked for. */
  let endedSinceAsked: Set<string> | undefined

  /** Told before, or told late: the beginning of a session whose end, or whose successor, came before. */
  function comesLate(session: FollowedSession, before: FollowedSession | undefined): boolean {
    const overMs = session.sessionKey === undefined ? undefined : over.get(session.sessionKey)
    if (session.dated && overMs !== undefined && session.beganMs <= overMs) return true
    if (before === undefined) return false
    // A device may be asked to tell of its session again, and then gives no other time than now.
    if (!session.dated && session.sessionKey !== undefined && session.sessionKey === before.sessionKey) return true
    if (before.beganMs < session.beganMs) return false
    // The very same message again counts as late.
    return before.beganMs > session.beganMs || isSame(before, session)
  }

  function remember({ sessionKey, atMs }: EventDraft): void {
    if (sessionKey === undefined) return
    over.set(sessionKey, atMs)
    if (over.size > maxRemembered) for (const oldest of over.keys()) if (over.delete(oldest)) break
  }

  function forget(clientId: string, session: FollowedSession): void {
    open.delete(clientId)
    endedSinceAsked?.add(clientId)
    forgetKey(clientId, session)
  }

  /** A broker may use a key again, even for the same client. */
  function forgetKey(clientId: string, { sessionKey }: FollowedSession): void {
    if (sessionKey === undefined || clientOf.get(sessionKey) !== clientId) return
    if (open.get(clientId)?.sessionKey !== sessionKey) clientOf.delete(sessionKey)
  }

  function follow(clientId: string, session: FollowedSession): void {
    if (open.size >= maxSessions && !open.has(clientId)) return
    open.set(clientId, session)
    if (session.sessionKey !== undefined) clientOf.set(session.sessionKey, clientId)
  }

  function began(clientId: string, draft: EventDraft, seenAtMs: number): void {
    const session = sessionOf(draft, seenAtMs)
    const before = open.get(clientId)
    if (comesLate(session, before)) return
    if (before !== undefined) {
      open.delete(clientId)
      const awaited = superseded.get(clientId) ?? []
      // Its key stays known while its end is waited for: that may be all the end tells.
      if (superseded.size < maxSessions && awaited.length < maxAwaitedOfOne) {
        superseded.set(clientId, [...awaited, { ended: before, by: draft, dueMs: seenAtMs + patienceMs }])
      } else forgetKey(clientId, before)
    }
    follow(clientId, session)
  }

  function finished(clientId: string, draft: EventDraft): void {
    remember(draft)
    endedSinceAsked?.add(clientId)
    const awaited = superseded.get(clientId)
    const told = awaited?.find(({ ended }) => isEndOf(ended, draft))
    if (awaited !== undefined && told !== undefined) {
      const rest = awaited.filter((each) => each !== told)
      if (rest.length > 0) superseded.set(clientId, rest)
      else superseded.delete(clientId)
      forgetKey(clientId, told.ended)
      return
    }
    const session = open.get(clientId)
    if (session !== undefined && isEndOf(session, draft)) forget(clientId, session)
  }

  function end(
    chosen: (clientId: string, session: FollowedSession) => boolean,
    how: Omit<BrokerEnd, 'broker'>,
  ): EventDraft[] {
    const ends: EventDraft[] = []
    for (const [clientId, session] of open) {
      if (!chosen(clientId, session)) continue
      forget(clientId, session)
      ends.push(inferredEnd(session, { ...how, cluster, clientId }))
    }
    return ends
  }

  return {
    take: (told, seenAtMs, again = false) => {
      const clientId = told.clientId ?? (told.sessionKey === undefined ? undefined : clientOf.get(told.sessionKey))
      // Clients of gateways have ids of their own, and the lists of clients are without them.
      if (clientId === undefined || told.view !== 'broker' || told.evidence?.gateway !== undefined) return told
      const draft = told.clientId === undefined ? { ...told, clientId } : told
      if (again) return draft
      if (draft.type === 'connected') began(clientId, draft, seenAtMs)
      else if (draft.type === 'disconnected') finished(clientId, draft)
      return draft
    },
    endAll: ({ broker, ...how }, seenBeforeMs = Number.POSITIVE_INFINITY) =>
      end((_, session) => session.broker === broker && session.seenAtMs < seenBeforeMs, how),
    brokersAre: (brokers, atMs) => {
      const now = new Set(brokers)
      const gone = [...known].filter((broker) => !now.has(broker))
      known = now
      if (gone.length === 0) return []
      const reason = 'the broker left the list of the cluster’s nodes'
      return end((_, session) => gone.includes(session.broker), { atMs, cause: 'server_shutdown', reason })
    },
    runs: (broker, { seconds, seenAtMs, atMs }) => {
      const before = uptimes.get(broker)
      uptimes.set(broker, { seconds, seenAtMs })
      if (before === undefined || seconds >= before.seconds) return []
      // What came after the last word of the former run may be of this one.
      return end((_, session) => session.broker === broker && session.seenAtMs <= before.seenAtMs, {
        atMs,
        cause: 'server_shutdown',
        reason: 'the broker was started again',
      })
    },
    listing: () => {
      endedSinceAsked = new Set()
    },
    clientsAre: (clients, { atMs, seenAtMs }) => {
      const listed = new Map(clients.map((client) => [client.clientId, client]))
      const endedBefore = endedSinceAsked
      endedSinceAsked = undefined
      const reason = 'missing from the broker’s own list of clients'
      const ends = end(
        (clientId, session) => session.seenAtMs < seenAtMs - listAgeMs && !isListed(session, listed.get(clientId)),
        { atMs, cause: 'unknown', reason },
      )
      for (const client of clients) {
        if (open.has(client.clientId) || endedBefore?.has(client.clientId) === true) continue
        follow(client.clientId, sessionOfListed(client, { atMs, seenAtMs }))
      }
      return ends
    },
    due: (nowMs) => {
      const ends: EventDraft[] = []
      const reason = 'a new session of the client began; the broker told no end of this one'
      for (const [clientId, awaited] of superseded) {
        const rest = awaited.filter(({ dueMs }) => dueMs > nowMs)
        if (rest.length === awaited.length) continue
        if (rest.length > 0) superseded.set(clientId, rest)
        else superseded.delete(clientId)
        for (const { ended, by, dueMs } of awaited) {
          if (dueMs > nowMs) continue
          forgetKey(clientId, ended)
          ends.push(inferredEnd(ended, { cluster, clientId, atMs: by.atMs, cause: 'unknown', reason }))
        }
      }
      return ends
    },
    isOfOpen: ({ clientId, broker, peer }) => {
      const session = clientId === undefined || peer === undefined ? undefined : open.get(clientId)
      return session?.broker === broker && session.peer === peer
    },
    size: () => open.size,
    others: () => [...open.values()].filter(({ own }) => !own).length,
  }
}
