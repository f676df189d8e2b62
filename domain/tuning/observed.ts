/** Figures of the connections of a case that the options of a client are to fit. */
import { knownIdleLimits } from '../diagnoses/idle-timeout.ts'
import type { Facts } from '../facts.ts'
import { type Peak, peakOf } from '../age-peak.ts'
import { secondMs } from '../time.ts'
import type { Session } from '../two-views.ts'

/** The value at a share of the sorted ones; the largest for fewer than a hundred, as it is then no rarer than the p99. */
export function percentileOf(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

export const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b)

/** The values in use, the one of most clients first. */
export function inUse(values: Iterable<number | undefined>): { readonly value: number; readonly clients: number }[] {
  const counts = new Map<number, number>()
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts]
    .map(([value, clients]) => ({ value, clients }))
    .toSorted((a, b) => b.clients - a.clients || a.value - b.value)
}

/** All connections of the case. */
export function sessionsOf({ clients }: Facts): readonly Session[] {
  return [...clients.values()].flatMap(({ sessions }) => sessions)
}

/** An idle limit on the path, as the ends of connections show it. */
export interface IdleLimit {
  readonly limitMs: number
  readonly peak: Peak
  /** Who has such a limit. */
  readonly who?: string
  /** `silence`: clients told how long it was silent; `age`: connections that can have been silent from the begin. */
  readonly by: 'silence' | 'age'
}

/** Whoever ends a connection by MQTT says so. */
const cutCauses = new Set(['network_eof', 'network_reset', 'unknown'])
/** Timers, polling and whole seconds blur: a ping due at 60 s may come at 61. */
const blur = 1.05
/** Of ends by the network so many, as a share, are at the limit: less is not worth a change of options. */
const leastShare = 0.3

/** The limit at which connections that were silent were cut. */
export function idleLimitOf(facts: Facts): IdleLimit | undefined {
  const cut = facts.bad.filter(({ cause = 'unknown' }) => cutCauses.has(cause))
  const bySilence = peakOf(cut.flatMap((session) => toldSilenceOf(session) ?? []))
  const byAge = peakOf(cut.flatMap((session) => silentAgeOf(session) ?? []))
  const isTold = bySilence !== undefined && bySilence.count >= (byAge?.count ?? 0)
  const peak = isTold ? bySilence : byAge
  if (peak === undefined || peak.count < leastShare * cut.length) return undefined
  // A silence that a connection survived is below every limit of its path. Of several clients the paths may differ.
  const survivedMs = facts.asked.subject.of === 'client' ? longestSurvivedMs(sessionsOf(facts)) : 0
  if (survivedMs > peak.toMs * blur) return undefined
  const known = knownIdleLimits.find(({ seconds }) => Math.abs(seconds * secondMs - peak.atMs) <= 0.05 * peak.atMs)
  return {
    limitMs: Math.min(peak.fromMs, (known?.seconds ?? Number.POSITIVE_INFINITY) * secondMs),
    peak,
    by: isTold ? 'silence' : 'age',
    ...(known === undefined ? {} : { who: known.who }),
  }
}

/** From the last packet to the end, as the client told it. */
function toldSilenceOf({ claim, keepaliveSeconds = 0 }: Session): number | undefined {
  const { sinceReceivedMs, sinceSentMs } = claim.end?.evidence ?? {}
  if (sinceReceivedMs === undefined || sinceSentMs === undefined) return undefined
  const silenceMs = Math.min(sinceReceivedMs, sinceSentMs)
  return silenceMs > 0 && canBeSilent(silenceMs, keepaliveSeconds) ? silenceMs : undefined
}

/** The whole age, where no ping was due before the end. */
function silentAgeOf({ ageMs = 0, keepaliveSeconds = 0 }: Session): number | undefined {
  return ageMs > 0 && canBeSilent(ageMs, keepaliveSeconds) ? ageMs : undefined
}

const canBeSilent = (ms: number, keepaliveSeconds: number): boolean =>
  keepaliveSeconds === 0 || ms <= keepaliveSeconds * secondMs * blur

/**
 * The longest silence that a connection survived for certain: of n packets in its life two are at least so far apart; a
 * keepalive allows no more.
 */
export function longestSurvivedMs(sessions: readonly Session[]): number {
  let longestMs = 0
  for (const { claim, ageMs = 0, keepaliveSeconds = 0 } of sessions) {
    const { publishesSent, publishesReceived } = claim.end?.evidence ?? {}
    if (publishesSent === undefined || publishesReceived === undefined || ageMs <= 0) continue
    // CONNECT and two more, such as a subscription; what came after the last packet was not survived.
    const apartMs = ageMs / (publishesSent + publishesReceived + 3)
    const allowedMs = keepaliveSeconds === 0 ? apartMs : keepaliveSeconds * secondMs
    const pings = allowedMs <= 0 ? 0 : ageMs / allowedMs
    if (pings >= 2) longestMs = Math.max(longestMs, Math.min(allowedMs, apartMs))
  }
  return longestMs
}
