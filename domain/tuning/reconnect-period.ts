/** reconnectPeriod: spread over as long as the broker needs for all who come back, and longer after each failure. */
import { durationText } from '../evidence/words.ts'
import type { Facts } from '../facts.ts'
import { minuteMs, secondMs } from '../time.ts'
import { claimedInUse, enough, type InUse, observeText } from './observed.ts'
import type { OptionAdvice } from './option-advice.ts'
import { type Storm, stormOf } from './storm.ts'

/** What MQTT.js takes where none is set. */
const defaultMs = 1000
/** Random waits crowd here and there: at half the rate that the broker managed, they seldom pass it. */
const room = 2
/** However often it fails, a client tries again within this. */
const capMs = minuteMs
/** Attempts without one that succeeded, so many a minute for so long, are hammering. */
const hammerMs = 5 * minuteMs
const hammerPerMinute = 10

type Said = Pick<OptionAdvice, 'verdict' | 'why'> &
  Partial<Pick<OptionAdvice, 'advised' | 'range' | 'code' | 'missing'>>

/** Advises how to wait before connecting again. */
export function reconnectPeriodAdvice(facts: Facts): OptionAdvice {
  const values = claimedInUse(facts, 'reconnectPeriodMs')
  const now = values[0]?.value
  const said = adviceOf(facts, values)
  return {
    option: 'reconnectPeriod',
    unit: 'ms',
    ...(now === undefined ? {} : { inUse: now }),
    tradeOff: tradeOffOf(now, said.advised),
    ...said,
  }
}

function adviceOf(facts: Facts, values: readonly InUse[]): Said {
  const now = values[0]?.value
  const storm = stormOf(facts)
  const run = longestRun(facts)
  const runText = run === undefined ? '' : durationText(run.spanMs / (run.attempts - 1))
  const why = [
    ...inUseSentences(values),
    ...(storm === undefined ? [] : stormSentences(storm)),
    ...(run === undefined
      ? []
      : [
          `One client made ${run.attempts} vain attempts within ${durationText(run.spanMs)}, one every ${runText}: waiting longer after each failure costs little while none succeeds.`,
        ]),
  ]
  if (storm !== undefined && storm.failed >= Math.max(enough, 0.05 * storm.clients)) {
    const { clients, perSecond } = storm
    if (perSecond === 0) {
      return {
        verdict: 'unknown',
        why,
        missing: ['Connects that succeeded: without any, what rate the broker manages cannot be told.'],
      }
    }
    const spreadMs = Math.ceil((room * clients) / perSecond) * secondMs
    // A short storm of few needs no more than what is waited anyhow.
    const advised = Math.max(defaultMs, spreadMs)
    return {
      verdict: 'change',
      advised,
      range: { from: advised },
      why: [
        ...why,
        `${clients} clients at half of ${rateText(perSecond)} take ${durationText(advised)}: let each wait a random time up to that, not a fixed one.`,
      ],
      code: backoffCode(advised),
    }
  }
  if (run !== undefined) return { verdict: 'change', why, code: backoffCode(Math.max(defaultMs, now ?? defaultMs)) }
  if (now === undefined && storm === undefined) {
    return { verdict: 'unknown', why, missing: [`The value in use, and which attempts failed: ${observeText}`] }
  }
  return { verdict: 'keep', why: [...why, 'No crowd that came back too fast is recorded, and no hammering.'] }
}

function inUseSentences(values: readonly InUse[]): string[] {
  const [most] = values
  if (most === undefined) {
    return [`The value in use is not recorded; it is ${durationText(defaultMs)} unless one was set.`]
  }
  if (most.value === 0) return ['With reconnectPeriod 0 MQTT.js never connects again by itself.']
  return [
    values.length > 2
      ? `${values.length} different values are in use, most often ${durationText(most.value)}.`
      : `MQTT.js waits ${durationText(most.value)} after each close, without backoff and without jitter.`,
  ]
}

function stormSentences({ clients, broker, withinMs, perSecond, failed, isLeast }: Storm): string[] {
  return [
    `${isLeast ? 'At least ' : ''}${clients} clients lost their connection to ${broker} within ${durationText(withinMs)}.`,
    ...(perSecond > 0 ? [`The broker took back ${rateText(perSecond)}, until they stayed.`] : []),
    failed === 0
      ? 'It turned none away and dropped none again.'
      : `In the five minutes from then it turned away or dropped again ${failed}.`,
  ]
}

const rateText = (perSecond: number): string =>
  perSecond >= 1 ? `${Math.round(perSecond * 10) / 10} a second` : `${Math.round(perSecond * 600) / 10} a minute`

/** The longest row of dense attempts of one client without a connection in between. */
function longestRun({ clients }: Facts): { readonly attempts: number; readonly spanMs: number } | undefined {
  let worst: { attempts: number; spanMs: number } | undefined
  for (const { attempts, sessions } of clients.values()) {
    if (attempts.length < (hammerMs / minuteMs) * hammerPerMinute) continue
    const begins = sessions.flatMap(({ beganMs }) => beganMs ?? [])
    const marks = [
      ...attempts.map(({ atMs }) => ({ atMs, isFailed: true })),
      ...begins.map((atMs) => ({ atMs, isFailed: false })),
    ].toSorted((a, b) => a.atMs - b.atMs)
    let count = 0
    let fromMs = 0
    for (const { atMs, isFailed } of marks) {
      if (!isFailed) count = 0
      else {
        if (count === 0) fromMs = atMs
        count += 1
        const spanMs = atMs - fromMs
        const isDense = spanMs >= hammerMs && count * minuteMs > hammerPerMinute * spanMs
        if (isDense && count > (worst?.attempts ?? 0)) worst = { attempts: count, spanMs }
      }
    }
  }
  return worst
}

/** Backoff with full jitter: MQTT.js reads the option anew at each close. */
function backoffCode(firstMs: number): string {
  return [
    'let failures = 0',
    `const wait = () => { client.options.reconnectPeriod = 1 + Math.random() * Math.min(${Math.max(capMs, firstMs)}, ${firstMs} * 2 ** failures) }`,
    'wait()',
    "client.on('connect', () => { failures = 0; wait() })",
    "client.on('reconnect', () => { failures += 1; wait() })",
  ].join('; ')
}

function tradeOffOf(now = defaultMs, advised = now): string[] {
  return [
    `With a fixed wait of ${durationText(now)} all who lost their connection together come back together.`,
    `With a random one up to ${durationText(advised)} the broker sees them one after the other, and a client is away ${durationText(advised / 2)} longer, on average.`,
    'Shorter: back sooner, more load on a broker that is down or coming up. Longer: the reverse.',
  ]
}
