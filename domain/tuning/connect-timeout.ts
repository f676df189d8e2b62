/** connectTimeout: longer than a connect takes, and no longer than it is worth to wait. */
import { durationText } from '../diagnoses/words.ts'
import type { Facts } from '../facts.ts'
import { ascending, inUse, percentileOf, sessionsOf } from './observed.ts'
import type { OptionAdvice } from './option-advice.ts'

/** What MQTT.js takes where none is set. */
export const defaultConnectTimeoutMs = 30_000
/** A lost SYN is sent again after 1, 3 and 7 s: below this one bad second fails an attempt. */
const leastMs = 10_000
/** Above it whoever waits is better off with a new attempt. */
const mostMs = 120_000
/** So many connects make a percentile; so many timeouts are no accident. */
const enoughConnects = 20
const enoughTimeouts = 3

/** Advises a connectTimeout. */
export function connectTimeoutAdvice(facts: Facts): OptionAdvice {
  const claims = [...facts.clients.values()].flatMap(({ events }) => events.filter(({ view }) => view === 'client'))
  const took = ascending(
    sessionsOf(facts).flatMap(({ claim }) => (claim.begin ?? claim.end)?.evidence?.connectMs ?? []),
  )
  const failed = facts.attempts.filter(({ claim }) => claim?.evidence?.clientCause === 'connack_timeout')
  const [told] = inUse(claims.map(({ evidence }) => evidence?.connectTimeoutMs))
  const timeoutMs = told?.value ?? defaultConnectTimeoutMs
  const say = (rest: Pick<OptionAdvice, 'verdict' | 'why'> & Partial<OptionAdvice>): OptionAdvice => ({
    option: 'connectTimeout',
    unit: 'ms',
    ...(told === undefined ? {} : { inUse: told.value }),
    tradeOff: tradeOffOf(timeoutMs, rest.advised),
    ...rest,
  })
  const p99 = percentileOf(took, 0.99)
  const p95 = percentileOf(took, 0.95) ?? 0
  if (p99 === undefined || took.length < enoughConnects) {
    return say({
      verdict: 'unknown',
      why: [
        `How long ${took.length} connects took is recorded: too few to judge by; at least ${enoughConnects} are needed.`,
      ],
      missing: [
        'How long connects take: observe(client) in the application, with publish on, tells it (docs/observe.md).',
      ],
    })
  }
  const phases = inUseWords(failed.map(({ claim }) => claim?.evidence?.phase))
  const why = [
    `${took.length} connects took ${durationText(percentileOf(took, 0.5) ?? 0)} by the median, 95 % at most ${durationText(p95)}, 99 % at most ${durationText(p99)}, the longest ${durationText(took.at(-1) ?? 0)}.`,
    told === undefined
      ? `The value in use is not recorded; it is ${durationText(defaultConnectTimeoutMs)} unless one was set.`
      : `An attempt is given up after ${durationText(timeoutMs)}.`,
    failed.length === 0
      ? 'No attempt was given up for want of an answer.'
      : `${failed.length} attempts were given up for want of an answer${phases}.`,
  ]
  // Twice the p99 leaves room for a worse hour than the one recorded.
  const fromMs = niceMs(2 * p99)
  const range = { from: fromMs }
  const isCutOff = failed.length >= enoughTimeouts && p95 >= timeoutMs / 2
  if (isCutOff || timeoutMs < 2 * p99) {
    const advised = Math.min(mostMs, niceMs(Math.max(leastMs, 4 * p99)))
    if (advised <= timeoutMs) {
      return say({
        verdict: 'keep',
        range,
        why: [...why, 'So long a wait is not cured by a longer one: what answers so late is overloaded.'],
      })
    }
    return say({
      verdict: 'change',
      advised,
      range,
      why: [
        ...why,
        isCutOff
          ? 'Connects that succeeded took nearly as long as is waited: some of those given up would have succeeded, and each that is given up is work done in vain for the broker.'
          : 'The slowest connects come near the limit: a little more load, and they fail.',
        `Four times the 99 % is ${durationText(4 * p99)}.`,
      ],
    })
  }
  if (failed.length < enoughTimeouts) return say({ verdict: 'keep', range, why })
  const enoughMs = niceMs(Math.max(leastMs, 10 * p99))
  const folklore = `Raising it would not help: who was answered was answered within ${durationText(took.at(-1) ?? 0)}, who was not got nothing in ${durationText(timeoutMs)}.`
  if (timeoutMs <= 2 * enoughMs) return say({ verdict: 'keep', range, why: [...why, folklore] })
  return say({
    verdict: 'change',
    advised: enoughMs,
    range,
    why: [
      ...why,
      folklore,
      `${durationText(enoughMs)} is ten times the 99 %, and at least the ${durationText(leastMs)} that outlast three lost SYNs: each vain attempt ends ${durationText(timeoutMs - enoughMs)} sooner.`,
    ],
  })
}

function inUseWords(phases: readonly (string | undefined)[]): string {
  const counts = Map.groupBy(
    phases.filter((phase) => phase !== undefined),
    (phase) => phase,
  )
  if (counts.size === 0) return ''
  const after = { tcp: 'waiting for TCP', tls: 'in the TLS handshake', ws: 'in the WebSocket handshake' }
  const words: Readonly<Record<string, string>> = { ...after, mqtt: 'waiting for CONNACK' }
  return ` (${[...counts].map(([phase, all]) => `${all.length} ${words[phase] ?? phase}`).join(', ')})`
}

function tradeOffOf(timeoutMs: number, advisedMs = timeoutMs): string[] {
  const change = advisedMs === timeoutMs ? '' : `, not ${durationText(timeoutMs)}`
  return [
    `With ${durationText(advisedMs)} an attempt at a host that does not answer costs ${durationText(advisedMs)}${change}, before the next is made.`,
    'Shorter: a dead host is left sooner, but a slow broker is asked again while it still works on the last attempt. Longer: the reverse.',
  ]
}

/** Up to a whole second, from ten on to five. */
export function niceMs(ms: number): number {
  const step = ms > 10_000 ? 5000 : 1000
  return Math.ceil(ms / step) * step
}
