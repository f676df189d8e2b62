/** keepalive: below every idle limit of the path, far above a ping's round trip, and never 0. */
import { countText, durationText, medianOf } from '../diagnoses/words.ts'
import type { Facts } from '../facts.ts'
import { secondMs } from '../time.ts'
import type { Session } from '../two-views.ts'
import { costsOf, pingBytes } from './keepalive-costs.ts'
import { ascending, idleLimitOf, inUse, percentileOf, sessionsOf } from './observed.ts'
import type { OptionAdvice } from './option-advice.ts'

/** A ping may come late: a keepalive of two thirds of the limit leaves half of itself as room. */
const safeShare = 2 / 3
/** MQTT.js waits half a keepalive for the answer to a ping: half of that should suffice for the slowest. */
const roundTrips = 4
/** A ping that is lost twice arrives after some 3 s: below this half a keepalive is no more than bad luck. */
const leastSafeSeconds = 15
/** Two thirds of 50 s, the shortest idle limit that is often met. */
const belowUsualLimitsSeconds = 30
const usualSeconds = 60
const mostSeconds = 65_535
const enough = 3

interface Bound {
  readonly seconds: number
  readonly why: readonly string[]
}

/** Advises a keepalive. */
export function keepaliveAdvice(facts: Facts): OptionAdvice {
  const sessions = sessionsOf(facts)
  const values = inUse([...facts.clients.values()].map(({ sessions: own }) => own.findLast(isKept)?.keepaliveSeconds))
  const upper = upperBound(facts)
  const lower = lowerBound(sessions)
  const range = {
    ...(lower === undefined ? {} : { from: lower.seconds }),
    ...(upper === undefined ? {} : { to: upper.seconds }),
  }
  const fits = (seconds: number) =>
    seconds > 0 && seconds >= (lower?.seconds ?? 0) && seconds <= (upper?.seconds ?? mostSeconds)
  const unfit = values.filter(({ value }) => !fits(value))
  const [concerned] = unfit.length > 0 ? unfit : values
  const now = concerned?.value
  const bytes = pingBytes(sessions)
  const say = (rest: Pick<OptionAdvice, 'verdict' | 'why'> & Partial<OptionAdvice>): OptionAdvice => ({
    option: 'keepalive',
    unit: 's',
    ...(now === undefined ? {} : { inUse: now }),
    ...(upper === undefined && lower === undefined ? {} : { range }),
    tradeOff: costsOf(bytes, now, rest.advised),
    ...rest,
  })
  const why = [
    ...inUseSentences(values, unfit, facts),
    ...(upper?.why ?? []),
    ...(lower?.why ?? []),
    ...halfOpenSentences(sessions),
  ]
  if (lower !== undefined && upper !== undefined && lower.seconds > upper.seconds) {
    return say({
      verdict: 'contradiction',
      range: undefined,
      why: [
        ...why,
        `No keepalive fits both: pings need ${lower.seconds} s or more, the path allows ${upper.seconds} s or less. Raise the idle limit of the path to ${Math.ceil(lower.seconds / safeShare)} s or more, or make the round trip shorter.`,
      ],
    })
  }
  if (now === undefined) {
    return upper === undefined && lower === undefined
      ? say({ verdict: 'unknown', why: ['The keepalive is not recorded.'], missing: missingOf(sessions) })
      : say({ verdict: 'change', advised: within(usualSeconds, lower, upper), why })
  }
  if (unfit.length > 0) {
    return say({
      verdict: 'change',
      advised: now === 0 ? within(usualSeconds, lower, upper) : within(now, lower, upper),
      why,
    })
  }
  const hidden = upper === undefined ? hiddenLimit(sessions) : undefined
  if (hidden !== undefined) {
    const trial = Math.max(belowUsualLimitsSeconds, lower?.seconds ?? 0)
    return now > trial
      ? say({ verdict: 'change', advised: trial, why: [...why, hidden] })
      : say({ verdict: 'unknown', why: [...why, hidden], missing: missingOf(sessions) })
  }
  const missing = missingOf(sessions)
  return say({
    verdict: 'keep',
    why: [...why, ...keepSentences(sessions, now, upper !== undefined)],
    ...(missing.length === 0 ? {} : { missing }),
  })
}

const isKept = ({ keepaliveSeconds }: Session): boolean => keepaliveSeconds !== undefined

/** The value that fits and is nearest to the one wanted, written as people write it. */
function within(seconds: number, lower: Bound | undefined, upper: Bound | undefined): number {
  return Math.min(upper?.seconds ?? mostSeconds, Math.max(lower?.seconds ?? 1, seconds))
}

function niceDown(seconds: number): number {
  const step = seconds >= 100 ? 10 : seconds >= 30 ? 5 : 1
  return Math.max(1, Math.floor(seconds / step) * step)
}
function niceUp(seconds: number): number {
  const step = seconds > 100 ? 10 : seconds > 30 ? 5 : 1
  return Math.min(mostSeconds, Math.ceil(seconds / step) * step)
}

/** By the idle limit of the path. */
function upperBound(facts: Facts): Bound | undefined {
  const limit = idleLimitOf(facts)
  if (limit === undefined) return undefined
  const { peak, limitMs, by, who } = limit
  const seconds = niceDown((limitMs * safeShare) / secondMs)
  const from = durationText(peak.fromMs)
  const to = durationText(peak.toMs)
  const what = by === 'silence' ? 'of silence' : 'of age, with no ping due before'
  return {
    seconds,
    why: [
      `${peak.count} of ${peak.of} connections were cut after ${from === to ? from : `${from} to ${to}`} ${what}: the path drops what is idle for ${durationText(limitMs)}${who === undefined ? '' : ` (${who})`}.`,
      `A ping must come before that: two thirds of it are ${seconds} s. A keepalive of ${durationText(limitMs)} or more makes it worse: the connection is cut before the first ping.`,
    ],
  }
}

