/** Credentials that were accepted are not after a fixed time: a token that the client goes on using. */
import { medianOf } from '../statistics.ts'
import { independentOf, peakOf } from '../evidence/age-peak.ts'
import type { Explanation } from '../explanation.ts'
import type { Facts } from '../facts.ts'
import { minuteMs, secondMs } from '../time.ts'
import { minutesAsked, endsBy, shareAsked } from '../evidence/counted.ts'
import { type Denied, deniedOf, standsAt } from '../evidence/credentials.ts'
import { isTokenLife } from '../evidence/known-ages.ts'
import { betweenText, countText, durationText, namesText } from '../evidence/words.ts'

/** Credentials of so many that failed in one moment were changed for all, or the broker was. */
const leastAtOnce = 3
/** What is refused sooner was never accepted properly. */
const leastAgeMs = 30 * secondMs
const leastRefused = 2
/** Once it took a usual life of a token: by chance as well, or they were withdrawn. */
const fitOfOne = 0.6

export const expiredCredentials: Explanation = {
  name: 'expired_credentials',
  title: 'Credentials expire and are used on',
  basis: 'settled',
  source: 'https://github.com/eclipse/paho.mqtt.c/issues/808',
  needs: 'the first connect with the credentials and the first refusal, several times or of several clients',
  over: ['bad_credentials'],
  recognise: (facts) => {
    if (facts.asked.events.length === 0) return fromMinutes(facts)
    const epochs = deniedOf(facts).flatMap(epochsOf)
    const told = facts.bad.filter(({ cause }) => cause === 'lifetime_expired')
    const toldAges = told.flatMap(({ ageMs }) => ageMs ?? [])
    const ages = [...epochs.map(({ ageMs }) => ageMs), ...toldAges]
    const moments = independentOf([
      ...epochs.map(({ ageMs: ms, endedMs }) => ({ ms, endedMs })),
      ...told.flatMap(({ ageMs: ms, endedMs }) => (ms === undefined || endedMs === undefined ? [] : [{ ms, endedMs }])),
    ])
    const peak = peakOf(moments)
    const isAtOnce = peak === undefined && epochs.length >= leastAtOnce * moments.length
    const lifeMs = peak?.atMs ?? medianOf(ages)
    if (lifeMs === undefined) return undefined
    const isKnown = isTokenLife(lifeMs)
    const gathered =
      peak === undefined ? epochs : epochs.filter(({ ageMs }) => ageMs >= peak.fromMs && ageMs <= peak.toMs)
    const byAge = peak !== undefined ? (isKnown ? 1 : 0.85) : isKnown ? (moments.length > 1 ? 0.8 : fitOfOne) : 0.5
    const fit = told.length > 0 ? 1 : isAtOnce ? 0.35 : byAge
    const refused = gathered.reduce((sum, epoch) => sum + epoch.refused, 0)
    const closed = gathered.filter(({ isClosed }) => isClosed).length
    const earlyMs = Math.floor((0.9 * lifeMs) / secondMs) * secondMs
    return {
      fit,
      explains: refused + closed + told.length,
      clients: [...new Set([...gathered.map(({ name }) => name), ...told.map(({ clientId }) => clientId)])],
      evidence: [
        ...(told.length > 0
          ? [
              `${countText(told.length, 'session')} ended because the permitted time was over${toldAges.length > 0 ? `, ${betweenText(Math.min(...toldAges), Math.max(...toldAges))} old` : ''}.`,
            ]
          : []),
        ...(gathered.length > 0
          ? [
              peak === undefined
                ? `${namesText(gathered.map(({ name }) => name))} connected, and was refused ${durationText(lifeMs)} later.`
                : `From the first connect to the first refusal it took ${betweenText(peak.fromMs, peak.toMs)}, ${gathered.length} of ${epochs.length} times.`,
              `${countText(refused, 'attempt')} with the old credentials followed.`,
            ]
          : []),
        ...(isAtOnce
          ? [
              `${epochs.length} failed in ${moments.length === 1 ? 'one moment' : `${moments.length} moments`}: as likely they were changed for all.`,
            ]
          : []),
        ...(isKnown
          ? [`${durationText(lifeMs)} is a usual life of a token.`]
          : ['That is no usual life of a token: they may have been changed or revoked.']),
      ],
      remedy: [
        `Fetch new credentials before each reconnect, not once at start (MQTT.js: transformWsUrl, or set client.options.password in the "reconnect" event).`,
        `Renew a connection before it is ${durationText(earlyMs)} old, nine tenths of that life, at a time of your choosing.`,
        'Or give out credentials that live longer than the longest outage.',
      ],
    }
  },
}

interface Epoch {
  readonly name: string
  /** From the first connect to the first refusal. */
  readonly ageMs: number
  /** The first refusal, or the end just before it that the broker made. */
  readonly endedMs: number
  readonly refused: number
  /** The broker ended the last session itself, just before. */
  readonly isClosed: boolean
}

/** Times in which credentials worked and then did not. */
function epochsOf(denied: Denied): Epoch[] {
  const begins = denied.sessions.flatMap(({ beganMs }) => beganMs ?? []).toSorted((a, b) => a - b)
  const refusals = denied.attempts.map(({ atMs }) => atMs).filter((atMs) => !standsAt(denied, atMs))
  const epochs: Epoch[] = []
  let next = 0
  while (next < begins.length) {
    const fromMs = begins[next] ?? 0
    const firstRefusal = refusals.find((atMs) => atMs > fromMs)
    if (firstRefusal === undefined) break
    next = begins.findIndex((atMs) => atMs > firstRefusal)
    const untilMs = next < 0 ? Infinity : (begins[next] ?? Infinity)
    const refused = refusals.filter((atMs) => atMs >= firstRefusal && atMs < untilMs).length
    const closed = denied.sessions.find(
      ({ endedMs = 0, cause }) => cause !== 'client_requested' && Math.abs(firstRefusal - endedMs) < minuteMs,
    )
    const isClosed = closed !== undefined
    const endedMs = closed?.endedMs ?? firstRefusal
    const ageMs = firstRefusal - fromMs
    if (ageMs >= leastAgeMs && refused >= leastRefused) {
      epochs.push({ name: denied.name, ageMs, endedMs, refused, isClosed })
    }
    if (next < 0) break
  }
  return epochs
}

/** The broker's own word; refusals after it cannot be told from others. */
function fromMinutes(facts: Facts) {
  const minutes = minutesAsked(facts)
  const ended = endsBy(minutes, ['lifetime_expired'])
  if (ended < 2) return undefined
  return {
    fit: 0.9 * shareAsked(facts, minutes),
    explains: ended,
    evidence: [`${ended} sessions ended because the permitted time was over.`],
    remedy: [
      'Fetch new credentials before each reconnect, not once at start.',
      'Renew connections before that time is over, at random times, so that not all come back at once.',
    ],
  }
}
