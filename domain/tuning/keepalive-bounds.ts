/** What bounds a keepalive from above and below, as the connections of a case show it. */
import { durationText } from '../diagnoses/words.ts'
import type { ClientFacts, Facts } from '../facts.ts'
import { secondMs } from '../time.ts'
import type { Session } from '../two-views.ts'
import { idleLimitOf } from './idle-limit.ts'
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
export function lowerBound({ clients }: Facts): Bound | undefined {
  const all = [...clients.values()]
  const rtts = ascending(
    all.flatMap(({ sessions }) => sessions.flatMap(({ claim }) => claim.end?.evidence?.rttMs ?? [])),
  )
  const p99 = rtts.length < enough ? undefined : percentileOf(rtts, 0.99)
  const trips = (count: number) => (p99 === undefined ? 0 : niceUp((count * p99) / secondMs))
  const falseTimeouts = all.flatMap(falseTimeoutsOf)
  const byTimeouts = falseTimeouts.length >= enough ? leastSafeSeconds : 0
  const seconds = Math.min(mostSeconds, Math.max(trips(leastRoundTrips), byTimeouts))
  const advised = Math.min(mostSeconds, Math.max(trips(roundTrips), byTimeouts))
  if (seconds === 0) return undefined
  const tripText =
    p99 === undefined
      ? []
      : [
          `${rtts.length} pings were answered within ${durationText(percentileOf(rtts, 0.5) ?? 0)} by the median, 99 % of them within ${durationText(p99)}. MQTT.js pings after one keepalive and gives up half a keepalive later: for the slowest to take half of that, ${trips(roundTrips)} s or more.`,
        ]
  const timeoutText =
    byTimeouts === 0
      ? []
      : [
          `${falseTimeouts.length} connections with a keepalive below ${leastSafeSeconds} s timed out, and were back within ${durationText(soonMs)}: they were taken for dead, but lived. Half of so short a keepalive is less than a lost ping takes that is sent again.`,
        ]
  return { seconds, advised, why: [...tripText, ...timeoutText] }
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

function niceDown(seconds: number): number {
  const step = stepAt(seconds)
  return Math.max(1, Math.floor(Math.round(seconds) / step) * step)
}

function niceUp(seconds: number): number {
  const step = stepAt(seconds)
  return Math.max(1, Math.ceil(seconds / step) * step)
}

/** People write 40 s, 230 s. */
function stepAt(seconds: number): number {
  if (seconds < 30) return 1
  return seconds < 100 ? 5 : 10
}
