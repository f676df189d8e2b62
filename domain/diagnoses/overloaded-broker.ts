/** A broker that carries too much closes connections for no reason it could name. */
import type { Cause } from '../cause.ts'
import type { Explanation } from '../explanation.ts'
import type { Facts } from '../facts.ts'
import type { Minute } from '../minute.ts'
import { medianOf, log10UpperTail } from '../statistics.ts'
import { secondMs } from '../time.ts'
import {
  busyCodes,
  endsBy,
  foremostOf,
  isCrowded,
  isQuiet,
  type Load,
  loadsOf,
  loadText,
  movesText,
  refusedWith,
} from '../evidence/counted.ts'
import { durationText } from '../evidence/words.ts'

/** What ends where nobody says why. */
const reasonless: readonly Cause[] = ['network_eof', 'network_reset', 'keepalive_timeout', 'server_error', 'unknown']
const leastEnds = 5
const leastRatio = 3
/** Chance of so many ends, were it like its peers. */
const mostLog10P = -3
/** Ends come in bursts. */
const relativeVariance = 0.5
/** More of them in one minute is a single blow, more of them by one client is that client. */
const mostInMinute = 0.6
const mostByClient = 0.5
const slowConnectMs = secondMs
const hotPercent = 85

export const overloadedBroker: Explanation = {
  name: 'overloaded_broker',
  title: 'A broker carries more than it can',
  basis: 'inferred',
  source: 'https://github.com/mqttjs/MQTT.js/issues/1782',
  needs: 'minutes of all brokers with their clients; how long connects take (observe), or CPU and memory of the broker',
  over: ['uneven_load', 'slow_authentication'],
  recognise: (facts) => {
    const loads = loadsOf(facts)
    const found = loads.flatMap((load) => (isAskedOf(facts, load.broker) ? (overloadOf(facts, load, loads) ?? []) : []))
    return found.toSorted((a, b) => b.fit - a.fit || b.explains - a.explains)[0]
  },
}

function isAskedOf({ asked: { subject }, client }: Facts, broker: string): boolean {
  if (subject.of === 'client') return client?.events.some((event) => event.broker === broker) ?? false
  return subject.of === 'cluster' || subject.broker === broker
}

function overloadOf(facts: Facts, load: Load, loads: readonly Load[]) {
  const { broker, minutes } = load
  const raised = raisedOf(load, loads)
  const slow = slownessOf(facts, broker)
  const hot = (['cpu_percent', 'memory_percent'] as const).flatMap((name) => {
    const percent = medianOf(minutes.flatMap(({ gauges }) => gauges[name] ?? []))
    return percent !== undefined && percent >= hotPercent
      ? [`${name === 'cpu_percent' ? 'CPU' : 'Memory'} stood at ${Math.round(percent)} %, by the median.`]
      : []
  })
  const busy = refusedWith(minutes, busyCodes)
  const isFull = isCrowded(load)
  const strained = slow.length > 0 || hot.length > 0 || busy >= 3
  // Close to its ceiling without any harm yet: asked about because somebody was warned.
  const isWarned = raised === undefined && hot.length > 0 && facts.asked.subject.of !== 'client' && isQuiet(facts)
  if (raised === undefined ? !isWarned : !isFull && !strained) return undefined
  const fit = raised === undefined ? (isFull ? 0.75 : 0.6) : isFull && strained ? 1 : isFull ? 0.7 : 0.75
  return {
    fit,
    explains: isWarned ? facts.toExplain : explainedAt(facts, broker, minutes),
    evidence: [
      ...(raised === undefined ? [] : [raised]),
      ...(loads.length > 1 ? [loadText(load)] : []),
      ...slow,
      ...hot,
      ...(busy >= 3 ? [`It refused ${busy} attempts because it was busy.`] : []),
    ],
    remedy: [
      ...(isFull
        ? [`Rebalance: ${movesText(loads)}.`]
        : ['Give the cluster another broker, or this one more CPU and memory.']),
      'Limit the rate of new connections at it, so that those who come back do not add to it.',
      'Raise connectTimeout of the clients to 60 s and spread their reconnects at random: an attempt given up is work done twice.',
    ],
  }
}

/** Ends of a hundred clients in an hour. */
const perHour = (count: number, clientMinutes: number): number => Math.round((6e5 * count) / clientMinutes) / 100

/** Its ends for each connection, where they are far more than its peers'. */
function raisedOf(load: Load, loads: readonly Load[]): string | undefined {
  const peers = loads.filter((other) => other !== load)
  const ends = endsBy(load.minutes, reasonless)
  const worst = load.minutes.reduce((most, minute) => Math.max(most, endsBy([minute], reasonless)), 0)
  const byOne = foremostOf(load.minutes)[0]?.count ?? 0
  if (ends < leastEnds || peers.length === 0 || ends < 0.6 * load.abnormal) return undefined
  // An end comes with a connect: of two counts of one client one is an end.
  if (worst > mostInMinute * ends || byOne / 2 > mostByClient * ends) return undefined
  const peerEnds = peers.reduce((sum, { minutes }) => sum + endsBy(minutes, reasonless), 0)
  const peerMinutes = peers.reduce((sum, { clientMinutes }) => sum + clientMinutes, 0)
  if (peerMinutes === 0 || load.clientMinutes === 0) return undefined
  const usual = (peerEnds + 0.5) / peerMinutes
  const ratio = ends / load.clientMinutes / usual
  if (ratio < leastRatio || log10UpperTail(ends, usual * load.clientMinutes, relativeVariance) > mostLog10P)
    return undefined
  return `${ends} connections to ${load.broker} closed without a reason: ${perHour(ends, load.clientMinutes)} an hour for 100 clients, against ${perHour(peerEnds, peerMinutes)} at the other brokers.`
}

/** What clients tell of attempts at it: given up without an answer, or answered late. */
function slownessOf({ attempts, clients }: Facts, broker: string): string[] {
  const givenUp = attempts.filter(
    ({ broker: at, claim }) => at === broker && claim?.evidence?.clientCause === 'connack_timeout',
  ).length
  const connectMs = [...clients.values()].flatMap(({ events }) =>
    events.flatMap(({ broker: at, evidence, type }) =>
      at === broker && type === 'connected' ? (evidence?.connectMs ?? []) : [],
    ),
  )
  const median = medianOf(connectMs) ?? 0
  return [
    ...(givenUp >= 2 ? [`${givenUp} attempts were given up because no CONNACK came.`] : []),
    ...(connectMs.length >= 3 && median >= slowConnectMs
      ? [`A connect took ${durationText(median)}, by the median of ${connectMs.length}.`]
      : []),
  ]
}

function explainedAt({ asked, bad, attempts }: Facts, broker: string, minutes: readonly Minute[]): number {
  if (asked.events.length === 0) return endsBy(minutes, reasonless) + refusedWith(minutes, busyCodes)
  const ends = bad.filter(({ broker: at, cause = 'unknown' }) => at === broker && reasonless.includes(cause))
  const failed = attempts.filter(
    ({ broker: at, claim, told }) =>
      at === broker && (claim?.evidence?.clientCause === 'connack_timeout' || told?.cause === 'server_error'),
  )
  return ends.length + failed.length
}
