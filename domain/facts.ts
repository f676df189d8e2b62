/** A case made ready for the diagnoses: connections joined, by client, once for all of them. */
import type { Case } from './case.ts'
import { causes } from './cause.ts'
import type { Event } from './event.ts'
import type { Minute } from './minute.ts'
import { type Attempt, connectionsOf, endedBadly, type Session } from './evidence/two-views.ts'

/** What one client did. */
export interface ClientFacts {
  readonly clientId: string
  readonly events: readonly Event[]
  /** Oldest begin first. */
  readonly sessions: readonly Session[]
  /** Sessions that ended as nobody wanted, in the order in which they ended. */
  readonly bad: readonly Session[]
  readonly attempts: readonly Attempt[]
}

export interface Facts {
  readonly asked: Case
  /** By client id, in no order. Events without a client id are in none. */
  readonly clients: ReadonlyMap<string, ClientFacts>
  /** The client that is asked of. */
  readonly client?: ClientFacts
  /** Of all clients: sessions that ended as nobody wanted, in the order in which they ended. */
  readonly bad: readonly Session[]
  /** Of all clients, and of who did not say who it was. */
  readonly attempts: readonly Attempt[]
  /** Ends of others around those of the one client. */
  readonly nearbyEnds: readonly Event[]
  /** Minutes by broker, oldest first. */
  readonly minutes: ReadonlyMap<string, readonly Minute[]>
  /** How many bad ends and failed attempts are to be explained; counted from minutes where there are no events. */
  readonly toExplain: number
}

/** Makes a case ready. Keepwatch's own connections are left out. */
export function factsOf(asked: Case): Facts {
  const events = asked.events.filter(({ own }) => !own)
  const byClient = Map.groupBy(
    events.filter(({ clientId, clientDigest }) => (clientDigest ?? clientId ?? '') !== ''),
    ({ clientId = '', clientDigest }) => clientDigest ?? clientId,
  )
  const clients = new Map([...byClient].map(([clientId, own]) => [clientId, clientFacts(clientId, own)]))
  const { subject } = asked
  const client = subject.of === 'client' ? (clients.get(subject.clientId) ?? clients.values().next().value) : undefined
  const nameless = connectionsOf(events.filter(({ clientId, clientDigest }) => (clientDigest ?? clientId ?? '') === ''))
  const all = [...clients.values()]
  const bad = [...all.flatMap((each) => each.bad), ...nameless.sessions.filter(endedBadly)].toSorted(byEnd)
  const attempts = [...all.flatMap((each) => each.attempts), ...nameless.attempts].toSorted((a, b) => a.atMs - b.atMs)
  const minutes = Map.groupBy(
    asked.minutes.toSorted((a, b) => (a.minute < b.minute ? -1 : 1)),
    ({ broker }) => broker,
  )
  return {
    asked,
    clients,
    ...(client === undefined ? {} : { client }),
    bad,
    attempts,
    nearbyEnds: asked.nearby.filter((event) => !event.own && event.type === 'disconnected' && isBad(event)),
    minutes,
    toExplain: events.length > 0 ? bad.length + attempts.length : countedIn(asked),
  }
}

function clientFacts(clientId: string, events: readonly Event[]): ClientFacts {
  const { sessions, attempts } = connectionsOf(events)
  return { clientId, events, sessions, attempts, bad: sessions.filter(endedBadly).toSorted(byEnd) }
}

const byEnd = (a: Session, b: Session): number => (a.endedMs ?? 0) - (b.endedMs ?? 0)

/** Did this end as nobody wanted? */
export function isBad({ cause = 'unknown' }: Event): boolean {
  return causes[cause].abnormal || cause === 'session_taken_over'
}

/** Of one client minutes name the ends only where it stood out. */
function countedIn({ minutes, subject }: Case): number {
  let sum = 0
  for (const { broker, abnormal, refused, coverage, topClients } of minutes) {
    if (coverage === 0 || (subject.of === 'broker' && subject.broker !== broker)) continue
    if (subject.of !== 'client') sum += abnormal + refused
    else {
      const own = topClients.find(({ clientId }) => clientId === subject.clientId)
      sum += (own?.disconnects ?? 0) - (own?.graceful ?? 0)
    }
  }
  return sum
}
