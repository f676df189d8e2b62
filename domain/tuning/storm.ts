/** The largest crowd that lost its connections together, and how fast its broker took clients back. */
import type { Facts } from '../facts.ts'
import { minuteMs, secondMs } from '../time.ts'
import { sessionsOf } from './observed.ts'

export interface Storm {
  readonly broker: string
  /** Distinct clients. */
  readonly clients: number
  readonly withinMs: number
  /** Connects a second that the broker managed at best; 0 where none is recorded. */
  readonly perSecond: number
  /** Attempts that failed on it from then until it was over. */
  readonly failed: number
  /** Not all was looked at. */
  readonly isLeast: boolean
}

/** Fewer at once are no crowd. */
const leastClients = 10
const crowdMs = 10 * secondMs
/** A restart and its aftermath. */
const aftermathMs = 5 * minuteMs
const rateMs = 10 * secondMs

interface At {
  readonly ms: number
  readonly broker: string
  readonly clientId: string
}

/** From events where they are recorded, else from minutes. */
export function stormOf(facts: Facts): Storm | undefined {
  const { asked } = facts
  const ofEvents = crowdOf(facts)
  const ofMinutes = crowdInMinutes(facts)
  const best = (ofEvents?.clients ?? 0) >= (ofMinutes?.clients ?? 0) ? ofEvents : ofMinutes
  if (best === undefined) return undefined
  const { broker, fromMs, clients, withinMs } = best
  return {
    broker,
    clients,
    withinMs,
    perSecond: Math.max(rateInEvents(facts, broker), rateInMinutes(facts, broker)),
    failed: failedOn(facts, broker, fromMs),
    isLeast: asked.cut || asked.subject.of === 'client',
  }
}

type Crowd = Pick<Storm, 'broker' | 'clients' | 'withinMs'> & { readonly fromMs: number }

function crowdOf(facts: Facts): Crowd | undefined {
  const ends: At[] = [
    ...facts.bad.map(({ endedMs = 0, broker, clientId }) => ({ ms: endedMs, broker, clientId })),
    ...facts.nearbyEnds.map(({ at, broker, clientId = '' }) => ({ ms: Date.parse(at), broker, clientId })),
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

function crowdInMinutes({ minutes }: Facts): Crowd | undefined {
  let best: Crowd | undefined
  for (const [broker, all] of minutes) {
    for (const { minute, abnormal, coverage } of all) {
      if (coverage === 0 || abnormal < leastClients || abnormal <= (best?.clients ?? 0)) continue
      best = { broker, clients: abnormal, fromMs: Date.parse(minute), withinMs: minuteMs }
    }
  }
  return best
}

/** Best rate of connects in ten seconds. */
function rateInEvents(facts: Facts, broker: string): number {
  const counts = new Map<number, number>()
  for (const { begin, broker: on, beganMs } of sessionsOf(facts)) {
    if (begin === undefined || beganMs === undefined || on !== broker) continue
    const bin = Math.floor(beganMs / rateMs)
    counts.set(bin, (counts.get(bin) ?? 0) + 1)
  }
  return (Math.max(0, ...counts.values()) * secondMs) / rateMs
}

function rateInMinutes({ minutes }: Facts, broker: string): number {
  const best = Math.max(0, ...(minutes.get(broker) ?? []).map(({ connects }) => connects))
  return (best * secondMs) / minuteMs
}

function failedOn({ attempts, minutes }: Facts, broker: string, fromMs: number): number {
  const untilMs = fromMs + aftermathMs
  const ofEvents = attempts.filter((one) => one.broker === broker && one.atMs >= fromMs && one.atMs <= untilMs).length
  const ofMinutes = (minutes.get(broker) ?? []).reduce((sum, { minute, refused }) => {
    const ms = Date.parse(minute)
    return ms >= fromMs - minuteMs && ms <= untilMs ? sum + refused : sum
  }, 0)
  return Math.max(ofEvents, ofMinutes)
}
