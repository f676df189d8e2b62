/** reconnectPeriod: spread over as long as the broker needs for all who come back, and longer after each failure. */
import { durationText } from '../diagnoses/words.ts'
import type { Facts } from '../facts.ts'
import { minuteMs, secondMs } from '../time.ts'
import { inUse } from './observed.ts'
import type { OptionAdvice } from './option-advice.ts'
import { type Storm, stormOf } from './storm.ts'

/** What MQTT.js takes where none is set. */
const defaultMs = 1000
/** A client that fails goes on at most this often. */
const capMs = minuteMs
/** Attempts in a row, without one that succeeded, that are so dense are hammering. */
const hammerMs = 5 * minuteMs
const hammerPerMinute = 10

/** Advises how to wait before connecting again. */
export function reconnectPeriodAdvice(facts: Facts): OptionAdvice {
  const claims = [...facts.clients.values()].map(({ events }) =>
    events.findLast(({ view, evidence }) => view === 'client' && evidence?.reconnectPeriodMs !== undefined),
  )
  const values = inUse(claims.map((claim) => claim?.evidence?.reconnectPeriodMs))
  const now = values[0]?.value
  const storm = stormOf(facts)
  const run = longestRun(facts)
  const say = (rest: Pick<OptionAdvice, 'verdict' | 'why'> & Partial<OptionAdvice>): OptionAdvice => ({
    option: 'reconnectPeriod',
    unit: 'ms',
    ...(now === undefined ? {} : { inUse: now }),
    tradeOff: tradeOffOf(rest.advised ?? now ?? defaultMs),
    ...rest,
  })
  const why = [
    ...inUseSentences(values),
    ...(storm === undefined ? [] : stormSentences(storm)),
    ...(run === undefined
      ? []
      : [
          `One client made ${run.attempts} vain attempts within ${durationText(run.spanMs)}, one each ${durationText(run.spanMs / run.attempts)}.`,
        ]),
  ]
  const isStorm = storm !== undefined && storm.failed >= Math.max(3, 0.05 * storm.clients)
  if (isStorm && storm.perSecond > 0) {
    const spreadMs = Math.ceil(storm.clients / storm.perSecond) * secondMs
    const advised = Math.max(now ?? defaultMs, spreadMs)
    return say({
      verdict: 'change',
      advised,
      range: { from: advised },
      why: [
        ...why,
        `${storm.clients} clients at ${rateText(storm.perSecond)} take ${durationText(spreadMs)}: let each wait a random time up to that.`,
      ],
      code: backoffCode(advised),
    })
  }
  if (isStorm) {
    return say({
      verdict: 'unknown',
      why,
      missing: ['Connects that succeeded: without any, the rate that the broker manages cannot be told.'],
    })
  }
  if (run !== undefined) {
    const advised = Math.max(now ?? 0, defaultMs)
    return say({
      verdict: 'change',
      advised,
      why: [...why, 'Waiting longer after each failure costs nothing while nobody answers.'],
      code: backoffCode(advised),
    })
  }
  if (now === undefined && storm === undefined) {
    return say({
      verdict: 'unknown',
      why,
      missing: [
        'The value in use, and attempts that failed: observe(client) in the application, with publish on, tells them (docs/observe.md).',
      ],
    })
  }
  return say({ verdict: 'keep', why: [...why, 'Nothing recorded here speaks against it.'] })
}

function inUseSentences(values: readonly { readonly value: number; readonly clients: number }[]): string[] {
  const [most] = values
  if (most === undefined) {
    return [`The value in use is not recorded; it is ${durationText(defaultMs)} unless one was set.`]
  }
  if (most.value === 0) return ['With reconnectPeriod 0 MQTT.js never connects again by itself.']
  return [
    values.length > 2
      ? `Clients use ${values.length} different values, most of them ${durationText(most.value)}.`
      : `Clients wait ${durationText(most.value)} after each close, always the same, without backoff and without jitter.`,
  ]
}

function stormSentences({ clients, broker, withinMs, perSecond, failed, isLeast }: Storm): string[] {
  return [
    `${isLeast ? 'At least ' : ''}${clients} clients lost their connection to ${broker} within ${durationText(withinMs)}.`,
    ...(perSecond > 0 ? [`It managed ${rateText(perSecond)} at best in this time.`] : []),
    failed === 0
      ? 'None of those who came back was turned away: it can bear it.'
      : `${failed} attempts failed meanwhile.`,
  ]
}

const rateText = (perSecond: number): string =>
  perSecond >= 1
    ? `${Math.round(perSecond * 10) / 10} connects a second`
    : `${Math.round(perSecond * 600) / 10} connects a minute`

/** The longest dense run of one client's attempts without success. */
function longestRun({ clients }: Facts): { readonly attempts: number; readonly spanMs: number } | undefined {
  let worst: { attempts: number; spanMs: number } | undefined
  for (const { attempts, sessions } of clients.values()) {
    const begins = sessions.flatMap(({ beganMs }) => beganMs ?? []).toSorted((a, b) => a - b)
    let next = 0
    let first = 0
    for (let last = 0; last < attempts.length; last += 1) {
      const atMs = attempts[last]?.atMs ?? 0
      while (next < begins.length && (begins[next] ?? 0) <= atMs) {
        if (last > 0 && (begins[next] ?? 0) > (attempts[last - 1]?.atMs ?? 0)) first = last
        next += 1
      }
      const spanMs = atMs - (attempts[first]?.atMs ?? 0)
      const count = last - first + 1
      const isDense = spanMs >= hammerMs && (count * minuteMs) / spanMs > hammerPerMinute
      if (isDense && count > (worst?.attempts ?? 0)) worst = { attempts: count, spanMs }
    }
  }
  return worst
}

/** Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ as MQTT.js lets one do it. */
function backoffCode(baseMs: number): string {
  const most = Math.max(capMs, baseMs)
  return (
    `let failures = 0; const wait = () => 1 + Math.random() * Math.min(${most}, ${baseMs} * 2 ** failures); ` +
    'client.options.reconnectPeriod = wait(); ' +
    "client.on('connect', () => { failures = 0; client.options.reconnectPeriod = wait() }); " +
    "client.on('reconnect', () => { failures += 1; client.options.reconnectPeriod = wait() })"
  )
}

function tradeOffOf(ms: number): string[] {
  return [
    `With a fixed ${durationText(ms)} all who lost their connection together come back together; with a random wait up to it a client is away ${durationText(ms / 2)} longer on average, and the broker sees them one after the other.`,
    'Shorter: back sooner, more load on a broker that is down or coming up. Longer: the reverse.',
  ]
}
