/** How one broker product speaks: which topics to watch, and message → events, samples or a rejection with its reason. */
import type { Sample } from './batch.ts'
import type { Cause } from './cause.ts'
import type { EventDraft } from './event.ts'
import type { Message } from './message.ts'
import { dayMs, instant } from './time.ts'

/** Why a message is neither an event nor a sample. */
export const rejectionReasons = {
  not_watched: 'a topic this dialect does not read',
  not_lifecycle: 'understood, but it tells nothing about a connection that began or ended',
  before_connect: 'a connection that ended before it said who it was: port scanners and health checks',
  retained: 'a retained copy of an old event',
  malformed: 'it should have been readable and is not',
  cut: 'the broker cut the line before what it says',
  claim_bound: 'more, or larger, claims of a client than are taken',
} as const
export type RejectionReason = keyof typeof rejectionReasons

export type Reading =
  | { readonly kind: 'events'; readonly events: readonly EventDraft[] }
  | { readonly kind: 'samples'; readonly samples: readonly Sample[] }
  /** Every session that is open on a broker ended: it is being stopped, or was just started (`starts`). */
  | ({ readonly kind: 'ended'; readonly starts?: true } & BrokerEnd)
  /** The cluster's brokers as they are now; one that was in an earlier list and is not in this one is gone. */
  | { readonly kind: 'brokers'; readonly brokers: readonly string[]; readonly atMs: number }
  /**
   * How long the broker behind the feed, or the named one of a cluster, has been running: tells whether it was started
   * again.
   */
  | { readonly kind: 'uptime'; readonly seconds: number; readonly broker?: string }
  | { readonly kind: 'rejection'; readonly reason: RejectionReason; readonly detail: string }

/** The end of a whole broker; epoch milliseconds in the broker's time. */
export interface BrokerEnd {
  readonly broker: string
  readonly atMs: number
  readonly cause: Cause
  readonly reason: string
}

/** What a broker that calls out sent: one message of a webhook. */
export interface HookRequest {
  /** What the request's header names the event, where the broker names it there. */
  readonly hook?: string | undefined
  /** Parsed JSON, unchecked. */
  readonly body: unknown
  readonly receivedAtMs: number
}

/**
 * What a feed has learned about its broker's way of writing; passed in with every message. mosquitto 2.1.0 writes like
 * those before it, save that it names a connection that never introduced itself by its address: `only_2_1_0`.
 */
export type Wording = 'until_2_1_0' | 'only_2_1_0' | 'since_2_1_1'

/** What a dialect needs besides the message. It belongs to the feed and is passed in, so that reading stays pure. */
export interface ReadingContext {
  readonly cluster: string
  /** Name of the broker behind the feed, where the dialect does not tell it. */
  readonly broker: string
  /** Is this client id one of Keepwatch's own connections? */
  readonly isOwn: (clientId: string) => boolean
  /** Absent until the feed has learned it. Used by dialects whose broker changed its wording. */
  readonly wording?: Wording | undefined
}

export interface Subscription {
  readonly filter: string
  readonly qos: 0 | 1
  /** What is lost when the broker does not grant it; part of the advice the user reads. */
  readonly purpose: string
  /** Without it the feed records no connections at all. */
  readonly essential: boolean
  /** What to change where it is not granted, if not what the dialect advises. */
  readonly advice?: string
}

export interface Dialect {
  readonly name: string
  /** How its events come: `push` where only webhooks or a rule of the cloud bring them. */
  readonly transport: 'mqtt' | 'amqp' | 'push'
  /** One feed tells of one broker (which the configuration names), or of the whole cluster. */
  readonly scope: 'broker' | 'cluster'
  /** The same message gives the same identity in every watcher, so that two may watch. */
  readonly stableIdentity: boolean
  /** How long the broker keeps messages for our persistent session while we are away, seconds; absent: it keeps none. */
  readonly keepsSeconds?: number
  readonly subscriptions: readonly Subscription[]
  /** What the user must change in the broker when a subscription is not granted. */
  readonly accessAdvice: string
  /** What the user must change in the broker where its events come without its time; absent where it has none to tell. */
  readonly clockAdvice?: string
  /** The instant a message belongs to, for counting ordinals; undefined where order needs no help. */
  readonly instantOf: (message: Pick<Message, 'topic' | 'payload' | 'receivedAt'>) => string | undefined
  /** Reads one message. Never throws, whatever the bytes. */
  readonly read: (message: Message, context: ReadingContext) => Reading
  /** What this message reveals about the broker's wording, if anything. */
  readonly wordingOf?: (message: Message) => Wording | undefined
  /** Reads one message of a webhook. Never throws, whatever it holds. */
  readonly readHook?: (request: HookRequest, context: ReadingContext) => Reading
}

/**
 * Places an event in time: by the broker's stamp, or by receipt where the stamp is missing or more than a day off
 * (then the stamp is kept as evidence). Epoch milliseconds in.
 */
export function placeInTime(
  stampMs: number | undefined,
  receivedAtMs: number,
): { atMs: number; evidence?: { clock: 'receipt'; stampedAt?: string } } {
  if (stampMs === undefined || !Number.isFinite(stampMs)) return { atMs: receivedAtMs, evidence: { clock: 'receipt' } }
  if (Math.abs(stampMs - receivedAtMs) <= dayMs) return { atMs: stampMs }
  return { atMs: receivedAtMs, evidence: { clock: 'receipt', stampedAt: instant(stampMs) } }
}
