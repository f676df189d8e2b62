/** What a whole cluster did in one minute: the sum over its brokers, with the bands that they were judged by. */
import * as z from 'zod/mini'
import { joinTopClients, mostBrokersOfClient, summed, sumOf, topClientCount } from './joined-minutes.ts'
import { type Band, type Minute, MinuteSchema, TopClientSchema, WatchedSchema } from './minute.ts'

const Name = z.string()

export const WholeMinuteSchema = z.extend(
  z.omit(MinuteSchema, { broker: true, gauges: true, topClients: true, topPeers: true, watched: true }),
  {
    /** Brokers that were counted. */
    brokers: z.number(),
    /** Clients that stood out on any of them, and on which; at most ten. */
    topClients: z
      .array(z.extend(TopClientSchema, { brokers: z.optional(z.array(Name).check(z.maxLength(mostBrokersOfClient))) }))
      .check(z.maxLength(topClientCount)),
    /** How each watched client stood on each broker of which an event of it came in this minute. */
    watched: z.optional(z.array(z.extend(WatchedSchema, { broker: Name }))),
  },
)
export type WholeMinute = Readonly<z.infer<typeof WholeMinuteSchema>>

/**
 * Joins the minutes of a cluster's brokers, of one and the same minute; undefined where there are none. `coverage` is the
 * mean over the brokers, each alike: 0 only if none was seen. `connected` is there only when every broker told its
 * clients: with one that did not, the sum would be too small.
 */
export function joinBrokers(minutes: readonly Minute[], band?: Band): WholeMinute | undefined {
  const [first] = minutes
  if (first === undefined) return undefined
  const ordered = minutes.toSorted((a, b) => (a.broker < b.broker ? -1 : 1))
  const connected = ordered.flatMap((each) => (each.coverage > 0 ? (each.connected ?? []) : []))
  const watched = ordered.flatMap(({ broker, watched: own = [] }) => own.map((each) => ({ ...each, broker })))
  return {
    cluster: first.cluster,
    minute: first.minute,
    coverage: Math.min(1, sumOf(ordered.map(({ coverage }) => coverage)) / ordered.length),
    brokers: ordered.length,
    ...summed(ordered),
    ...(connected.length === ordered.length ? { connected: sumOf(connected) } : {}),
    topClients: joinTopClients(
      ordered.map(({ broker, topClients }) => topClients.map((each) => ({ ...each, brokers: [broker] }))),
    ),
    ...(watched.length === 0 ? {} : { watched }),
    ...(band === undefined ? {} : { band }),
  }
}
