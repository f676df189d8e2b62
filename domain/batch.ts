/** What one watcher ships at a time: events, samples, gaps and what it has covered, under one id. */
import * as z from 'zod/mini'
import type { EventDraft } from './event.ts'
import { InstantSchema } from './time.ts'

const Count = z.number().check(z.int(), z.minimum(0))
const Name = z.string().check(z.minLength(1), z.maxLength(256))

/** Figures brokers tell about themselves, under one name whatever the broker calls them. */
export const SampleNameSchema = z.enum([
  'connected',
  'sessions',
  'subscriptions',
  // Of the language's heap, where the broker tells that; else of all it has allocated.
  'heap_bytes',
  'memory_bytes',
  'memory_percent',
  'cpu_percent',
  'load_1min',
  // Connections accepted, ended and refused since the broker's start.
  'connects_total',
  'disconnects_total',
  'refused_total',
  // PUBLISH packets since the broker's start; dropped: for whichever client.
  'messages_received_total',
  'messages_sent_total',
  'dropped_total',
  // Of Keepwatch's own small connection to the broker: from the begin of an attempt to CONNACK, from PINGREQ to PINGRESP.
  'canary_connect_ms',
  'canary_ping_ms',
])
export type SampleName = z.infer<typeof SampleNameSchema>

/** A broker's figure at a time. Units are in the name; names without one are counts. */
export const SampleSchema = z.strictObject({
  cluster: Name,
  broker: Name,
  name: SampleNameSchema,
  at: InstantSchema,
  value: z.number(),
})
export type Sample = Readonly<z.infer<typeof SampleSchema>>

/** A time in which one watcher's feed was blind. */
export const GapSchema = z.strictObject({
  cluster: Name,
  feed: Name,
  watcher: Name,
  from: InstantSchema,
  until: InstantSchema,
  reason: z.string().check(z.maxLength(500)),
})
export type Gap = Readonly<z.infer<typeof GapSchema>>

/** A message that could not be read as an event or a sample: its topic and payload, cut to a few hundred characters. */
export const RejectionSampleSchema = z.strictObject({
  reason: z.string().check(z.maxLength(64)),
  detail: z.string().check(z.maxLength(500)),
  topic: z.string().check(z.maxLength(500)),
  payload: z.string().check(z.maxLength(500)),
  at: InstantSchema,
})
export type RejectionSample = Readonly<z.infer<typeof RejectionSampleSchema>>

/** What one feed says of itself in every batch, also when nothing happened. */
export const FeedReportSchema = z.strictObject({
  cluster: Name,
  feed: Name,
  /** Brokers this feed tells of; empty when it tells of whatever brokers the cluster has. */
  brokers: z.array(Name).check(z.maxLength(1000)),
  state: z.enum(['up', 'down']),
  /** Since when it is in this state. */
  since: InstantSchema,
  /** Why it is down, or what is wrong though it is up (a missing permission, a clock difference). */
  problem: z.optional(z.string().check(z.maxLength(500))),
  /** Everything between these was seen, in the broker's time. Present when the link was up since the last report. */
  seenFrom: z.optional(InstantSchema),
  seenUntil: z.optional(InstantSchema),
  /** The broker kept messages for us since then: what was sent while the link was down came after it stood again. */
  keptFrom: z.optional(InstantSchema),
  /** Its events are pushed to us: while none comes, nobody can tell quiet from broken. */
  pushed: z.optional(z.boolean()),
  /** Ends of sessions concluded since the watcher's start, for the broker told none. */
  inferredEnds: z.optional(Count),
  /** Broker's clock minus the watcher's, milliseconds, where the broker tells its time. */
  clockOffsetMs: z.optional(z.number()),
  /** MQTT protocol level in use: 4 (3.1.1) or 5. */
  protocol: z.optional(Count),
  /** Keepwatch's own connections to the broker through this feed, where there are more than its link. */
  ownConnections: z.optional(Count),
  /** Messages that were neither event nor sample, since the watcher's start, by reason. */
  rejected: z.record(z.string(), Count),
  rejectionSamples: z.array(RejectionSampleSchema).check(z.maxLength(16)),
})
export type FeedReport = Readonly<z.infer<typeof FeedReportSchema>>

/** The version of the form below; a reader that finds another refuses the batch with that reason. */
export const batchSchemaVersion = 2

/** Envelope: events (as `EventDraftSchema` has them) stay unchecked here, so that one bad event costs itself and not its neighbours. */
export const BatchSchema = z.strictObject({
  schema: z.literal(batchSchemaVersion),
  id: z.string().check(z.minLength(1), z.maxLength(64)),
  watcher: Name,
  sentAt: InstantSchema,
  events: z.array(z.unknown()),
  samples: z.array(z.unknown()),
  gaps: z.array(GapSchema),
  feeds: z.array(FeedReportSchema),
})
export type ReceivedBatch = Readonly<z.infer<typeof BatchSchema>>

/** A batch as the watcher makes it. */
export type Batch = Omit<ReceivedBatch, 'events' | 'samples'> & {
  readonly events: readonly EventDraft[]
  readonly samples: readonly Sample[]
}
