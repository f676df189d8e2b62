/** MQTT.js 5.5.5 puts off its ping with each message received: who only receives is ended by the broker. */
import { medianOf } from '../statistics.ts'
import type { Explanation } from '../explanation.ts'
import type { ClientFacts } from '../facts.ts'
import { hasDefect } from '../mqttjs-versions.ts'
import type { Session } from '../evidence/two-views.ts'
import { brokerWaits, keepaliveMsOf, libraryOf } from '../evidence/timeouts.ts'
import { betweenText, durationText, namesText } from '../evidence/words.ts'

const leastEnds = 3
const leastShare = 0.7
/** Brokers look for silent clients every few seconds: so much later than 1.5 times the keepalive it may be. */
const laterShare = 0.12
const laterMs = 5000

export const receiveOnlyPingDefect: Explanation = {
  name: 'receive_only_ping_defect',
  title: 'MQTT.js 5.5.5 does not ping while it receives',
  basis: 'settled',
  source: 'https://github.com/mqttjs/MQTT.js/issues/1861',
  needs: 'at least three keepalive timeouts with the begins of their sessions, and the version of MQTT.js',
  over: ['client_stall', 'keepalive_too_short'],
  recognise: ({ clients }) => {
    const found = [...clients.values()].flatMap((client) => patternOf(client) ?? [])
    const [worst] = found.toSorted((a, b) => b.ends.length - a.ends.length)
    if (worst === undefined) return undefined
    const { clientId, ends, version, sentNone } = worst
    const ages = ends.flatMap(({ ageMs }) => ageMs ?? []).toSorted((a, b) => a - b)
    const keepaliveMs = medianOf(ends.flatMap((session) => keepaliveMsOf(session) ?? [])) ?? 0
    const ratio = Math.round(((medianOf(ages) ?? 0) / keepaliveMs) * 100) / 100
    return {
      fit: version === undefined ? 0.55 : 1,
      explains: found.reduce((sum, each) => sum + each.ends.length, 0),
      clients: found.map((each) => each.clientId),
      evidence: [
        `${ends.length} sessions of ${namesText([clientId])} timed out ${betweenText(ages[0] ?? 0, ages.at(-1) ?? 0)} after they began: ${ratio} times the keepalive of ${durationText(keepaliveMs)}. The broker heard nothing after the first second.`,
        ...(sentNone ? ['It published nothing, and received messages.'] : []),
        version === undefined
          ? 'The version of MQTT.js is not recorded.'
          : `It uses MQTT.js ${version}, in which every message received puts off the next ping.`,
      ],
      remedy: [
        `Upgrade MQTT.js to 5.5.6 or later (keepwatch doctor --mqttjs FOLDER tells more).`,
        `Until then let it publish something at least every ${durationText(keepaliveMs)}, or set reschedulePings to false.`,
      ],
    }
  },
}

/** Did the broker give up 1.5 to 1.6 times the keepalive after the begin: no packet came but the first? */
export function hasPingPeriod(session: Session): boolean {
  const keepaliveMs = keepaliveMsOf(session)
  const { end, ageMs } = session
  if (end?.cause !== 'keepalive_timeout' || keepaliveMs === undefined || ageMs === undefined) return false
  const lateMs = ageMs - brokerWaits * keepaliveMs
  return lateMs > -0.02 * keepaliveMs && lateMs <= Math.max(laterShare * keepaliveMs, laterMs)
}

function patternOf({ clientId, bad }: ClientFacts) {
  const ends = bad.filter(hasPingPeriod)
  if (ends.length < leastEnds || ends.length < leastShare * bad.length) return undefined
  const version = ends.flatMap((session) => libraryOf(session) ?? []).at(-1)
  const told = ends.flatMap(({ claim }) => claim.end?.evidence ?? [])
  const hasSent = told.some(({ publishesSent = 0 }) => publishesSent > 0)
  const hasReceivedNone = told.some(({ publishesReceived }) => publishesReceived === 0)
  if (hasSent || hasReceivedNone || hasDefect('receive_only_no_ping', version) === false) return undefined
  return { clientId, ends, version, sentNone: told.some(({ publishesSent }) => publishesSent === 0) }
}
