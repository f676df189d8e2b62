/** connectTimeout: longer than a connect takes, and no longer than waiting is worth. */
import { durationText } from '../evidence/words.ts'
import type { Facts } from '../facts.ts'
import { ascending, claimedInUse, enough, observeText, percentileOf, sessionsOf } from './observed.ts'
import type { OptionAdvice } from './option-advice.ts'

/** What MQTT.js takes where none is set. */
const defaultMs = 30_000
/** A lost SYN is sent again after 1, 3 and 7 s: below this one bad second fails an attempt. */
const leastMs = 10_000
/** Who waits longer is better off with a new attempt. */
const mostMs = 120_000
/** So many connects make a percentile worth its name. */
const enoughConnects = 20
/** Of the 99 %, where connects are cut off: those that would have taken longer are not in it. */
const room = 2.5

type Said = Pick<OptionAdvice, 'verdict' | 'why'> & Partial<Pick<OptionAdvice, 'advised' | 'range' | 'missing'>>

/** Connects that succeeded, shortest first, and attempts that were given up. */
interface Waits {
  readonly tookMs: readonly number[]
  readonly p95Ms: number
  readonly p99Ms: number
  readonly longestMs: number
  /** How far those had come that were given up, where told. */
  readonly phases: readonly (string | undefined)[]
}

/** Advises a connectTimeout. */
export function connectTimeoutAdvice(facts: Facts): OptionAdvice {
  const tookMs = ascending(sessionsOf(facts).flatMap(({ claim }) => claim.begin?.evidence?.connectMs ?? []))
  // Who never connected is at the wrong place: that is no matter of waiting.
  const able = [...facts.clients.values()].filter(({ sessions }) => sessions.length > 0)
  const failed = (tookMs.length === 0 ? facts : { attempts: able.flatMap(({ attempts }) => attempts) }).attempts.filter(
    ({ claim }) => claim?.evidence?.clientCause === 'connack_timeout',
  )
  const now = claimedInUse(facts, 'connectTimeoutMs')[0]?.value
  const waits = {
    tookMs,
    p95Ms: percentileOf(tookMs, 0.95) ?? 0,
    p99Ms: percentileOf(tookMs, 0.99) ?? 0,
    longestMs: tookMs.at(-1) ?? 0,
    phases: failed.map(({ claim }) => claim?.evidence?.phase),
  }
  const said = tookMs.length < enoughConnects ? tooFew(waits) : adviceOf(waits, now)
  return {
    option: 'connectTimeout',
    unit: 'ms',
    ...(now === undefined ? {} : { inUse: now }),
    tradeOff: tradeOffOf(now, said.advised),
    ...said,
  }
}

function tooFew({ tookMs, phases }: Waits): Said {
  return {
    verdict: 'unknown',
    why: [
      `How long a connect took is recorded of ${tookMs.length} only.`,
      ...(phases.length < enough ? [] : [failedText(phases)]),
      ...(phases.length >= enough && tookMs.length === 0
        ? ['No connect succeeded: whether the endpoint is right comes before how long to wait for it.']
        : []),
    ],
    missing: [`How long at least ${enoughConnects} connects take: ${observeText}`],
  }
}

function adviceOf({ tookMs, p95Ms, p99Ms, longestMs, phases }: Waits, now: number | undefined): Said {
  const timeoutMs = now ?? defaultMs
  const timeoutText = durationText(timeoutMs)
  const range = { from: niceUpMs(longestMs) }
  const why = [
    `${tookMs.length} connects took ${durationText(percentileOf(tookMs, 0.5) ?? 0)} by the median, 95 % at most ${durationText(p95Ms)}, 99 % at most ${durationText(p99Ms)}, the longest ${durationText(longestMs)}.`,
    now === undefined
      ? `The value in use is not recorded; it is ${durationText(defaultMs)} unless one was set.`
      : `An attempt is given up after ${timeoutText}.`,
    failedText(phases),
  ]
  const isCutOff = phases.length >= enough && p95Ms >= timeoutMs / 2
  if (isCutOff) {
    const advised = Math.min(mostMs, niceUpMs(Math.max(leastMs, room * p99Ms)))
    if (advised <= timeoutMs) {
      const overloaded = 'A longer wait does not cure this: what answers so late is overloaded, or far too far away.'
      return { verdict: 'keep', range, why: [...why, overloaded] }
    }
    const near =
      'Connects that succeeded took nearly as long as is waited: of those given up some would have succeeded, and each is work that the broker did in vain.'
    return { verdict: 'change', advised, range, why: [...why, `${near} ${room} times the 99 % leaves room.`] }
  }
  if (phases.length < enough) return { verdict: 'keep', range, why }
  const folklore = `Raising it would not help: who was answered was answered within ${durationText(longestMs)}, the others got nothing in ${timeoutText}.`
  const advised = niceUpMs(Math.max(leastMs, 10 * p99Ms, 2 * longestMs))
  if (now === undefined || now <= 2 * advised) return { verdict: 'keep', range, why: [...why, folklore] }
  const sooner = `${durationText(advised)} is at least ten times the 99 % and outlasts three lost SYNs; each vain attempt ends ${durationText(timeoutMs - advised)} sooner.`
  return { verdict: 'change', advised, range, why: [...why, folklore, sooner] }
}

const phaseWords: Readonly<Record<string, string>> = {
  tcp: 'waiting for TCP',
  tls: 'in the TLS handshake',
  ws: 'in the WebSocket handshake',
  mqtt: 'waiting for CONNACK',
}

function failedText(phases: readonly (string | undefined)[]): string {
  if (phases.length === 0) return 'No attempt was given up for want of an answer.'
  const counts = [...Map.groupBy(phases, (phase = '') => phaseWords[phase] ?? 'somewhere')]
  const where = counts.map(([words, all]) => `${all.length} ${words}`).join(', ')
  return `${phases.length} attempts were given up for want of an answer: ${where}.`
}

function tradeOffOf(now = defaultMs, advised = now): string[] {
  const change = advised === now ? '' : `, not ${durationText(now)},`
  return [
    `With ${durationText(advised)} an attempt at a host that does not answer costs ${durationText(advised)}${change} before the next is made.`,
    'Shorter: a dead host is left sooner, but a slow broker is asked again while it still works on the last attempt. Longer: the reverse.',
  ]
}

/** Up to a whole second, from ten on to five. */
function niceUpMs(ms: number): number {
  const step = ms > 10_000 ? 5000 : 1000
  return Math.max(1, Math.ceil(ms / step)) * step
}
