/** Order of messages within one instant, and how often the very same one came: bounded, whatever a broker sends. */
import { hash } from 'node:crypto'
import type { Dialect } from '../domain/dialect.ts'
import type { Message } from '../domain/message.ts'

type Unplaced = Pick<Message, 'topic' | 'payload' | 'receivedAt'>
export type Place = Pick<Message, 'ordinal' | 'repeat'>

interface Instant {
  count: number
  readonly repeats: Map<string, number>
}

/** Instants that are remembered, newest; a broker's lines come in order but for a few late ones. */
const maxInstants = 120
/** Different messages of one instant whose repetition is counted. */
const maxDifferent = 50_000

/** Places messages one after another, in the order received. */
export function createOrdinals(instantOf: Dialect['instantOf']): (message: Unplaced) => Place {
  const instants = new Map<string, Instant>()
  return (message) => {
    const at = instantOf(message)
    if (at === undefined) return { ordinal: 0, repeat: 0 }
    const key = at.slice(0, 200)
    const instant = instants.get(key) ?? { count: 0, repeats: new Map() }
    if (instant.count === 0) instants.set(key, instant)
    if (instants.size > maxInstants) for (const oldest of instants.keys()) if (instants.delete(oldest)) break
    const digest = hash('sha1', `${message.topic}\0${message.payload}`, 'base64url')
    const repeat = instant.repeats.get(digest) ?? 0
    if (instant.repeats.has(digest) || instant.repeats.size < maxDifferent) instant.repeats.set(digest, repeat + 1)
    return { ordinal: instant.count++, repeat }
  }
}
