/** The largest crowd that lost its connections together, and how fast its broker took clients back. */
import type { Event } from '../event.ts'
import type { Facts } from '../facts.ts'
import { minuteMs, secondMs } from '../time.ts'
import type { Attempt } from '../evidence/two-views.ts'
import { ascending, percentileOf } from './observed.ts'

export interface Storm {
  readonly broker: string
  /** Distinct clients. */
  readonly clients: number
  readonly withinMs: number
  /** Connects a second that the broker managed while they came back; 0 where none is recorded. */
  readonly perSecond: number
  /** Attempts that failed, and clients that it dropped again, in the five minutes from then: too many for it. */
  readonly failed: number
  /** Not all was looked at. */
  readonly isLeast: boolean
}

/** Fewer at once are no crowd; nor are those who are a small part of the broker's clients. */
const leastClients = 10
const leastShare = 0.2
/** A minute of a crowd has so many times the ends of a usual one. */
const burst = 5
const crowdMs = 10 * secondMs
/** A restart and its aftermath. */
const aftermathMs = 5 * minuteMs
/** Nobody was there to be overloaded. */
const absent = new Set(['dns', 'refused', 'unreachable', 'local_end', 'local_destroy'])
/** Turned away for what they are, not for how many. */
const turnedAway = new Set(['not_authorized', 'protocol_error', 'packet_too_large', 'client_requested', 'tls_error'])

type Crowd = Pick<Storm, 'broker' | 'clients' | 'withinMs'> & {
  readonly fromMs: number
  /** Who they are, where events tell it. */
  readonly members?: ReadonlySet<string>
}

/** From events where they are recorded, else from minutes. */
export function stormOf(facts: Facts): Storm | undefined {
  const ofEvents = crowdInEvents(facts)
  // Of one client the events tell of others only what happened around its last ends.
  const isAllTold = facts.asked.subject.of !== 'client' && facts.clients.size > 0
  const crowd = ofEvents ?? (isAllTold ? undefined : crowdInMinutes(facts))
  if (crowd === undefined) return undefined
  const { broker, clients, withinMs } = crowd
  const { asked } = facts
  return {
    broker,
    clients,
    withinMs,
    perSecond: rateInEvents(facts, crowd) ?? rateInMinutes(facts, crowd),
    failed: Math.max(failedInEvents(facts, crowd) + droppedAgain(facts, crowd), failedInMinutes(facts, crowd)),
    isLeast: asked.cut || (asked.subject.of === 'client' && crowd === ofEvents),
  }
}

/** The most distinct clients that ended on one broker within ten seconds. */
function crowdInEvents({ bad, nearbyEnds, clients, asked }: Facts): Crowd | undefined {
  const ends = [
    ...bad.map(({ endedMs = 0, broker, clientId }) => ({ ms: endedMs, broker, clientId })),
    ...nearbyEnds.map(({ at, broker, clientId = '' }: Event) => ({ ms: Date.parse(at), broker, clientId })),
  ]
  let best: Crowd | undefined
  for (const [broker, all] of Map.groupBy(ends, (end) => end.broker)) {
    const inOrder = all.toSorted((a, b) => a.ms - b.ms)
    const inside = new Map<string, number>()
    let first = 0
    for (const { ms, clientId } of inOrder) {
      inside.set(clientId, (inside.get(clientId) ?? 0) + 1)
      for (let oldest = inOrder[first]; oldest !== undefined && oldest.ms < ms - crowdMs; oldest = inOrder[first]) {
        const left = (inside.get(oldest.clientId) ?? 1) - 1
        if (left === 0) inside.delete(oldest.clientId)
        else inside.set(oldest.clientId, left)
        first += 1
      }
      if (inside.size < leastClients || inside.size <= (best?.clients ?? 0)) continue
      const fromMs = inOrder[first]?.ms ?? ms
      const members = new Set(inside.keys())
      best = { broker, clients: inside.size, fromMs, withinMs: Math.max(secondMs, ms - fromMs), members }
    }
  }
  if (best === undefined || asked.subject.of === 'client') return best
  const { broker } = best
  const there = [...clients.values()].filter(({ sessions }) => sessions.some((session) => session.broker === broker))
  return best.clients < leastShare * there.length ? undefined : best
}

