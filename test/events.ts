/** Events for tests: a plain one, changed where a test says so. */
import { eventOf as stored } from '../codec/identity.ts'
import type { Event, EventDraft } from '../domain/event.ts'

let count = 0

/** A draft with an identity of its own. */
export function draftOf(changes: Partial<EventDraft> = {}): EventDraft {
  count += 1
  return {
    sessionKey: `event ${count}`,
    atMs: Date.parse('2026-11-22T10:00:00.000Z'),
    ordinal: 0,
    cluster: 'plant',
    broker: 'b1',
    clientId: 'pump-1',
    type: 'disconnected',
    view: 'broker',
    own: false,
    cause: 'network_eof',
    initiator: 'network',
    graceful: false,
    origin: 'broker',
    ...changes,
  }
}

/** What would be stored of it; `at` and `connectedAt` as instants. */
export function eventOf({ at, connectedAt, ...changes }: Partial<Omit<Event, 'id'>> = {}): Event {
  return stored(
    draftOf({
      ...changes,
      ...(at === undefined ? {} : { atMs: Date.parse(at) }),
      ...(connectedAt === undefined ? {} : { connectedAtMs: Date.parse(connectedAt) }),
    }),
  )
}
