/** Events for tests: a plain one, changed where a test says so. */
import { identified } from '../codec/identity.ts'
import type { Event, EventDraft } from '../domain/event.ts'

let count = 0

/** An event with an identity of its own, unless one is given. */
export function eventOf(changes: Partial<EventDraft> = {}): Event {
  count += 1
  return identified({
    identity: [`event ${count}`],
    at: '2026-11-22T10:00:00.000Z',
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
  })
}
