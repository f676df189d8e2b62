/** Messages that a broker drops, held against the ends of the clients that receive most. */
import { medianOf } from '../statistics.ts'
import type { ClientFacts, Facts } from '../facts.ts'
import type { Minute } from '../minute.ts'
import { minuteMs } from '../time.ts'
import type { Session } from './two-views.ts'

/** A queue fills for so long before its client is given up. */
const fillingMs = 5 * minuteMs
const leastEnds = 3
/** Of the drops, and of the ends, so many must fall together. */
const leastShare = 0.6
/** What is dropped in half of the time anyway says nothing of the other half. */
const mostOfTime = 0.5
const leastPerSecond = 10
/** So many times what others receive. */
const mostTimes = 3

export interface Flooded {
  readonly ends: readonly Session[]
  readonly clientIds: readonly string[]
  /** Messages that were dropped in the minutes before these ends, and in all. */
  readonly before: number
  readonly all: number
}

interface Drop {
  readonly broker: string
  readonly fromMs: number
  readonly toMs: number
  readonly count: number
}

/** Rises of the count of dropped messages, oldest first by broker. */
export function dropsIn(minutes: readonly Minute[]): Drop[] {
  const last = new Map<string, { atMs: number; value: number }>()
  return minutes.flatMap(({ broker, minute, gauges: { dropped_total: value } }): Drop[] => {
    if (value === undefined) return []
    const toMs = Date.parse(minute) + minuteMs
    const before = last.get(broker)
    last.set(broker, { atMs: toMs, value })
    if (before === undefined || value <= before.value) return []
    return [{ broker, fromMs: before.atMs, toMs, count: value - before.value }]
  })
}

/** Clients that receive much and end, unanswered or closed, whenever messages were dropped for minutes. */
export function floodedIn({ clients }: Facts, minutes: readonly Minute[]): Flooded | undefined {
  const drops = dropsIn(minutes)
  const all = drops.reduce((sum, { count }) => sum + count, 0)
  const rates = [...clients.values()].flatMap((client) => {
    const perSecond = rateOf(client)
    return perSecond === undefined ? [] : [{ client, perSecond }]
  })
  const usual = medianOf(rates.map(({ perSecond }) => perSecond)) ?? 0
  const greedy = rates.filter(
    ({ perSecond }) => perSecond >= leastPerSecond && (rates.length < 3 || perSecond >= mostTimes * usual),
  )
  const bad = greedy.flatMap(({ client }) => client.bad.filter(({ cause }) => cause === 'keepalive_timeout'))
  const ends = bad.filter((end) => drops.some((drop) => isBefore(drop, end)))
  const before = drops.filter((drop) => ends.some((end) => isBefore(drop, end)))
  const dropped = before.reduce((sum, { count }) => sum + count, 0)
  if (ends.length < leastEnds || ends.length < leastShare * bad.length || dropped < leastShare * all) return undefined
  const times = minutes.map(({ minute }) => Date.parse(minute))
  const watchedMs = Math.max(...times) - Math.min(...times) + minuteMs
  if (ends.length * fillingMs > mostOfTime * watchedMs) return undefined
  return { ends, clientIds: [...new Set(ends.map(({ clientId }) => clientId))], before: dropped, all }
}

/** As the client counted them, of its sessions that ended. */
function rateOf({ sessions }: ClientFacts): number | undefined {
  const rates = sessions.flatMap(({ claim }) => {
    const { publishesReceived, sessionMs } = claim.end?.evidence ?? {}
    return publishesReceived === undefined || !sessionMs ? [] : [(1000 * publishesReceived) / sessionMs]
  })
  return medianOf(rates)
}

function isBefore({ broker, fromMs, toMs }: Drop, { broker: where, endedMs = 0 }: Session): boolean {
  // A minute is told as a whole: it may reach beyond the end.
  return broker === where && toMs <= endedMs + minuteMs && fromMs >= endedMs - fillingMs - minuteMs
}
