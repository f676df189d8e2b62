/** keepalive: below every idle limit of the path, far above a ping's round trip, and never 0. */
import { medianOf } from '../statistics.ts'
import { countText, durationText } from '../evidence/words.ts'
import type { Facts } from '../facts.ts'
import { secondMs } from '../time.ts'
import type { Session } from '../evidence/two-views.ts'
import { type Bound, lowerBound, mostSeconds, safeShare, upperBound } from './keepalive-bounds.ts'
import { costsOf, pingBytes } from './keepalive-costs.ts'
import { enough, type InUse, inUse, observeText, sessionsOf } from './observed.ts'
import type { OptionAdvice } from './option-advice.ts'

/** What MQTT.js takes where none is set; a dead peer is noticed within 90 s. */
const usualSeconds = 60
/** Below two thirds of 50 s, the shortest idle limit that is often met. */
const belowUsualLimitsSeconds = 30

/** What is said beside option, unit, value in use, range and trade-off, which follow. */
type Said = Pick<OptionAdvice, 'verdict' | 'why'> & Partial<Pick<OptionAdvice, 'advised' | 'missing'>>

/** Advises a keepalive: the one in use where it fits, else the nearest that does. */
export function keepaliveAdvice(facts: Facts): OptionAdvice {
  const sessions = sessionsOf(facts)
  const values = inUse([...facts.clients.values()].map(({ sessions: own }) => own.findLast(isKept)?.keepaliveSeconds))
  const upper = upperBound(facts)
  const lower = lowerBound(facts)
  const least = lower?.seconds ?? 1
  const most = upper?.seconds ?? mostSeconds
  const unfit = values.filter(({ value }) => value < least || value > most)
  const now = (unfit[0] ?? values[0])?.value
  const { advised, ...said } = adviceOf({ facts, sessions, values, unfit, now, upper, lower, least, most })
  const isBounded = (upper ?? lower) !== undefined && said.verdict !== 'contradiction'
  return {
    option: 'keepalive',
    unit: 's',
    ...(now === undefined ? {} : { inUse: now }),
    ...(advised === undefined ? {} : { advised }),
    ...(isBounded ? { range: { ...(lower && { from: lower.seconds }), ...(upper && { to: upper.seconds }) } } : {}),
    tradeOff: costsOf(pingBytes(sessions), now, advised),
    ...said,
  }
}

const isKept = ({ keepaliveSeconds }: Session): boolean => keepaliveSeconds !== undefined

function adviceOf({
  facts,
  sessions,
  values,
  unfit,
  now,
  upper,
  lower,
  least,
  most,
}: {
  readonly facts: Facts
  readonly sessions: readonly Session[]
  readonly values: readonly InUse[]
  /** Of the values in use those out of bounds. */
  readonly unfit: readonly InUse[]
  readonly now: number | undefined
  readonly upper: Bound | undefined
  readonly lower: Bound | undefined
  readonly least: number
  readonly most: number
}): Said {
  const within = (seconds: number) => Math.min(most, Math.max(lower?.advised ?? 1, seconds))
  const why = [...inUseSentences(values, facts), ...(upper?.why ?? []), ...(lower?.why ?? [])]
  const missing = missingOf(sessions)
  const lacking = missing.length === 0 ? {} : { missing }
  if (least > most) {
    const raised = Math.ceil(least / safeShare)
    return {
      verdict: 'contradiction',
      why: [
        ...why,
        `No keepalive fits both: pings need ${least} s or more, the path allows ${most} s or less. Raise the idle limit of the path to ${raised} s or more, or look for what makes pings so slow.`,
      ],
    }
  }
  if (now === undefined) {
    if (upper === undefined && lower === undefined) return { verdict: 'unknown', why, missing }
    return { verdict: 'change', advised: within(usualSeconds), why, ...lacking }
  }
  if (unfit.length > 0) {
    return { verdict: 'change', advised: within(now === 0 ? usualSeconds : now), why, ...lacking }
  }
  const late = noticedLate(sessions)
  if (late !== undefined && now > within(usualSeconds)) {
    return { verdict: 'change', advised: within(usualSeconds), why: [...why, late] }
  }
  const hidden = upper === undefined ? forgotten(sessions) : undefined
  if (hidden !== undefined) {
    const trial = within(belowUsualLimitsSeconds)
    if (now > trial) return { verdict: 'change', advised: trial, why: [...why, hidden] }
    return { verdict: 'unknown', why: [...why, hidden], missing: ['Where on the path connections are forgotten.'] }
  }
  return { verdict: 'keep', why: [...why, ...keepSentences(sessions, now, upper)], ...lacking }
}