/** By the round trip of pings, and by connections given up too early. */
function lowerBound(sessions: readonly Session[]): Bound | undefined {
  const rtts = ascending(sessions.flatMap(({ claim }) => claim.end?.evidence?.rttMs ?? []))
  const p99 = rtts.length < enough ? undefined : percentileOf(rtts, 0.99)
  const byTrip = p99 === undefined ? 0 : Math.ceil((roundTrips * p99) / secondMs)
  const early = sessions.filter(
    ({ cause, keepaliveSeconds = 0 }) =>
      cause === 'keepalive_timeout' && keepaliveSeconds > 0 && keepaliveSeconds < leastSafeSeconds,
  )
  const byTimeouts = early.length >= enough ? leastSafeSeconds : 0
  const seconds = niceUp(Math.max(byTrip, byTimeouts))
  if (p99 === undefined && byTimeouts === 0) return undefined
  return {
    seconds: Math.max(1, seconds),
    why: [
      ...(p99 === undefined
        ? []
        : [
            `${rtts.length} pings were answered after ${durationText(percentileOf(rtts, 0.5) ?? 0)} by the median, 99 % within ${durationText(p99)}. MQTT.js pings after one keepalive and gives up half a keepalive later: half of that for the slowest makes at least ${Math.max(1, byTrip)} s.`,
          ]),
      ...(byTimeouts === 0
        ? []
        : [
            `${early.length} connections were given up by a keepalive of less than ${leastSafeSeconds} s: half of it is less than a ping needs that is lost and sent again, so living connections are taken for dead.`,
          ]),
    ],
  }
}

/** Connections that died before any ping was answered: the path forgot them without a word. */
function hiddenLimit(sessions: readonly Session[]): string | undefined {
  const timeouts = sessions.filter(({ cause }) => cause === 'keepalive_timeout')
  const never = timeouts.filter(({ ageMs, keepaliveSeconds = 0, claim }) => {
    const { rttMs, publishesReceived = 0 } = claim.end?.evidence ?? {}
    const mostMs = keepaliveSeconds * secondMs * 1.8
    return ageMs !== undefined && ageMs > 0 && ageMs <= mostMs && rttMs === undefined && publishesReceived === 0
  })
  if (never.length < enough || never.length * 2 < timeouts.length) return undefined
  const keepaliveMs = (medianOf(never.flatMap(({ keepaliveSeconds }) => keepaliveSeconds ?? [])) ?? 0) * secondMs
  return `${never.length} of ${timeouts.length} connections that timed out did so before a first ping was answered. That is how a path looks that forgets idle connections without a word, somewhere below the keepalive of ${durationText(keepaliveMs)}; the limit itself cannot be seen. ${belowUsualLimitsSeconds} s is below two thirds of the idle limits often met (50 s and up): try it, and look again.`
}

function inUseSentences(
  values: readonly { readonly value: number; readonly clients: number }[],
  unfit: readonly { readonly value: number; readonly clients: number }[],
  facts: Facts,
): string[] {
  const [most] = values
  if (most === undefined) return ['The keepalive in use is not recorded.']
  const shown = values.slice(0, 4).map(({ value, clients }) => `${value} s (${countText(clients, 'client')})`)
  const zero = unfit.find(({ value }) => value === 0)
  const overruled = [...facts.clients.values()].some(({ sessions }) =>
    sessions.some(({ begin, claim }) => {
      const effective = claim.begin?.keepaliveSeconds
      return effective !== undefined && begin?.keepaliveSeconds !== undefined && effective !== begin.keepaliveSeconds
    }),
  )
  return [
    values.length === 1 ? `The keepalive is ${most.value} s.` : `Keepalives in use: ${shown.join(', ')}.`,
    ...(overruled
      ? [
          'The broker answers with a keepalive of its own (Server Keep Alive), which is the one that counts: change it there.',
        ]
      : []),
    ...(zero === undefined
      ? []
      : [
          'With keepalive 0 no ping is ever sent, and neither side notices a dead peer before it wants to send something.',
        ]),
  ]
}

/** How long clients believed in connections that their broker had closed. */
function halfOpenSentences(sessions: readonly Session[]): string[] {
  const late = sessions.flatMap(({ noticedLaterMs = 0 }) => (noticedLaterMs > 10 * secondMs ? noticedLaterMs : []))
  if (late.length < enough) return []
  return [
    `${late.length} times a client noticed ${durationText(medianOf(late) ?? 0)} later than its broker, by the median, that the connection was gone. A shorter keepalive makes that shorter.`,
  ]
}

function keepSentences(sessions: readonly Session[], now: number, isLimited: boolean): string[] {
  const timeouts = sessions.filter(({ cause }) => cause === 'keepalive_timeout').length
  return [
    ...(isLimited ? [] : ['No idle limit shows in the ends of these connections.']),
    ...(timeouts < enough
      ? []
      : [
          `${timeouts} connections timed out, but not by the keepalive: their peer was silent for at least ${durationText((now * secondMs) / 2)} after a ping. A longer keepalive would notice the same later.`,
        ]),
  ]
}

function missingOf(sessions: readonly Session[]): string[] {
  const ends = sessions.filter(({ claim }) => claim.end !== undefined)
  const rtts = ends.filter(({ claim }) => claim.end?.evidence?.rttMs !== undefined).length
  return [
    ...(rtts >= enough
      ? []
      : ['Round trips of pings: observe(client) in the application, with publish on, tells them (docs/observe.md).']),
    ...(sessions.some(({ ageMs }) => ageMs !== undefined)
      ? []
      : ['Begins and ends of at least three connections, with the keepalive.']),
  ]
}
