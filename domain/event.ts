/** One thing that happened to one client, as it is stored and as the API answers it. */
import * as z from 'zod/mini'
import { CauseSchema } from './cause.ts'
import { clientCauseNames, phaseNames, runtimeNames, transportNames } from './client-cause.ts'
import { InstantSchema } from './time.ts'

/** Longest client id MQTT allows, in UTF-8 bytes [MQTT 5 §1.5.4]. */
export const maxClientIdBytes = 65_535

export const EventTypeSchema = z.enum(['connected', 'disconnected', 'refused', 'offline', 'reconnecting'])

export const ViewSchema = z.enum(['broker', 'client'])

const Count = z.number().check(z.int(), z.minimum(0))
const Label = z.string().check(z.maxLength(64))
const Text = z.string().check(z.maxLength(maxClientIdBytes))

/** What only some views know. Every field is a claim of the message, never of the watcher's state. */
export const EvidenceSchema = z.strictObject({
  /** The broker's line or document was cut by the broker; what is here is what was left of it. */
  cut: z.optional(z.boolean()),
  /** `receipt`: the broker told no usable time, so `at` is when the watcher received the message. */
  clock: z.optional(z.enum(['receipt'])),
  /** The broker's own stamp where it was more than a day from the time of receipt. */
  stampedAt: z.optional(InstantSchema),
  gateway: z.optional(Text),
  bridge: z.optional(z.boolean()),
  sessionPresent: z.optional(z.boolean()),

  // What only the client's own process knows. Durations in milliseconds.
  clientCause: z.optional(z.enum(clientCauseNames)),
  /** Of the error: ECONNRESET, ENOTFOUND, CERT_HAS_EXPIRED… */
  errorCode: z.optional(Label),
  /** Close code of a WebSocket, or HTTP status of its handshake. */
  statusCode: z.optional(z.number().check(z.int(), z.minimum(0), z.maximum(65_535))),
  /** How far the connection had come. */
  phase: z.optional(z.enum(phaseNames)),
  transport: z.optional(z.enum(transportNames)),
  runtime: z.optional(z.enum(runtimeNames)),
  /** Host and port it connected to, without user name or path. */
  endpoint: z.optional(z.string().check(z.maxLength(256))),
  libraryVersion: z.optional(Label),
  /** Random name of the process: connections of one process share it. */
  process: z.optional(Label),
  /** Which attempt in a row this was since a connection last stood; 1 is the first. */
  attempt: z.optional(Count),
  /** From the begin of the attempt to CONNACK. */
  connectMs: z.optional(Count),
  sessionMs: z.optional(Count),
  /** Since the last packet from, and to, the broker. */
  sinceReceivedMs: z.optional(Count),
  sinceSentMs: z.optional(Count),
  /** Round trip of the last answered PINGREQ. */
  rttMs: z.optional(Count),
  reconnectPeriodMs: z.optional(Count),
  connectTimeoutMs: z.optional(Count),
  /** PUBLISH packets sent and received in the session. */
  publishesSent: z.optional(Count),
  publishesReceived: z.optional(Count),
  /** The last packet sent that was no PINGREQ, and its topic. */
  lastSent: z.optional(z.string().check(z.maxLength(16))),
  lastTopic: z.optional(z.string().check(z.maxLength(256))),
  /** The page was hidden. */
  hidden: z.optional(z.boolean()),
  /** So many events before this one found no room at the client while it could not send. */
  droppedBefore: z.optional(Count),
})

const fields = {
  /** Order among events of one client at one instant, as a feed received them. Not part of the identity. */
  ordinal: Count,
  cluster: z.string(),
  broker: z.string().check(z.minLength(1), z.maxLength(256)),
  /** Absent where the broker refused a connection before it knew the id. */
  clientId: z.optional(Text),
  /** `sha256:<hex>` of the whole client id, where `clientId` is only its beginning. */
  clientDigest: z.optional(z.string().check(z.regex(/^sha256:[0-9a-f]{64}$/))),
  type: EventTypeSchema,
  view: ViewSchema,
  /** One of Keepwatch's own connections: stored, but in no rate or share. */
  own: z.boolean(),
  cause: z.optional(CauseSchema),
  initiator: z.optional(z.enum(['client', 'server', 'network', 'unknown'])),
  graceful: z.optional(z.boolean()),
  /** `broker`: the broker named the cause; `inferred`: Keepwatch concluded it. */
  origin: z.optional(z.enum(['broker', 'inferred'])),
  /** The broker's own words. */
  reason: z.optional(Text),
  reasonCode: z.optional(z.number().check(z.int(), z.minimum(0), z.maximum(255))),
  /** Address and, where told, port of the client as the broker saw it. */
  peer: z.optional(z.string().check(z.maxLength(256))),
  username: z.optional(Text),
  /** MQTT protocol level: 3, 4 (3.1.1) or 5. */
  protocol: z.optional(Count),
  keepaliveSeconds: z.optional(Count),
  cleanStart: z.optional(z.boolean()),
  /** The broker's own key of one connection, where it tells one: a process id, a session identifier. */
  sessionKey: z.optional(z.string().check(z.maxLength(256))),
  /** How many equal messages of the same instant came before; absent for the first. */
  repeat: z.optional(Count),
  evidence: z.optional(EvidenceSchema),
}
const EpochMs = z.number().check(z.int(), z.minimum(-8.64e15), z.maximum(8.64e15))

/** An event as a dialect makes it of a message, and as batches carry it. What makes it itself: `codec/identity.ts`. */
export const EventDraftSchema = z.strictObject({
  atMs: EpochMs,
  ...fields,
  connectedAtMs: z.optional(EpochMs),
})
export type EventDraft = Readonly<z.infer<typeof EventDraftSchema>>

export const EventSchema = z.strictObject({
  /** Hash of what makes this event itself: the same message always gives the same id. */
  id: z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/)),
  at: InstantSchema,
  ...fields,
  connectedAt: z.optional(InstantSchema),
})
export type Event = Readonly<z.infer<typeof EventSchema>>
