/** Hash of an identity: the little cryptography that the record needs. */
import { hash } from 'node:crypto'
import type { Event, EventDraft } from '../domain/event.ts'
import { instant } from '../domain/time.ts'

/**
 * Makes a draft the event that is stored: times as instants, and its id, the first 132 bits of SHA-256 over what makes
 * it itself, base64url. Equal drafts give equal ids, whoever saw them; order among events and evidence do not matter.
 */
export function eventOf({ atMs, connectedAtMs, ...facts }: EventDraft): Event {
  const at = instant(atMs)
  const connectedAt = connectedAtMs === undefined ? undefined : instant(connectedAtMs)
  const { cluster, broker, clientId, type, view, peer, reason, sessionKey, repeat = 0 } = facts
  const identity = [cluster, broker, clientId, type, view, at, connectedAt, peer, reason, sessionKey, repeat]
  return {
    id: hash('sha256', JSON.stringify(identity), 'base64url').slice(0, 22),
    at,
    ...facts,
    ...(connectedAt === undefined ? {} : { connectedAt }),
  }
}

/** Digest by which a client with an id too long for a key is stored and found: `sha256:` and 64 hex digits of its UTF-8. */
export function clientDigest(clientId: string): string {
  return `sha256:${hash('sha256', clientId, 'hex')}`
}
