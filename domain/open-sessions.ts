/** Sessions that are open as far as one feed saw: what it takes to conclude an end that the broker never told. */
import type { BrokerEnd } from './dialect.ts'
import type { EventDraft } from './event.ts'
import { secondMs } from './time.ts'

/** A connected client as the broker's own list tells it. */
export interface ListedClient {
  readonly clientId: string
  readonly broker: string
  readonly connectedAtMs?: number
  readonly sessionKey?: string
  readonly peer?: string
}

interface OpenSession {
  readonly broker: string
  readonly beganMs: number
  /** The broker tells the beginning again with the end, so that the two can be matched. */
  readonly dated: boolean
  readonly sessionKey: string | undefined
  readonly own: boolean
  /** What tells beginnings of one instant apart, where the broker dates them by the second. */
  readonly peer: string | undefined
  readonly repeat: number
  /** When the feed heard of it, by the watcher's clock. */
  readonly seenAtMs: number
}

interface Superseded {
  readonly ended: OpenSession
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
  /** Ends what is not in the broker's own list of clients; remembers what only the list knows. */
  readonly clientsAre: (clients: readonly ListedClient[], listed: { atMs: number; seenAtMs: number }) => EventDraft[]
  /** Ends that were waited for and did not come. */
  readonly due: (nowMs: number) => EventDraft[]
  readonly size: () => number
}

/** Sessions of one feed of a cluster. Keeps at most `maxSessions`; those beyond are not followed, so nothing is concluded of them. */
export function createOpenSessions(cluster: string, maxSessions: number): OpenSessions {
  const open = new Map<string, OpenSession>()
  const clientOf = new Map<string, string>()
  /** By client id, those longest waited for first. */
  const superseded = new Map<string, readonly Superseded[]>()
  /** When sessions ended, by their key. */
  const over = new Map<string, number>()
  let known: ReadonlySet<string> = new Set()

  /** Told before, or told late: the beginning of a session whose end, or whose successor, came before. */
  function comesLate(session: OpenSession, before: OpenSession | undefined): boolean {
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

  function forget(clientId: string, session: OpenSession): void {
    open.delete(clientId)
    forgetKey(clientId, session)
  }

  /** A broker may use a key again, even for the same client. */
  function forgetKey(clientId: string, { sessionKey }: OpenSession): void {
    if (sessionKey === undefined || clientOf.get(sessionKey) !== clientId) return
    if (open.get(clientId)?.sessionKey !== sessionKey) clientOf.delete(sessionKey)
  }

  function follow(clientId: string, session: OpenSession): void {
    if (open.size >= maxSessions && !open.has(clientId)) return
    open.set(clientId, session)
    if (session.sessionKey !== undefined) clientOf.set(session.sessionKey, clientId)
  }

  function began(clientId: string, draft: EventDraft, seenAtMs: number): void {
    const session: OpenSession = {
      broker: draft.broker,
      beganMs: draft.connectedAtMs ?? draft.atMs,
      dated: draft.connectedAtMs !== undefined,
      sessionKey: draft.sessionKey,
      own: draft.own,
      peer: draft.peer,
      repeat: draft.repeat ?? 0,
      seenAtMs,
    }
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
    const awaited = superseded.get(clientId)
    const told = awaited?.find(({ ended }) => matches(ended, draft))
    if (awaited !== undefined && told !== undefined) {
      const rest = awaited.filter((each) => each !== told)
      if (rest.length > 0) superseded.set(clientId, rest)
      else superseded.delete(clientId)
      forgetKey(clientId, told.ended)
      return
    }
    const session = open.get(clientId)
    if (session !== undefined && matches(session, draft)) forget(clientId, session)
  }

  function end(
    chosen: (clientId: string, session: OpenSession) => boolean,
    how: Omit<BrokerEnd, 'broker'>,
  ): EventDraft[] {
    const ends: EventDraft[] = []
    for (const [clientId, session] of open) {
      if (!chosen(clientId, session)) continue
      forget(clientId, session)
      ends.push(inferredEnd(clientId, session, how))
    }
    return ends
  }

  function inferredEnd(clientId: string, session: OpenSession, how: Omit<BrokerEnd, 'broker'>): EventDraft {
    return {
      atMs: how.atMs,
      ordinal: 0,
      cluster,
      broker: session.broker,
      clientId,
      type: 'disconnected',
      view: 'broker',
      own: session.own,
      cause: how.cause,
      initiator: how.cause === 'server_shutdown' ? 'server' : 'unknown',
      graceful: false,
      origin: 'inferred',
      reason: how.reason,
      connectedAtMs: session.beganMs,
      ...(session.sessionKey === undefined ? {} : { sessionKey: session.sessionKey }),
    }
  }

  return {
    take: (told, seenAtMs, again = false) => {
      const clientId = told.clientId ?? (told.sessionKey === undefined ? undefined : clientOf.get(told.sessionKey))
      if (clientId === undefined || told.view !== 'broker') return told
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
    clientsAre: (clients, { atMs, seenAtMs }) => {
      const listed = new Map(clients.map((client) => [client.clientId, client]))
      const reason = 'missing from the broker’s own list of clients'
      const ends = end(
        (clientId, session) => session.seenAtMs < seenAtMs - listAgeMs && !isListed(session, listed.get(clientId)),
        { atMs, cause: 'unknown', reason },
      )
      for (const { clientId, broker, connectedAtMs, sessionKey, peer } of clients) {
        if (open.has(clientId)) continue
        const times = { beganMs: connectedAtMs ?? atMs, dated: connectedAtMs !== undefined, seenAtMs }
        follow(clientId, { broker, ...times, sessionKey, own: false, peer, repeat: 0 })
      }
      return ends
    },
    due: (nowMs) => {
      const ends: EventDraft[] = []
      const reason = 'a new session of the client began; the broker told no end of this one'
      for (const [clientId, awaited] of superseded) {
        const rest = awaited.filter(({ dueMs }) => dueMs > nowMs)
        // In order of the first one’s time: those that follow are not due either.
        if (rest.length === awaited.length) break
        if (rest.length > 0) superseded.set(clientId, rest)
        else superseded.delete(clientId)
        for (const { ended, by, dueMs } of awaited) {
          if (dueMs > nowMs) continue
          forgetKey(clientId, ended)
          ends.push(inferredEnd(clientId, ended, { atMs: by.atMs, cause: 'unknown', reason }))
        }
      }
      return ends
    },
    size: () => open.size,
  }
}

/** Are two sessions of a client that began in one instant the same? */
function isSame(one: OpenSession, other: OpenSession): boolean {
  if (one.sessionKey !== other.sessionKey) return false
  return one.dated || (one.peer === other.peer && one.repeat === other.repeat)
}

/** Does an end as told belong to this session? Where the broker tells nothing to go by, it does. */
function matches(session: OpenSession, end: EventDraft): boolean {
  if (session.sessionKey !== undefined && end.sessionKey !== undefined) return session.sessionKey === end.sessionKey
  return !session.dated || end.connectedAtMs === undefined || end.connectedAtMs === session.beganMs
}

function isListed(session: OpenSession, client: ListedClient | undefined): boolean {
  if (client === undefined) return false
  if (session.sessionKey !== undefined && client.sessionKey !== undefined)
    return session.sessionKey === client.sessionKey
  return !session.dated || client.connectedAtMs === undefined || client.connectedAtMs === session.beganMs
}
