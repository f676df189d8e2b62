/** One connection of one client, from connected to disconnected: joined from stored events. */
import * as z from 'zod/mini'
import { type Event, EventSchema } from './event.ts'
import { InstantSchema } from './time.ts'

/** An event with the session it ended, where its beginning is known. */
export const JoinedEventSchema = z.extend(EventSchema, {
  session: z.optional(z.strictObject({ connectedAt: InstantSchema, seconds: z.number() })),
})
export type JoinedEvent = Readonly<z.infer<typeof JoinedEventSchema>>

/** Newest first; within one instant by the order the feed received them. */
export function newestFirst(events: readonly Event[]): Event[] {
  return events.toSorted((a, b) => (a.at === b.at ? b.ordinal - a.ordinal : a.at < b.at ? 1 : -1))
}

/**
 * Joins sessions of one client. `events` come newest first; `older` are some more before them, which are only looked
 * at. The beginning is what the broker told in the event itself, else the nearest earlier `connected` on that broker
 * with no end in between.
 */
export function joinSessions(events: readonly Event[], older: readonly Event[] = []): JoinedEvent[] {
  const all = [...events, ...older]
  return events.map((event, index) => {
    if (event.type !== 'disconnected') return event
    const connectedAt = event.connectedAt ?? beginningOf(event, all.slice(index + 1))
    if (connectedAt === undefined || connectedAt > event.at) return event
    const seconds = (Date.parse(event.at) - Date.parse(connectedAt)) / 1000
    return { ...event, session: { connectedAt, seconds } }
  })
}

function beginningOf(end: Event, before: readonly Event[]): string | undefined {
  for (const event of before) {
    if (event.broker !== end.broker || event.view !== end.view) continue
    if (event.type === 'connected') return event.at
    if (event.type === 'disconnected') return undefined
  }
  return undefined
}
