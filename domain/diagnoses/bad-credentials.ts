/** A client is refused from the start: user name, password, certificate or address are not accepted. */
import { medianOf } from '../statistics.ts'
import type { Explanation } from '../explanation.ts'
import type { Facts } from '../facts.ts'
import { addressOf } from '../peer.ts'
import { deniedCodes, foremostOf, minutesAsked, refusedWith, shareAsked } from '../evidence/counted.ts'
import { type Denied, deniedOf, standsAt } from '../evidence/credentials.ts'
import { countText, durationText, namesText } from '../evidence/words.ts'

const leastAttempts = 3
/** Which code it was, in words. */
const codeWords: Readonly<Record<string, string>> = {
  2: 'client id not accepted',
  4: 'bad user name or password',
  5: 'not authorized',
  133: 'client id not accepted',
  134: 'bad user name or password',
  135: 'not authorized',
  138: 'banned',
  140: 'bad authentication method',
}

export const badCredentials: Explanation = {
  name: 'bad_credentials',
  title: 'The broker does not accept the credentials',
  basis: 'inferred',
  source: 'https://github.com/mqttjs/MQTT.js#readme',
  needs: 'refused attempts with their code, and that the client never connected before',
  recognise: (facts) => (facts.asked.events.length === 0 ? fromMinutes(facts) : fromEvents(facts)),
}

const remedy = [
  'Check user name and password, or the certificate, and that this client id may connect from there.',
  'Stop retrying after a refusal: MQTT.js does by default (reconnectOnConnackError: false); a loop only hides it.',
]

function fromEvents(facts: Facts) {
  const found = deniedOf(facts).filter((denied) => denied.attempts.length >= leastAttempts && isFromTheStart(denied))
  const [worst] = found.toSorted((a, b) => b.attempts.length - a.attempts.length)
  if (worst === undefined) return undefined
  const times = worst.attempts.map(({ atMs }) => atMs)
  const every = medianOf(times.slice(1).map((atMs, index) => atMs - (times[index] ?? atMs)))
  const code = worst.attempts.flatMap(({ told, claim }) => told?.reasonCode ?? claim?.reasonCode ?? [])[0]
  const spanMs = (times.at(-1) ?? 0) - (times[0] ?? 0)
  const isRival = worst.sessions.length > 0
  return {
    fit: worst.clientId === undefined || isRival ? 0.85 : 1,
    explains: found.reduce((sum, { attempts }) => sum + attempts.length, 0),
    clients: found.flatMap(({ clientId }) => clientId ?? []),
    evidence: [
      `${namesText([worst.name])} was refused ${worst.attempts.length} times within ${durationText(spanMs)}${code === undefined ? '' : ` with code ${code} (${codeWords[code] ?? 'refused'})`}.`,
      ...(every === undefined ? [] : [`It tries again every ${durationText(every)}.`]),
      isRival
        ? `A connection with its id stood meanwhile: from ${namesText(addressesOf(worst))}, which never connected.`
        : 'It never connected in this time.',
      ...(found.length > 1 ? [`${countText(found.length, 'client')} are refused so.`] : []),
    ],
    remedy,
  }
}

/** It never connected; or it is another one with the id of a client that is connected. */
function isFromTheStart(denied: Denied): boolean {
  if (denied.sessions.length === 0) return true
  const own = new Set(addressesOf(denied))
  const isStrange = own.size > 0 && denied.sessions.every(({ peer }) => peer === undefined || !own.has(addressOf(peer)))
  return isStrange && denied.attempts.filter(({ atMs }) => standsAt(denied, atMs)).length > denied.attempts.length / 2
}

function addressesOf({ attempts }: Denied): string[] {
  return [...new Set(attempts.flatMap(({ told }) => (told?.peer === undefined ? [] : [addressOf(told.peer)])))]
}

/** Minutes do not tell whether it ever connected: what expired looks the same. */
function fromMinutes(facts: Facts) {
  const minutes = minutesAsked(facts)
  const denied = refusedWith(minutes, deniedCodes)
  if (denied < leastAttempts) return undefined
  const byCode = new Map<string, number>()
  for (const { refusedByCode = {} } of minutes) {
    for (const [code, count] of Object.entries(refusedByCode))
      if (deniedCodes.has(code)) byCode.set(code, (byCode.get(code) ?? 0) + count)
  }
  const named = foremostOf(minutes.filter((minute) => refusedWith([minute], deniedCodes) > 0))
  return {
    fit: 0.7 * shareAsked(facts, minutes),
    explains: denied,
    clients: named.slice(0, 3).map(({ clientId }) => clientId),
    evidence: [
      `${denied} attempts were refused: ${[...byCode].map(([code, count]) => `${count} with code ${code} (${codeWords[code] ?? 'not authorized'})`).join(', ')}.`,
      ...(named.length > 0 ? [`Foremost in these minutes: ${namesText(named.map(({ clientId }) => clientId))}.`] : []),
    ],
    remedy: [...remedy, 'If it worked before: see whether a password was changed, or a token or certificate expired.'],
  }
}
