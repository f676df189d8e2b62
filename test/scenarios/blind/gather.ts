/** What of a record a question is answered from: the events of its subject, and others around its last ends. */
import { type Case, nearbyMs, type Subject } from '../../../domain/case.ts'
import type { Event } from '../../../domain/event.ts'

/** As the store gives them: so many last ends of a client, and so many events of others around each. */
const lastEnds = 5
const mostAround = 100

type Gathered = Pick<Case, 'subject' | 'fromMs' | 'toMs' | 'events' | 'nearby'>

/** Of these events, those between the two instants that belong to the case of this subject. */
export function gather(all: readonly Event[], subject: Subject, fromMs: number, toMs: number): Gathered {
  const timed = all
    .map((event) => ({ event, atMs: Date.parse(event.at) }))
    .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
  const isOwn = ({ clientId, broker }: Event) =>
    subject.of === 'client' ? clientId === subject.clientId : subject.of === 'cluster' || broker === subject.broker
  const own = timed.filter(({ event }) => isOwn(event))
  const ends = own.filter(({ event: { type, view } }) => type === 'disconnected' && view === 'broker')
  const around = (subject.of === 'client' ? ends.slice(-lastEnds) : []).flatMap((end) =>
    timed
      .filter(
        ({ event, atMs }) =>
          event.broker === end.event.broker && !isOwn(event) && Math.abs(atMs - end.atMs) <= nearbyMs,
      )
      .slice(0, mostAround),
  )
  const nearby = [...new Map(around.map(({ event }) => [event.id, event])).values()]
  return { subject, fromMs, toMs, events: own.map(({ event }) => event), nearby }
}
