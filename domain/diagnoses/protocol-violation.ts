/** Packets that MQTT or the broker's limits do not allow. */
import type { Explanation } from '../explanation.ts'
import type { Facts } from '../facts.ts'
import { endsBy, foremostOf, minutesAsked, refusedWith, strangeCodes, shareAsked } from '../evidence/counted.ts'
import { countText, namesText } from '../evidence/words.ts'
import type { Attempt, Session } from '../evidence/two-views.ts'
import { isFlowControl } from './flow-control-violation.ts'

const strange = new Set(['protocol_error', 'packet_too_large'])
const codeWords: Readonly<Record<number, string>> = {
  1: 'protocol version not supported',
  129: 'malformed packet',
  130: 'protocol error',
  132: 'protocol version not supported',
  143: 'topic filter not valid',
  144: 'topic name not valid',
  148: 'topic alias not valid',
  149: 'packet too large',
  153: 'payload format not valid',
}

export const protocolViolation: Explanation = {
  name: 'protocol_violation',
  title: 'Packets are sent that are not allowed',
  basis: 'inferred',
  source: 'https://github.com/emqx/emqx/issues/13259',
  needs: 'reasons of the broker: MQTT 5 carries them, and most brokers log them',
  recognise: (facts) => (facts.asked.events.length === 0 ? fromMinutes(facts) : fromEvents(facts)),
}

function remedyFor(tooLarge: number, all: number): string[] {
  const forSize = [
    'Make the packets smaller, or raise the limit of the broker (EMQX mqtt.max_packet_size, mosquitto max_packet_size, HiveMQ max-packet-size).',
    'Set maximumPacketSize in the client, so that it learns the limit instead of being thrown out.',
  ]
  const forForm = [
    'Update the client library; look at the topic, the topic alias and the last packet sent.',
    'See whether something that speaks no MQTT, such as a scanner or a health check, uses the port.',
  ]
  return tooLarge > all / 2 ? forSize : forForm
}

function fromEvents({ clients, bad, attempts }: Facts) {
  const ends = bad.filter((session) => strange.has(session.cause ?? '') && !isFlowControl(session))
  // A client that cannot read the answer meets something that is no broker.
  const refused = attempts.filter(({ told }) => strange.has(told?.cause ?? ''))
  const all: readonly (Session | Attempt)[] = [...ends, ...refused]
  if (all.length === 0) return undefined
  const tooLarge = [...ends.map(({ cause }) => cause), ...refused.map(({ told }) => told?.cause)].filter(
    (cause) => cause === 'packet_too_large',
  ).length
  const counts = [...Map.groupBy(all, ({ clientId = '' }) => clientId)]
    .map(([clientId, own]) => ({ clientId, count: own.length }))
    .toSorted((a, b) => b.count - a.count)
  const named = counts.filter(({ clientId }) => clientId !== '')
  const codes = new Set([
    ...ends.flatMap(({ end, claim }) => end?.reasonCode ?? claim.end?.reasonCode ?? []),
    ...refused.flatMap(({ told }) => told?.reasonCode ?? []),
  ])
  const last = ends.findLast(({ claim }) => claim.end?.evidence?.lastTopic !== undefined)?.claim.end?.evidence
  return {
    fit: all.length === 1 ? 0.85 : 1,
    explains: all.length,
    clients: named.map(({ clientId }) => clientId),
    evidence: [
      `${countText(all.length, 'connection')} ended because of what the client sent${tooLarge > 0 ? `, ${tooLarge} of them because a packet was too large` : ''}.`,
      ...(codes.size > 0
        ? [`Codes: ${[...codes].map((code) => `${code} (${codeWords[code] ?? 'not allowed'})`).join(', ')}.`]
        : []),
      ...(named[0] === undefined
        ? []
        : [
            `${named[0].count} of them ${clients.size > 1 ? `are of ${namesText([named[0].clientId])}` : 'are its own'}; ${countText(counts.length, 'client')} in all.`,
          ]),
      ...(last?.lastTopic === undefined
        ? []
        : [`Last it sent ${last.lastSent ?? 'a packet'} for ${namesText([last.lastTopic])}.`]),
    ],
    remedy: remedyFor(tooLarge, all.length),
  }
}

function fromMinutes(facts: Facts) {
  const minutes = minutesAsked(facts)
  const [tooLarge, malformed] = [endsBy(minutes, ['packet_too_large']), endsBy(minutes, ['protocol_error'])]
  const refused = refusedWith(minutes, strangeCodes)
  const all = tooLarge + malformed + refused
  if (all < 2) return undefined
  const named = foremostOf(minutes.filter((minute) => endsBy([minute], ['packet_too_large', 'protocol_error']) > 0))
  return {
    fit: 0.95 * shareAsked(facts, minutes),
    explains: all,
    clients: named.slice(0, 3).map(({ clientId }) => clientId),
    evidence: [
      `${tooLarge} connections ended because a packet was too large, ${malformed} because of a protocol error; ${refused} attempts were refused for such a reason.`,
      ...(named.length > 0 ? [`Foremost in these minutes: ${namesText(named.map(({ clientId }) => clientId))}.`] : []),
    ],
    remedy: remedyFor(tooLarge, all),
  }
}
