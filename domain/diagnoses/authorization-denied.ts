/** A client connects, asks for what it may not, and is thrown out; again and again. */
import { medianOf } from '../statistics.ts'
import { peakOf } from '../evidence/age-peak.ts'
import type { Explanation } from '../explanation.ts'
import type { ClientFacts, Facts } from '../facts.ts'
import { addressOf } from '../peer.ts'
import { secondMs } from '../time.ts'
import { endedByItself, type Session } from '../evidence/two-views.ts'
import { keepsBeat } from '../evidence/beat.ts'
import { isDenied } from '../evidence/credentials.ts'
import { endsBy, foremostOf, minutesAsked, shareAsked } from '../evidence/counted.ts'
import { betweenText, durationText, namesText } from '../evidence/words.ts'

const leastSessions = 4
/** From the connect to the end: one packet there and back, and what the broker asks meanwhile. */
const tinyMs = 2 * secondMs
const mostlyTiny = 0.7
/** A second client with the same id would connect just when the other is thrown out. */
const leastPauseMs = 150
/** Whoever says more than that knows better. */
const silentCauses = new Set(['network_eof', 'network_reset', 'unknown', 'server_error'])

export const authorizationDenied: Explanation = {
  name: 'authorization_denied',
  title: 'The client does what it may not and is thrown out',
  basis: 'settled',
  source: 'https://github.com/aws/aws-iot-device-sdk-python-v2/issues/229',
  needs: 'begins and ends of its sessions with addresses; the last topic (observe) names what was denied',
  recognise: (facts) => (facts.asked.events.length === 0 ? fromMinutes(facts) : fromEvents(facts)),
}

const remedy = (topic: string | undefined) => [
  topic === undefined
    ? 'Find what it publishes or subscribes first after connecting, and allow that in the policy or access list of the broker.'
    : `Allow ${namesText([topic])} for this client in the policy or access list of the broker, or correct the topic.`,
  'A message with QoS 1 that is denied is sent again after each reconnect: empty the outgoing store of the client.',
]

function fromEvents({ clients }: Facts) {
  const found = [...clients.values()].flatMap((client) => saidOf(client) ?? silentlyOf(client) ?? [])
  const [worst] = found.toSorted((a, b) => b.fit - a.fit || b.count - a.count)
  if (worst === undefined) return undefined
  const { client, count, of, said, ages, topic, sent } = worst
  const isQuick = ages.every((ageMs) => ageMs <= tinyMs)
  return {
    fit: worst.fit,
    explains: found.reduce((sum, each) => sum + each.count, 0),
    clients: found.map((each) => each.client.clientId),
    evidence: [
      `${count} of ${of} sessions of ${namesText([client.clientId])} ended ${isQuick ? `${durationText(medianOf(ages) ?? 0)} after the connect, by the median; all from one address` : agesText(ages)}.`,
      said > 0 ? `${said} of them with the reason "not authorized".` : 'The broker gave no reason.',
      ...(topic === undefined ? [] : [`Last it sent ${sent ?? 'a packet'} for ${namesText([topic])}.`]),
    ],
    remedy: remedy(topic),
  }
}

const agesText = (ages: readonly number[]) =>
  ages.length === 0
    ? 'because of what it did'
    : `because of what it did, ${betweenText(Math.min(...ages), Math.max(...ages))} old`

/** The broker names the reason most times: then it may be at any age, but for one alike, which is a token's. */
function saidOf(client: ClientFacts) {
  const ended = client.sessions.filter(({ cause }) => cause !== undefined)
  const said = ended.filter(({ cause }) => cause === 'not_authorized')
  if (said.length < leastSessions || said.length <= ended.length / 2) return undefined
  const ages = said.flatMap(({ ageMs }) => ageMs ?? [])
  const isQuick = ages.every((ageMs) => ageMs <= tinyMs)
  if (isQuick) return undefined
  // Who is not let in again has lost its permission to be there at all.
  if (peakOf(ages) !== undefined || client.attempts.filter(isDenied).length >= said.length) return undefined
  return { client, count: said.length, of: ended.length, said: said.length, ages, ...lastOf(said), fit: 0.9 }
}

/** Thrown out right after the connect, with the reason or without a word. */
function silentlyOf(client: ClientFacts) {
  const { sessions } = client
  const all = sessions.filter(({ cause }) => cause !== undefined)
  const tiny = all.filter(
    (session) =>
      session.ageMs !== undefined &&
      session.ageMs <= tinyMs &&
      (session.cause === 'not_authorized' || (silentCauses.has(session.cause ?? 'unknown') && !endedByItself(session))),
  )
  const said = tiny.filter(({ cause }) => cause === 'not_authorized').length
  if (tiny.length < leastSessions || tiny.length < mostlyTiny * all.length) return undefined
  const addresses = new Set(all.flatMap(({ peer }) => (peer === undefined ? [] : [addressOf(peer)])))
  const processes = new Set(all.flatMap(({ claim }) => claim.end?.evidence?.process ?? []))
  if (addresses.size > 1 || processes.size > 1) return undefined
  const pauses = sessions.flatMap(({ beganMs }, index) => {
    const endedMs = sessions[index - 1]?.endedMs
    return beganMs === undefined || endedMs === undefined ? [] : [beganMs - endedMs]
  })
  if ((medianOf(pauses) ?? leastPauseMs) < leastPauseMs) return undefined
  const { isSame, ...last } = lastOf(tiny)
  // Whoever comes by the clock comes for what it wants, and may simply hang up.
  const silentFit = keepsBeat(sessions.flatMap(({ beganMs }) => beganMs ?? [])) ? 0.3 : 0.55
  const fit = said >= 0.5 * tiny.length ? 1 : isSame ? 0.9 : silentFit
  const ages = tiny.flatMap(({ ageMs }) => ageMs ?? [])
  return { client, count: tiny.length, of: all.length, said, ages, ...last, fit }
}

/** What the client sent last before these ends, and whether it was mostly the same. */
function lastOf(ends: readonly Session[]) {
  const lasts = ends
    .flatMap(({ claim }) => claim.end?.evidence ?? [])
    .filter(({ lastTopic }) => lastTopic !== undefined)
  const last = lasts.at(-1)
  const isSame =
    lasts.length >= 2 && lasts.filter(({ lastTopic }) => lastTopic === last?.lastTopic).length > lasts.length / 2
  return { topic: last?.lastTopic, sent: last?.lastSent, isSame }
}

function fromMinutes(facts: Facts) {
  const minutes = minutesAsked(facts)
  const ended = endsBy(minutes, ['not_authorized'])
  if (ended < leastSessions) return undefined
  const named = foremostOf(minutes.filter((minute) => endsBy([minute], ['not_authorized']) > 0))
  return {
    fit: 0.75 * shareAsked(facts, minutes),
    explains: ended,
    clients: named.slice(0, 3).map(({ clientId }) => clientId),
    evidence: [
      `${ended} sessions ended with the reason "not authorized".`,
      ...(named.length > 0 ? [`Foremost in these minutes: ${namesText(named.map(({ clientId }) => clientId))}.`] : []),
    ],
    remedy: remedy(undefined),
  }
}
