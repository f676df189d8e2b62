/** Order of messages within one instant, and how often the very same one came: bounded, whatever a broker sends. */
import { hash } from 'node:crypto'
import type { Dialect } from '../domain/dialect.ts'
import type { Message } from '../domain/message.ts'

type Unplaced = Pick<Message, 'topic' | 'payload' | 'receivedAt'>
/** `again`: this very delivery was placed before. */
export type Place = Pick<Message, 'ordinal' | 'repeat'> & { readonly again?: true }

/** How a message was delivered. */
export interface Delivery {
  readonly packetId?: number | undefined
  /** The broker may have sent it before, under the same packet id. */
  readonly duplicate?: boolean
}

export interface Ordinals {
  readonly place: (message: Unplaced, delivery?: Delivery) => Place
  /**
   * A new link: counts begin again. A broker that was killed sends again what it had saved, without saying so; counted
   * on, each of it would become an event of its own. The price: of equal messages of one instant, those that a link
   * parts are taken for one.
   */
  readonly restart: () => void
}

interface Instant {
  count: number
  readonly repeats: Map<string, number>
}

/** Instants that are remembered, newest; a broker's lines come in order but for a few late ones. */
const maxInstants = 120
/** Different messages of one instant whose repetition is counted. */
const maxDifferent = 50_000
const first: Place = { ordinal: 0, repeat: 0 }

/**
 * Places messages one after another, in the order received. A message delivered again keeps the place it had: packet
 * ids stay with their messages across links of one session [MQTT 5 §4.4].
 */
export function createOrdinals(instantOf: Dialect['instantOf']): Ordinals {
  const instants = new Map<string, Instant>()
  /** At most one for each packet id there can be. */
  const delivered = new Map<number, { readonly digest: string; readonly place: Place }>()
  return {
    place: (message, { packetId, duplicate = false } = {}) => {
      const at = instantOf(message)
      if (at === undefined) return first
      const digest = hash('sha1', `${message.topic}\0${message.payload}`, 'base64url')
      const before = packetId === undefined || !duplicate ? undefined : delivered.get(packetId)
      if (before?.digest === digest) return { ...before.place, again: true }
      const place = placed(at.slice(0, 200), digest)
      if (packetId !== undefined) delivered.set(packetId, { digest, place })
      return place
    },
    restart: () => instants.clear(),
  }

  function placed(key: string, digest: string): Place {
    const instant = instants.get(key) ?? { count: 0, repeats: new Map() }
    if (instant.count === 0) instants.set(key, instant)
    if (instants.size > maxInstants) for (const oldest of instants.keys()) if (instants.delete(oldest)) break
    const repeat = instant.repeats.get(digest) ?? 0
    if (instant.repeats.has(digest) || instant.repeats.size < maxDifferent) instant.repeats.set(digest, repeat + 1)
    return { ordinal: instant.count++, repeat }
  }
}
