/** Order of messages within one instant, and how often the very same one came: bounded, whatever a broker sends. */
import { hash } from 'node:crypto'
import type { Dialect } from '../domain/dialect.ts'
import type { EventDraft } from '../domain/event.ts'
import type { Message } from '../domain/message.ts'

type Unplaced = Pick<Message, 'topic' | 'payload' | 'receivedAt'>
/** `again`: this very delivery was placed before. `instant`: where order within one matters. */
export type Place = Pick<Message, 'ordinal' | 'repeat'> & { readonly again?: true; readonly instant?: string }

/** How a message was delivered. */
export interface Delivery {
  readonly packetId?: number | undefined
  /** The broker may have sent it before, under the same packet id. */
  readonly duplicate?: boolean
}

export interface Ordinals {
  readonly place: (message: Unplaced, delivery?: Delivery) => Place
  /**
   * The ordinal of an event among those of its client at its instant. Two watchers' accounts of one second are stored
   * mixed, and one of them, or both, may have begun to listen within that second. Counted by client, both count alike,
   * but where one began between two lines of the same client. Therefore numbers are left free between two events, and
   * the first instant of a link takes these: an event that another account numbered one higher still comes in its place.
   * Between two accounts that both began so, one whose first word of a client is its end likelier lacks a beginning.
   */
  readonly ofClient: (event: Pick<EventDraft, 'ordinal' | 'clientId' | 'type'>, instant: string) => number
  /**
   * A new link: repeats are counted from the beginning, and what was placed before keeps its place. A broker that was
   * killed sends again what it had saved, without saying so; counted on, each of it would become an event of its own.
   * The price: of equal messages of one instant, those that a link parts are taken for one.
   */
  readonly restart: () => void
}

interface Instant {
  count: number
  /** By digest, how often the message came on this link. */
  readonly repeats: Map<string, number>
  /** By digest, the ordinals of the message, by repeat. */
  readonly ordinals: Map<string, number[]>
  readonly clients: Map<string, OfClient>
}

interface OfClient {
  /** Of its messages, in the order received. */
  readonly ordinals: number[]
  /** What was heard first of it. */
  readonly firstType: EventDraft['type']
}

/** Instants that are remembered, newest; a broker's lines come in order but for a few late ones. */
const maxInstants = 120
/** Messages of one instant that are remembered. */
const maxOfInstant = 50_000
/** And of all instants together, unless the newest alone holds more. */
const maxMessages = 100_000
/** From one event of a client to the next. */
const ordinalStep = 4
const first: Place = { ordinal: 0, repeat: 0 }

/**
 * Places messages one after another, in the order received. A message delivered again keeps the place it had: packet
 * ids stay with their messages across links of one session [MQTT 5 §4.4].
 */
export function createOrdinals(instantOf: Dialect['instantOf']): Ordinals {
  const instants = new Map<string, Instant>()
  /** At most one for each packet id there can be. */
  const delivered = new Map<number, { readonly digest: string; readonly place: Place }>()
  /** Messages, of all instants. */
  let remembered = 0
  /** The first event's since the link began: what came before it in that instant was perhaps not heard. */
  let begun: string | undefined
  return {
    place: (message, { packetId, duplicate = false } = {}) => {
      const key = instantOf(message)
      if (key === undefined) return first
      const digest = hash('sha1', `${message.topic}\0${message.payload}`, 'base64url')
      const before = packetId === undefined || !duplicate ? undefined : delivered.get(packetId)
      if (before?.digest === digest) return { ...before.place, again: true }
      const place = placed(key.slice(0, 200), digest)
      if (packetId !== undefined) delivered.set(packetId, { digest, place })
      return place
    },
    ofClient: ({ ordinal, type, clientId = '' }, instant) => {
      begun ??= instant
      const { clients } = at(instant)
      const known = clients.get(clientId)
      const { ordinals, firstType } = known ?? { ordinals: [ordinal], firstType: type }
      if (known === undefined && clients.size < maxOfInstant) clients.set(clientId, { ordinals, firstType })
      const rank = rankIn(ordinals, ordinal)
      const lacking = instant !== begun ? 0 : firstType === 'disconnected' ? 2 : 1
      return ordinalStep * rank + lacking
    },
    restart: () => {
      for (const { repeats } of instants.values()) repeats.clear()
      begun = undefined
    },
  }

  function at(key: string): Instant {
    const known = instants.get(key)
    if (known !== undefined) return known
    const instant = { count: 0, repeats: new Map(), ordinals: new Map(), clients: new Map() }
    instants.set(key, instant)
    return instant
  }

  function forgetOldest(): void {
    for (const [key, { count }] of instants) {
      if (instants.size <= 1 || (instants.size <= maxInstants && remembered <= maxMessages)) return
      instants.delete(key)
      remembered -= Math.min(count, maxOfInstant)
    }
  }

  function placed(key: string, digest: string): Place {
    const instant = at(key)
    const { repeats, ordinals } = instant
    const repeat = repeats.get(digest) ?? 0
    if (repeats.has(digest) || repeats.size < maxOfInstant) repeats.set(digest, repeat + 1)
    const same = ordinals.get(digest)
    const known = same?.[repeat]
    if (known !== undefined) return { ordinal: known, repeat, instant: key }
    const ordinal = instant.count++
    if (ordinal < maxOfInstant) {
      if (same === undefined) ordinals.set(digest, [ordinal])
      else same[repeat] = ordinal
      remembered += 1
      forgetOldest()
    }
    return { ordinal, repeat, instant: key }
  }
}

/** Which of these it is, from 1. One that is new is noted; beyond what is remembered its own number is as good. */
function rankIn(ordinals: number[], ordinal: number): number {
  if (ordinal >= maxOfInstant) return ordinal + 1
  if (ordinal > (ordinals.at(-1) ?? -1)) ordinals.push(ordinal)
  else if (ordinal !== ordinals.at(-1)) return ordinals.filter((each) => each < ordinal).length + 1
  return ordinals.length
}
