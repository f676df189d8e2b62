/** Hash of an identity: the little cryptography that the record needs. */
import { hash } from 'node:crypto'
import type { Event, EventDraft } from '../domain/event.ts'

/** Gives a draft its id: the first 132 bits of SHA-256 over its identity, base64url. Equal identities, equal ids. */
export function identified(draft: EventDraft): Event {
  const { identity, ...event } = draft
  return { id: hash('sha256', JSON.stringify(identity), 'base64url').slice(0, 22), ...event }
}

/** Digest by which a client with an id too long for a key is stored and found: `sha256:` and 64 hex digits of its UTF-8. */
export function clientDigest(clientId: string): string {
  return `sha256:${hash('sha256', clientId, 'hex')}`
}
