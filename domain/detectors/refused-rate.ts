/** A broker refuses more connection attempts than usual, or refuses them for a reason that is new there. */
import type { Finding } from '../alert.ts'
import { type BrokerMinute, brokerDetector, rounded } from '../broker-detector.ts'
import { refusalText } from '../connack.ts'
import type { Minute } from '../minute.ts'
import {
  adoptWindow,
  beginHour,
  codesLately,
  expectedOf,
  freshRefusals,
  learn,
  RecentSchema,
  type Refusals,
  refusedLately,
  remember,
  UsualSchema,
  varianceOf,
} from '../refusals.ts'
import { countAtTail, log10UpperTail } from '../statistics.ts'
import { harmless } from '../text.ts'
import type { RefusedRateSettings } from '../thresholds.ts'

/** A count is told when chance explains it with less than 10 to this. */
const improbable = -8
const experiencedMinutes = 60
/** Codes take each other's place: each scatters at least so much. */
const leastVarianceOfCode = 0.2
/** Of the clients a broker had lately, what still counts a minute later. */
const mostDecay = 0.95
/** As many refused as there are clients, and at least so many, is critical. */
const criticalCount = 100
/** Attempts of one client in a minute that are worth naming it. */
const leastOfOne = 5

/**
 * Holds the refused attempts within the window against a learned rate for each client: all together, and each code by
 * itself, so that a new reason stands out of the usual ones. A count is negative binomial with a learned scatter.
 */
export const refusedRate = brokerDetector({
  kind: 'refused_rate',
  RecentSchema,
  UsualSchema,
  fresh: freshRefusals,
  clearMinutes: (detection) => detection.refusedRate.clearMinutes,
  newNormalHours: (detection) => detection.refusedRate.newNormalHours,
  judge: (refusals, input) => {
    const { recent } = refusals
    const { minute, at, isWhole, detection } = input
    if (Math.floor(at / 60) !== recent.hour) beginHour(refusals, Math.floor(at / 60))
    if (minute.connected !== undefined) recent.most = Math.max(minute.connected, Math.floor(recent.most * mostDecay))
    const isQuiet = minute.refused === 0 && recent.lately.length === 0
    if (!isQuiet) remember(refusals, minute, { at, minutes: detection.refusedRate.windowMinutes })
    const found = isQuiet ? undefined : findingOf(refusals, input)
    if (found === undefined && isWhole) learn(refusals, minute.refused)
    return found
  },
  pass: () => {},
  adopt: (refusals, { minute, detection }) => {
    if (minute.refused > (detection.limits.refusedPerMinute ?? Number.POSITIVE_INFINITY)) return false
    adoptWindow(refusals, detection.refusedRate.windowMinutes, experiencedMinutes)
    return true
  },
})

interface Evidence {
  /** Absent: all codes together. */
  readonly code?: string
  readonly windowMinutes: number
  readonly observed: number
  readonly expected: number
  readonly variance: number
  readonly isLimit?: boolean
}

function findingOf(refusals: Refusals, input: BrokerMinute): Finding | undefined {
  const { minute, at, detection } = input
  const settings = detection.refusedRate
  const limit = detection.limits.refusedPerMinute
  const found =
    limit !== undefined && minute.refused > limit
      ? { windowMinutes: 1, observed: minute.refused, expected: limit, variance: 0, isLimit: true }
      : evidenceOf(refusals, at, settings)
  if (found === undefined) return undefined
  const { most } = refusals.recent
  const { observed, expected, variance, windowMinutes } = found
  const least = Math.max(expected + settings.minimumSurplus, expected * settings.minimumRatio)
  return {
    severity: most > 0 && observed >= Math.max(most, criticalCount) ? 'critical' : 'warning',
    observed,
    expected: rounded(expected),
    upper: found.isLimit === true ? expected : countAtTail(improbable, expected, variance, least),
    windowMinutes,
    score: rounded((observed - expected) / Math.sqrt(expected + variance * expected ** 2 + 1)),
    ...(isCold(refusals) ? { cold: true } : {}),
    summary: summaryOf(found, minute, { codes: codesLately(refusals, at - windowMinutes + 1), clients: most }),
    topCauses: [],
    topClients: minute.topClients.slice(0, 5),
  }
}

/** All codes together before each by itself, the newest minute before the whole window; the largest surplus first. */
function evidenceOf(refusals: Refusals, at: number, settings: RefusedRateSettings): Evidence | undefined {
  const { minimumSurplus, minimumRatio, windowMinutes } = settings
  if (refusedLately(refusals) < minimumSurplus) return undefined
  const variance = varianceOf(refusals)
  const all: Evidence[] = []
  const ofCodes: Evidence[] = []
  for (const minutes of windowMinutes === 1 ? [1] : [1, windowMinutes]) {
    let sum = 0
    for (const [code, observed] of codesLately(refusals, at - minutes + 1)) {
      sum += observed
      const expected = expectedOf(refusals, code) * minutes
      const scatter = Math.max(leastVarianceOfCode, variance)
      ofCodes.push({ code, windowMinutes: minutes, observed, expected, variance: scatter })
    }
    all.push({ windowMinutes: minutes, observed: sum, expected: expectedOf(refusals) * minutes, variance })
  }
  // In the beginning nobody knows which reasons are new.
  if (isCold(refusals)) ofCodes.length = 0
  ofCodes.sort((a, b) => a.windowMinutes - b.windowMinutes || surplusOf(b) - surplusOf(a))
  return [...all, ...ofCodes].find(
    (each) =>
      surplusOf(each) >= minimumSurplus &&
      each.observed >= minimumRatio * each.expected &&
      log10UpperTail(each.observed, each.expected, each.variance) <= improbable,
  )
}

const isCold = ({ recent, usual }: Refusals) => usual.minutes + recent.minutes < experiencedMinutes

const surplusOf = ({ observed, expected }: Evidence) => observed - expected

function summaryOf(
  found: Evidence,
  minute: Minute,
  lately: { readonly codes: ReadonlyMap<string, number>; readonly clients: number },
): string {
  const { observed, expected, windowMinutes, code, isLimit } = found
  const of = lately.clients > 0 ? ` (${lately.clients} clients)` : ''
  const what = code === undefined ? 'refused' : `refused as ${refusalText(code)}`
  const than =
    isLimit === true
      ? `the limit that was set is ${expected}`
      : `about ${rounded(expected)} ${code === undefined ? '' : 'of these '}were to be expected`
  const reasons = [...lately.codes]
    .toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, 3)
    .map(([each, count]) => `${count} × ${refusalText(each)}`)
  const told = code === undefined ? ` Reasons the broker gave: ${reasons.join(', ')}.` : ''
  const one = minute.topClients.find(({ attempts = 0 }) => attempts >= leastOfOne && attempts * 2 >= minute.refused)
  const by =
    one === undefined ? '' : ` In the last minute ${one.attempts} were of one client, ${harmless(one.clientId, 60)}.`
  return `${observed} connection attempts to ${minute.broker}${of} were ${what} within ${windowMinutes === 1 ? 'a minute' : `${windowMinutes} min`}; ${than}.${told}${by}`
}
