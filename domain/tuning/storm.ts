/** The largest crowd that lost its connections together, and how fast its broker took clients back. */
import type { Event } from '../event.ts'
import type { Facts } from '../facts.ts'
import { minuteMs, secondMs } from '../time.ts'
import type { Attempt } from '../two-views.ts'
import { ascending, percentileOf, sessionsOf } from './observed.ts'

export interface Storm {
  readonly broker: string
  /** Distinct clients. */
  readonly clients: number
  readonly withinMs: number
  /** Connects a second that the broker managed while they came back; 0 where none is recorded. */
  readonly perSecond: number
  /** Attempts it did not manage in the five minutes from then. */
  readonly failed: number
  /** Not all was looked at. */
  readonly isLeast: boolean
}

/** Fewer at once are no crowd. */
const leastClients = 10
const crowdMs = 10 * secondMs
/** A restart and its aftermath. */
const aftermathMs = 5 * minuteMs
/** Nobody was there to be overloaded. */
const absent = new Set(['dns', 'refused', 'unreachable', 'local_end', 'local_destroy'])
/** Turned away for what they are, not for how many. */
const turnedAway = new Set(['not_authorized', 'protocol_error', 'packet_too_large', 'client_requested', 'tls_error'])

type Crowd = Pick<Storm, 'broker' | 'clients' | 'withinMs'> & { readonly fromMs: number }

/** From events where they are recorded, else from minutes. */
export function stormOf(facts: Facts): Storm | undefined {
  const ofEvents = crowdInEvents(facts)
  const ofMinutes = crowdInMinutes(facts)
  const crowd = (ofEvents?.clients ?? 0) * 2 >= (ofMinutes?.clients ?? 0) ? ofEvents : ofMinutes
  if (crowd === undefined) return undefined
  const { broker, clients, withinMs } = crowd
  const { asked } = facts
  return {
    broker,
    clients,
    withinMs,
    perSecond: rateInEvents(facts, crowd) ?? rateInMinutes(facts, crowd),
    failed: Math.max(failedInEvents(facts, crowd), failedInMinutes(facts, crowd)),
    isLeast: asked.cut || (asked.subject.of === 'client' && crowd === ofEvents),
  }
}

/** The most distinct clients that ended on one broker within ten seconds. */
function crowdInEvents({ bad, nearbyEnds }: Facts): Crowd | undefined {
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
      best = { broker, clients: inside.size, fromMs, withinMs: Math.max(secondMs, ms - fromMs) }
    }
  }
  return best
}

function crowdInMinutes({ minutes, asked: { subject } }: Facts): Crowd | undefined {
  let best: Crowd | undefined
  for (const [broker, all] of minutes) {
    if (subject.of === 'broker' && subject.broker !== broker) continue
    for (const { minute, abnormal, coverage } of all) {
      if (coverage === 0 || abnormal < leastClients || abnormal <= (best?.clients ?? 0)) continue
      best = { broker, clients: abnormal, fromMs: Date.parse(minute), withinMs: minuteMs }
    }
  }
  return best
}

/** Over the time in which nine tenths of those who came back did; by the begins that the broker told. */
function rateInEvents(facts: Facts, { broker, fromMs, clients }: Crowd): number | undefined {
  const back = ascending(
    sessionsOf(facts).flatMap(({ begin, beganMs = 0, broker: on }) =>
      begin !== undefined && on === broker && beganMs >= fromMs && beganMs <= fromMs + aftermathMs ? beganMs : [],
    ),
  )
  // Of one client, or where events were cut, these are not all who came back.
  if (back.length < clients / 2) return undefined
  const spanMs = (percentileOf(back, 0.9) ?? 0) - (back[0] ?? 0)
  return (0.9 * back.length * secondMs) / Math.max(secondMs, spanMs)
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

/** Beyond those that are refused in a usual minute. */
function failedInMinutes({ minutes }: Facts, { broker, fromMs }: Crowd): number {
  const all = minutes.get(broker) ?? []
  const after = all.filter(({ minute }) => isAftermath(Date.parse(minute), fromMs))
  const others = all.filter(({ minute }) => !isAftermath(Date.parse(minute), fromMs))
  const usual = percentileOf(ascending(others.map(({ refused }) => refused)), 0.5) ?? 0
  return after.reduce((sum, { refused }) => sum + Math.max(0, refused - 2 * usual), 0)
}