/** A minute with far more ends than usual, a good part of its clients, and not of a few that drop again and again. */
function crowdInMinutes({ minutes, asked: { subject } }: Facts): Crowd | undefined {
  let best: Crowd | undefined
  for (const [broker, all] of minutes) {
    if (subject.of === 'broker' && subject.broker !== broker) continue
    const usual = percentileOf(ascending(all.map(({ abnormal }) => abnormal)), 0.5) ?? 0
    for (const { minute, abnormal, coverage, connected = 0, topClients } of all) {
      if (coverage === 0 || abnormal < leastClients || abnormal <= (best?.clients ?? 0)) continue
      const ofFew = topClients.reduce((sum, { disconnects }) => sum + (disconnects > 1 ? disconnects : 0), 0)
      if (abnormal < burst * usual || abnormal < leastShare * connected || ofFew * 2 > abnormal) continue
      best = { broker, clients: abnormal, fromMs: Date.parse(minute), withinMs: minuteMs }
    }
  }
  return best
}

/** Over the time from the first that came back until nine tenths of them stayed; by the begins that the broker told. */
function rateInEvents({ clients }: Facts, { broker, fromMs, members = new Set() }: Crowd): number | undefined {
  const begins = [...members].map((clientId) =>
    (clients.get(clientId)?.sessions ?? []).flatMap(({ begin, beganMs = 0, broker: on }) =>
      begin !== undefined && on === broker && beganMs >= fromMs && beganMs <= fromMs + aftermathMs ? beganMs : [],
    ),
  )
  const stayed = ascending(begins.flatMap((own) => own.at(-1) ?? []))
  // Of one client, or where events were cut, these are not all who came back.
  if (stayed.length < members.size / 2 || stayed.length < leastClients) return undefined
  const firstMs = Math.min(...begins.flatMap((own) => own[0] ?? []))
  const spanMs = (percentileOf(stayed, 0.9) ?? 0) - firstMs
  return (0.9 * stayed.length * secondMs) / Math.max(secondMs, spanMs)
}

/** Distinct clients of the crowd whose next connection there was short, and ended as nobody wanted. */
function droppedAgain({ clients }: Facts, { broker, fromMs, members = new Set() }: Crowd): number {
  let count = 0
  for (const clientId of members) {
    const again = clients
      .get(clientId)
      ?.bad.some(
        ({ beganMs = 0, ageMs = 0, broker: on }) =>
          on === broker && beganMs > fromMs && beganMs <= fromMs + aftermathMs && ageMs < minuteMs,
      )
    if (again === true) count += 1
  }
  return count
}

/** The best minute of the aftermath. */
function rateInMinutes({ minutes }: Facts, { broker, fromMs }: Crowd): number {
  const connects = (minutes.get(broker) ?? []).flatMap((one) =>
    isAftermath(Date.parse(one.minute), fromMs) ? one.connects : [],
  )
  return (Math.max(0, ...connects) * secondMs) / minuteMs
}

const isAftermath = (ms: number, fromMs: number): boolean => ms > fromMs - minuteMs && ms <= fromMs + aftermathMs

function failedInEvents({ attempts }: Facts, { broker, fromMs }: Crowd): number {
  return attempts.filter(
    (one) => one.broker === broker && one.atMs >= fromMs && one.atMs <= fromMs + aftermathMs && wasTooMuch(one),
  ).length
}

function wasTooMuch({ told, claim }: Attempt): boolean {
  const cause = told?.cause ?? claim?.cause ?? 'unknown'
  return !turnedAway.has(cause) && !absent.has(claim?.evidence?.clientCause ?? '')
}

/** Beyond those that are refused in a usual minute; and crowds that were dropped again minutes later. */
function failedInMinutes({ minutes }: Facts, { broker, fromMs, clients }: Crowd): number {
  const all = minutes.get(broker) ?? []
  const after = all.filter(({ minute }) => isAftermath(Date.parse(minute), fromMs))
  const others = all.filter(({ minute }) => !isAftermath(Date.parse(minute), fromMs))
  const usual = percentileOf(ascending(others.map(({ refused }) => refused)), 0.5) ?? 0
  const refused = after.reduce((sum, one) => sum + Math.max(0, one.refused - 2 * usual), 0)
  const again = after.filter(
    ({ minute, abnormal }) => Date.parse(minute) >= fromMs + 2 * minuteMs && abnormal * 2 >= clients,
  )
  return refused + again.reduce((sum, { abnormal }) => sum + abnormal, 0)
}
