/** What bounds a keepalive from above and below, as the connections of a case show it. */
import { durationText } from '../evidence/words.ts'
import type { ClientFacts, Facts } from '../facts.ts'
import { secondMs } from '../time.ts'
import type { Session } from '../evidence/two-views.ts'
import { idleLimitOf } from './idle-limit.ts'
import { niceDown, niceUp } from './nice-seconds.ts'
import { ascending, enough, percentileOf } from './observed.ts'

/** A ping may come late: a keepalive of two thirds of the limit leaves half of itself as room. */
export const safeShare = 2 / 3
/**
 * MQTT.js waits half a keepalive for the answer to a ping. Half of that should suffice for the slowest: 4 round trips. One
 * in use is left alone down to 3, lest every new sample of round trips asks for another value.
 */
const roundTrips = 4
const leastRoundTrips = 3
/** A ping that is lost twice arrives after some 3 s: below this, half a keepalive is no more than bad luck. */
const leastSafeSeconds = 15
/** Who is back so soon was never gone. */
const soonMs = 5 * secondMs
/** As many as two bytes hold [MQTT 5 §3.1.2.10]. */
export const mostSeconds = 65_535

export interface Bound {
  /** What is beyond does not fit. */
  readonly seconds: number
  /** What is beyond it is brought to this. */
  readonly advised: number
  readonly why: readonly string[]
}

/** By the idle limit of the path. */
export function upperBound(facts: Facts): Bound | undefined {
  const limit = idleLimitOf(facts)
  if (limit === undefined) return undefined
  const { peak, limitMs, by, who } = limit
  const seconds = niceDown((limitMs * safeShare) / secondMs)
  const [from, to] = [durationText(peak.fromMs), durationText(peak.toMs)]
  const what = by === 'silence' ? 'of silence' : 'of age, before a ping was due'
  const text = durationText(limitMs)
  return {
    seconds,
    advised: seconds,
    why: [
      `${peak.count} of ${peak.of} connections were cut after ${from === to ? from : `${from} to ${to}`} ${what}: the path drops what is idle for ${text}${who === undefined ? '' : ` (${who})`}.`,
      `A ping must come before that: two thirds of it, rounded down, are ${seconds} s. Raising the keepalive to ${text} or more makes it worse: the connection is cut before its first ping.`,
    ],
  }
}

/** By the round trip of pings, and by living connections that were taken for dead. */
export function lowerBound(facts: Facts): Bound | undefined {
  const bounds = [byRoundTrips(facts), byFalseTimeouts(facts)].filter((bound) => bound !== undefined)
  if (bounds.length === 0) return undefined
  return {
    seconds: Math.max(...bounds.map(({ seconds }) => seconds)),
    advised: Math.max(...bounds.map(({ advised }) => advised)),
    why: bounds.flatMap(({ why }) => why),
  }
}

function byRoundTrips({ clients, asked }: Facts): Bound | undefined {
  const ofEach = [...clients.values()].map(({ sessions }) =>
    ascending(sessions.flatMap(({ claim }) => claim.end?.evidence?.rttMs ?? [])),
  )
  // Among many, one client at the end of the world is no reason for all to change.
  const isOne = asked.subject.of === 'client'
  const rtts = ascending(isOne ? ofEach.flat() : ofEach.flatMap((own) => percentileOf(own, 0.5) ?? []))
  if (rtts.length < enough) return undefined
  // Two may be accidents.
  const slowMs = Math.min(percentileOf(rtts, 0.99) ?? 0, rtts.at(-enough) ?? 0)
  const trips = (count: number) => Math.min(mostSeconds, niceUp((count * slowMs) / secondMs))
  const median = durationText(percentileOf(rtts, 0.5) ?? 0)
  const what = isOne ? `${rtts.length} pings were answered` : `Pings of ${rtts.length} clients were answered`
  return {
    seconds: trips(leastRoundTrips),
    advised: trips(roundTrips),
    why: [
      `${what} within ${median} by the median, the slow ones within ${durationText(slowMs)}. MQTT.js pings after one keepalive and gives up half a keepalive later: for a slow answer to take half of that, ${trips(roundTrips)} s or more.`,
    ],
  }
}

function byFalseTimeouts({ clients }: Facts): Bound | undefined {
  const early = [...clients.values()].flatMap(falseTimeoutsOf)
  if (early.length < enough) return undefined
  const longest = Math.max(...early.map(({ keepaliveSeconds = 0 }) => keepaliveSeconds))
  return {
    seconds: longest + 1,
    advised: leastSafeSeconds,
    why: [
      `${early.length} connections with a keepalive of ${longest} s or less timed out, and were back within ${durationText(soonMs)}: they were taken for dead, but lived. Half of so short a keepalive is less than a lost ping takes that is sent again; half of ${leastSafeSeconds} s is enough.`,
    ],
  }
}

/** Timeouts by a short keepalive of a client that came back at once, though nothing else held it up. */
function falseTimeoutsOf({ sessions }: ClientFacts): Session[] {
  return sessions.filter(({ cause, keepaliveSeconds = 0, endedMs = 0, claim }, index) => {
    if (cause !== 'keepalive_timeout' || keepaliveSeconds <= 0 || keepaliveSeconds >= leastSafeSeconds) return false
    // A client that notices so late that it heard nothing was itself suspended.
    const { sinceReceivedMs = 0 } = claim.end?.evidence ?? {}
    if (sinceReceivedMs > 3 * keepaliveSeconds * secondMs) return false
    const backMs = sessions[index + 1]?.beganMs
    return backMs !== undefined && backMs <= endedMs + soonMs
  })
}