function inUseSentences(values: readonly InUse[], { clients }: Facts): string[] {
  const [most] = values
  if (most === undefined) return ['The keepalive in use is not recorded.']
  const shown = values.slice(0, 4).map(({ value, count }) => `${value} s (${countText(count, 'client')})`)
  const overruled = [...clients.values()].some(({ sessions }) =>
    sessions.some(({ begin, claim }) => {
      const [asked, effective] = [begin?.keepaliveSeconds, claim.begin?.keepaliveSeconds]
      return asked !== undefined && effective !== undefined && asked !== effective
    }),
  )
  const zero = 'With keepalive 0 no ping is sent, and neither side notices that the other is gone until it has to send.'
  return [
    values.length === 1 ? `The keepalive is ${most.value} s.` : `Keepalives in use: ${shown.join(', ')}.`,
    ...(overruled
      ? ['The broker answers CONNECT with a keepalive of its own, and that one counts: change it at the broker.']
      : []),
    ...(values.some(({ value }) => value === 0) ? [zero] : []),
  ]
}

/** How long clients believed in connections that their broker had closed, where that is longer than need be. */
function noticedLate(sessions: readonly Session[]): string | undefined {
  const late = sessions.flatMap(({ noticedLaterMs = 0, keepaliveSeconds = 0 }) => {
    // Later than its keepalive allows is no matter of the keepalive: the client itself was suspended.
    const isByKeepalive = noticedLaterMs <= 2 * keepaliveSeconds * secondMs
    return noticedLaterMs > 1.5 * usualSeconds * secondMs && isByKeepalive ? noticedLaterMs : []
  })
  if (late.length < enough) return undefined
  return `${late.length} times a client noticed ${durationText(medianOf(late) ?? 0)} later than its broker, by the median, that the connection was gone: what it sent meanwhile went nowhere. With a keepalive of ${usualSeconds} s it is at most ${durationText(1.5 * usualSeconds * secondMs)}.`
}

/** Connections that were dead by their first ping: the path forgets what is idle, and tells nobody. */
function forgotten(sessions: readonly Session[]): string | undefined {
  const tried = sessions.filter(
    ({ claim, ageMs = 0, keepaliveSeconds = 0 }) =>
      claim.end !== undefined && keepaliveSeconds > 0 && ageMs >= keepaliveSeconds * secondMs,
  )
  const dead = tried.filter(({ claim, ageMs = 0, keepaliveSeconds = 0 }) => {
    const { clientCause, rttMs } = claim.end?.evidence ?? {}
    return clientCause === 'keepalive_timeout' && rttMs === undefined && ageMs < 2 * keepaliveSeconds * secondMs
  })
  if (dead.length < enough || dead.length < 0.8 * tried.length) return undefined
  const seconds = medianOf(dead.flatMap(({ keepaliveSeconds = 0 }) => keepaliveSeconds)) ?? 0
  return `${dead.length} of ${tried.length} connections that lived until a ping was due got no answer to the first one. So it looks where the path forgets idle connections and tells nobody: somewhere below ${seconds} s, but the limit itself cannot be seen. ${belowUsualLimitsSeconds} s is below two thirds of the limits that are often met (50 s and more): try it, and look again.`
}

function keepSentences(sessions: readonly Session[], now: number, upper: Bound | undefined): string[] {
  const timeouts = sessions.filter(({ cause }) => cause === 'keepalive_timeout').length
  const silence = durationText((now * secondMs) / 2)
  return [
    ...(upper === undefined ? ['No idle limit shows in the ends of these connections.'] : []),
    ...(timeouts < enough
      ? []
      : [
          `${timeouts} connections timed out, but nothing shows that the keepalive was to blame: for ${silence} no ping was answered. A longer one would notice the same, later.`,
        ]),
  ]
}

function missingOf(sessions: readonly Session[]): string[] {
  const rtts = sessions.filter(({ claim }) => claim.end?.evidence?.rttMs !== undefined).length
  const ages = sessions.filter(({ ageMs }) => ageMs !== undefined).length
  return [
    ...(rtts >= enough ? [] : [`The round trip of at least ${enough} pings: ${observeText}`]),
    ...(ages >= enough ? [] : [`Begin and end of at least ${enough} connections, with the keepalive.`]),
  ]
}
