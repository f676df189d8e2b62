/** A client takes messages more slowly than they come: its queue at the broker overflows. */
import type { Explanation } from '../explanation.ts'
import type { Facts } from '../facts.ts'
import type { Minute } from '../minute.ts'
import type { Session } from '../evidence/two-views.ts'
import { endsBy, foremostOf, minutesAsked, shareAsked } from '../evidence/counted.ts'
import { dropsIn, floodedIn } from '../evidence/dropped.ts'
import { isFlowControl } from './flow-control-violation.ts'
import { countText, namesText } from '../evidence/words.ts'

/** Words of brokers for a queue that ran over. */
const overflow =
  /mqueue|queue.{0,12}(full|overflow|exceed)|overflow|outgoing messages? dropped|slow.?(consumer|client)|not writable/i
/** Message and connection rate exceeded: about what the client sends, and how often it comes. */
const rateCodes = new Set([0x96, 0x9f])
const rateWords = /(message|connection|publish).?rate|throttl/i
const leastDropped = 10
/** Two that fall together, without the broker's word. */
const fitOfDrops = 0.7

export const slowConsumer: Explanation = {
  name: 'slow_consumer',
  title: 'A client takes its messages too slowly',
  basis: 'inferred',
  source: 'https://github.com/eclipse-mosquitto/mosquitto/issues/875',
  needs:
    'the reason of the broker, or its count of dropped messages (dropped_total) and how many the client received (observe)',
  recognise: (facts) => {
    const minutes = minutesAsked(facts)
    const dropped = droppedText(minutes)
    const hasEvents = facts.asked.events.length > 0
    const ends = hasEvents ? facts.bad.filter((session) => isOverflow(session) || isQuota(session)) : []
    const said = ends.filter(isOverflow).length
    const count = hasEvents ? ends.length : endsBy(minutes, ['quota_exceeded'])
    if (count === 0) return fromDrops(facts, minutes)
    const counts = hasEvents
      ? [...Map.groupBy(ends, ({ clientId }) => clientId)].map(([clientId, own]) => ({ clientId, count: own.length }))
      : foremostOf(minutes.filter((minute) => endsBy([minute], ['quota_exceeded']) > 0)).slice(0, 3)
    const clients = counts.toSorted((a, b) => b.count - a.count).map(({ clientId }) => clientId)
    const rate = rateOf(ends)
    return {
      fit: fitOf(facts, { minutes, said, isDropping: dropped !== undefined }),
      explains: count,
      clients,
      evidence: [
        said > 0
          ? `${countText(said, 'session')} ended because a queue ran over (${namesText(reasonsOf(ends), 2)}).`
          : `${countText(count, 'session')} ended because a quota was exceeded.`,
        ...(dropped === undefined ? [] : [dropped]),
        ...(rate === undefined ? [] : [rate]),
        ...(clients.length === 0 ? [] : [`Foremost: ${namesText(clients)}.`]),
      ],
      remedy,
    }
  },
}

const remedy = [
  'Take messages faster: long work outside of the message handler, several consumers on a shared subscription ($share/group/topic).',
  'Subscribe to less, or with QoS 0 where the newest value is enough.',
  'Raise the queue of the broker only for short bursts (mosquitto max_queued_messages, EMQX mqtt.max_mqueue_len): a slow client fills any queue.',
]

/** Where the broker names no queue: its drops come just before the timeouts of who receives most. */
function fromDrops(facts: Facts, minutes: readonly Minute[]) {
  const flooded = floodedIn(facts, minutes)
  if (flooded === undefined) return undefined
  const { ends, clientIds, before, all } = flooded
  const rate = rateOf(ends)
  return {
    fit: fitOfDrops,
    explains: ends.length,
    clients: clientIds,
    evidence: [
      `Of ${all} messages that the broker counts as dropped ${before} were so in the minutes before ${countText(ends.length, 'keepalive timeout')} of ${namesText(clientIds)}.`,
      ...(rate === undefined ? [] : [rate]),
      'The broker names no reason: that its queue ran over is concluded from the two together.',
    ],
    remedy,
  }
}

/** Minutes do not tell a queue from flow control. */
function fitOf(facts: Facts, seen: { minutes: readonly Minute[]; said: number; isDropping: boolean }): number {
  if (facts.asked.events.length === 0) return (seen.isDropping ? 0.74 : 0.5) * shareAsked(facts, seen.minutes)
  if (seen.said > 0) return 1
  return seen.isDropping ? 0.9 : 0.6
}

function isOverflow({ end, claim }: Session): boolean {
  return overflow.test(end?.reason ?? '') || overflow.test(claim.end?.reason ?? '')
}

function isQuota(session: Session): boolean {
  return session.cause === 'quota_exceeded' && !isFlowControl(session) && !isRate(session)
}

function isRate({ end, claim }: Session): boolean {
  return [end, claim.end].some((event) => rateCodes.has(event?.reasonCode ?? 0) || rateWords.test(event?.reason ?? ''))
}

function reasonsOf(ends: readonly Session[]): string[] {
  return [...new Set(ends.filter(isOverflow).map(({ end, claim }) => end?.reason ?? claim.end?.reason ?? ''))]
}

/** Messages that the brokers dropped, where their count rises. */
function droppedText(minutes: readonly Minute[]): string | undefined {
  const sum = dropsIn(minutes).reduce((all, { count }) => all + count, 0)
  return sum < leastDropped ? undefined : `Meanwhile ${sum} messages were dropped, as the broker counts them.`
}

function rateOf(ends: readonly Session[]): string | undefined {
  const rates = ends.flatMap(({ claim }) => {
    const { publishesReceived, sessionMs } = claim.end?.evidence ?? {}
    return publishesReceived === undefined || !sessionMs ? [] : [(1000 * publishesReceived) / sessionMs]
  })
  return rates.length === 0
    ? undefined
    : `The client received up to ${Math.round(Math.max(...rates))} messages a second.`
}
