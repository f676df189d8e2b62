/** One session that is open as far as is known: what tells it apart, and its end where the broker tells none. */
import type { BrokerEnd } from './dialect.ts'
import type { EventDraft } from './event.ts'

/** A connected client as the broker's own list tells it. */
export interface ListedClient {
  readonly clientId: string
  readonly broker: string
  readonly connectedAtMs?: number
  readonly sessionKey?: string
  readonly peer?: string
  /** One of Keepwatch's own connections. */
  readonly own?: boolean
}

export interface FollowedSession {
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

/** The session that begins with this event. */
export function sessionOf(begun: EventDraft, seenAtMs: number): FollowedSession {
  const { broker, connectedAtMs, atMs, sessionKey, own, peer, repeat = 0 } = begun
  const dated = connectedAtMs !== undefined
  return { broker, beganMs: connectedAtMs ?? atMs, dated, sessionKey, own, peer, repeat, seenAtMs }
}

/** The session of a client that is in a list of `atMs`, by the broker's clock. */
export function sessionOfListed(client: ListedClient, { atMs, seenAtMs }: ListedAt): FollowedSession {
  const { broker, connectedAtMs, sessionKey, own = false, peer } = client
  const dated = connectedAtMs !== undefined
  return { broker, beganMs: connectedAtMs ?? atMs, dated, sessionKey, own, peer, repeat: 0, seenAtMs }
}

/** When a list was asked for: by the broker's clock, and by the watcher's. */
export interface ListedAt {
  readonly atMs: number
  readonly seenAtMs: number
}

/** Are two sessions of a client that began in one instant the same? */
export function isSame(one: FollowedSession, other: FollowedSession): boolean {
  if (one.sessionKey !== other.sessionKey) return false
  return one.dated || (one.peer === other.peer && one.repeat === other.repeat)
}

/** Does an end as told belong to this session? Where the broker tells nothing to go by, it does. */
export function isEndOf(session: FollowedSession, end: EventDraft): boolean {
  if (session.sessionKey !== undefined && end.sessionKey !== undefined) return session.sessionKey === end.sessionKey
  return !session.dated || end.connectedAtMs === undefined || end.connectedAtMs === session.beganMs
}

/** Is it in the broker's list? Where both sides tell a key or a beginning, these must agree. */
export function isListed(session: FollowedSession, client: ListedClient | undefined): boolean {
  if (client === undefined) return false
  if (session.sessionKey !== undefined && client.sessionKey !== undefined)
    return session.sessionKey === client.sessionKey
  return !session.dated || client.connectedAtMs === undefined || client.connectedAtMs === session.beganMs
}

/** The end of a session that the broker did not tell. */
export function inferredEnd(
  session: FollowedSession,
  how: Omit<BrokerEnd, 'broker'> & { readonly cluster: string; readonly clientId: string },
): EventDraft {
  return {
    atMs: how.atMs,
    ordinal: 0,
    cluster: how.cluster,
    broker: session.broker,
    clientId: how.clientId,
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
