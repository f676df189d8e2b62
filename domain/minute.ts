/** What one broker did in one minute: derived from the events stored for it, so that it can be derived again. */
import * as z from 'zod/mini'
import { type Sample, SampleNameSchema } from './batch.ts'
import { type Cause, CauseSchema, causeNames, causes } from './cause.ts'
import type { Event } from './event.ts'
import { tallyClients, topClientsOf, topPeersOf, watchedOf } from './minute-clients.ts'
import { InstantSchema, instant } from './time.ts'

const Count = z.number().check(z.int(), z.minimum(0))

/** What a detector expected of a figure in this minute: the chart shows exactly what was judged. */
export const BandSchema = z.strictObject({ expected: z.number(), upper: z.number() })
export type Band = Readonly<z.infer<typeof BandSchema>>

/** A client with what it did in the minute, where it did more than others. */
export const TopClientSchema = z.strictObject({
  clientId: z.string(),
  disconnects: Count,
  /** Of these, ended as the client or an operator asked for; absent: none. */
  graceful: z.optional(Count),
  /** Connects and refused attempts. */
  attempts: z.optional(Count),
  /** Of its disconnects, because another connection used its id. */
  takeovers: z.optional(Count),
  /** Addresses it came from, at most four; with the port where the address is one and the same. */
  peers: z.optional(z.array(z.string()).check(z.maxLength(4))),
})
export type TopClient = Readonly<z.infer<typeof TopClientSchema>>
/** An address from which clients dropped, without the port. */
export const TopPeerSchema = z.strictObject({ peer: z.string(), disconnects: Count })
export type TopPeer = Readonly<z.infer<typeof TopPeerSchema>>
/** How a watched client stood on this broker after its last event in the minute. */
export const WatchedSchema = z.strictObject({
  clientId: z.string(),
  online: z.boolean(),
  at: InstantSchema,
  /** When the session began or, of an end, when the one began that ended; where the broker tells it. */
  connectedAt: z.optional(InstantSchema),
})
export type Watched = Readonly<z.infer<typeof WatchedSchema>>

export const MinuteSchema = z.strictObject({
  cluster: z.string(),
  broker: z.string(),
  minute: InstantSchema,
  /** Share of the minute that was watched, 0 to 1. At 0 the counts mean nothing. */
  coverage: z.number().check(z.minimum(0), z.maximum(1)),
  connects: Count,
  refused: Count,
  /** Refused attempts by CONNACK code as the broker told it, else by cause. */
  refusedByCode: z.optional(z.record(z.string(), Count)),
  disconnects: z.partialRecord(CauseSchema, Count),
  /** Disconnects that nobody asked for; a take-over counts when the client had several in the minute. */
  abnormal: Count,
  /** Clients connected at the end of the minute as the broker told, without Keepwatch's own. */
  connected: z.optional(Count),
  gauges: z.partialRecord(SampleNameSchema, z.number()),
  /** Clients that stood out, those with the most disconnects first; at most ten. */
  topClients: z.array(TopClientSchema).check(z.maxLength(10)),
  /** Addresses with the most disconnects, at most five. */
  topPeers: z.optional(z.array(TopPeerSchema).check(z.maxLength(5))),
  /** Watched clients of which an event came in this minute. */
  watched: z.optional(z.array(WatchedSchema)),
  /** Expected abnormal disconnects, once the minute was judged. */
  band: z.optional(BandSchema),
})
export type Minute = Readonly<z.infer<typeof MinuteSchema>>

/** What a minute is counted from. */
export interface MinuteSource {
  readonly cluster: string
  readonly broker: string
  /** Start, epoch milliseconds. */
  readonly start: number
  readonly coverage: number
  /** Keepwatch's own connections that the broker counts among its clients. */
  readonly ownConnections: number
  readonly events: Iterable<Event>
  readonly samples: Iterable<Sample>
  /** Clients that are watched one by one. */
  readonly watchedClients?: ReadonlyMap<string, number>
}

/** Counts a minute. The same events and samples, in any order, give the same minute. */
export function deriveMinute(source: MinuteSource): Minute {
  const events = [...source.events].filter((event) => !event.own && event.view === 'broker')
  let connects = 0
  let refused = 0
  const byCause = new Map<Cause, number>()
  const byCode = new Map<string, number>()
  for (const { type, cause, reasonCode } of events) {
    if (type === 'connected') connects += 1
    if (type === 'refused') {
      refused += 1
      const code = String(reasonCode ?? cause ?? 'unknown')
      byCode.set(code, (byCode.get(code) ?? 0) + 1)
    }
    if (type === 'disconnected') byCause.set(cause ?? 'unknown', (byCause.get(cause ?? 'unknown') ?? 0) + 1)
  }
  const disconnects = inOrder(byCause)
  const clients = tallyClients(events)
  const gauges = latestValues(source.samples)
  const connected = gauges.connected
  const topPeers = topPeersOf(events)
  const watched = watchedOf(events, source.watchedClients ?? new Map())
  return {
    cluster: source.cluster,
    broker: source.broker,
    minute: instant(source.start),
    coverage: source.coverage,
    connects,
    refused,
    ...(refused === 0 ? {} : { refusedByCode: inOrder(byCode) }),
    disconnects,
    abnormal: abnormalOf(disconnects, clients.values()),
    ...(connected === undefined ? {} : { connected: Math.max(0, Math.round(connected) - source.ownConnections) }),
    gauges,
    topClients: topClientsOf(clients, events),
    ...(topPeers.length === 0 ? {} : { topPeers }),
    ...(watched.length === 0 ? {} : { watched }),
  }
}

function inOrder(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * How many of these disconnects nobody asked for. One take-over of a client is a client that came back before its old
 * connection was closed; several are not. Where no client's take-overs are told, all count.
 */
export function abnormalOf(
  disconnects: Minute['disconnects'],
  clients: Iterable<{ readonly takeovers?: number | undefined }> = [],
): number {
  let abnormal = 0
  for (const cause of causeNames) if (causes[cause].abnormal) abnormal += disconnects[cause] ?? 0
  let told = false
  let repeated = 0
  for (const { takeovers } of clients) {
    if (takeovers === undefined) continue
    told = true
    if (takeovers > 1) repeated += takeovers
  }
  return abnormal + (told ? repeated : (disconnects.session_taken_over ?? 0))
}

function latestValues(samples: Iterable<Sample>): Minute['gauges'] {
  const latest = new Map<Sample['name'], Sample>()
  for (const sample of samples) {
    const known = latest.get(sample.name)
    if (known === undefined || sample.at >= known.at) latest.set(sample.name, sample)
  }
  return Object.fromEntries([...latest].map(([name, sample]) => [name, sample.value]))
}
