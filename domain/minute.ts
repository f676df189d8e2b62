/** What one broker did in one minute: derived from the events stored for it, so that it can be derived again. */
import * as z from 'zod/mini'
import { type Sample, SampleNameSchema } from './batch.ts'
import { type Cause, CauseSchema, causes } from './cause.ts'
import type { Event } from './event.ts'
import { InstantSchema, instant } from './time.ts'

const Count = z.number().check(z.int(), z.minimum(0))

/** What a detector expected of a figure in this minute: the chart shows exactly what was judged. */
export const BandSchema = z.strictObject({ expected: z.number(), upper: z.number() })
export type Band = Readonly<z.infer<typeof BandSchema>>

/** A client with what it did in the minute, where it did more than others. */
export const TopClientSchema = z.strictObject({
  clientId: z.string(),
  disconnects: Count,
  /** Connects and refused attempts. */
  attempts: z.optional(Count),
  takeovers: z.optional(Count),
  /** Addresses it came from, at most four. */
  peers: z.optional(z.array(z.string()).check(z.maxLength(4))),
})
export type TopClient = Readonly<z.infer<typeof TopClientSchema>>
/** An address from which clients dropped, without the port. */
export const TopPeerSchema = z.strictObject({ peer: z.string(), disconnects: Count })
export type TopPeer = Readonly<z.infer<typeof TopPeerSchema>>
/** How a watched client stood on this broker after its last event in the minute. */
export const WatchedSchema = z.strictObject({ clientId: z.string(), online: z.boolean(), at: InstantSchema })

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
  /** Clients with the most disconnects, then attempts; at most ten. */
  topClients: z.array(TopClientSchema).check(z.maxLength(10)),
  /** Addresses with the most disconnects, at most five. */
  topPeers: z.optional(z.array(TopPeerSchema).check(z.maxLength(5))),
  /** Watched clients of which an event came in this minute. */
  watched: z.optional(z.array(WatchedSchema)),
  /** Expected abnormal disconnects, once the minute was judged. */
  band: z.optional(BandSchema),
})
export type Minute = Readonly<z.infer<typeof MinuteSchema>>

const topClientCount = 10

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
}

/** Counts a minute. The same events and samples, in any order, give the same minute. */
export function deriveMinute(source: MinuteSource): Minute {
  let connects = 0
  let refused = 0
  const byCause = new Map<Cause, number>()
  const byClient = new Map<string, { disconnects: number; takeovers: number }>()
  for (const event of source.events) {
    if (event.own || event.view !== 'broker') continue
    if (event.type === 'connected') connects += 1
    if (event.type === 'refused') refused += 1
    if (event.type !== 'disconnected') continue
    const cause = event.cause ?? 'unknown'
    byCause.set(cause, (byCause.get(cause) ?? 0) + 1)
    const clientId = event.clientId ?? ''
    const client = byClient.get(clientId) ?? { disconnects: 0, takeovers: 0 }
    client.disconnects += 1
    if (cause === 'session_taken_over') client.takeovers += 1
    byClient.set(clientId, client)
  }
  const gauges = latestValues(source.samples)
  const connected = gauges.connected
  return {
    cluster: source.cluster,
    broker: source.broker,
    minute: instant(source.start),
    coverage: source.coverage,
    connects,
    refused,
    disconnects: Object.fromEntries([...byCause].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    abnormal: abnormalCount(byCause, byClient.values()),
    ...(connected === undefined ? {} : { connected: Math.max(0, Math.round(connected) - source.ownConnections) }),
    gauges,
    topClients: [...byClient]
      .map(([clientId, { disconnects }]) => ({ clientId, disconnects }))
      .toSorted((a, b) => b.disconnects - a.disconnects || (a.clientId < b.clientId ? -1 : 1))
      .slice(0, topClientCount),
  }
}

function abnormalCount(byCause: ReadonlyMap<Cause, number>, clients: Iterable<{ takeovers: number }>): number {
  let abnormal = 0
  for (const [cause, count] of byCause) if (causes[cause].abnormal) abnormal += count
  for (const client of clients) if (client.takeovers > 1) abnormal += client.takeovers
  return abnormal
}

function latestValues(samples: Iterable<Sample>): Minute['gauges'] {
  const latest = new Map<Sample['name'], Sample>()
  for (const sample of samples) {
    const known = latest.get(sample.name)
    if (known === undefined || sample.at >= known.at) latest.set(sample.name, sample)
  }
  return Object.fromEntries([...latest].map(([name, sample]) => [name, sample.value]))
}
