/** The idle limit of a path, as the ends of its connections show it. */
import { independentOf, type Lasting, type Peak, peakOf } from '../evidence/age-peak.ts'
import { keepSchedule } from '../evidence/schedule.ts'
import type { Facts } from '../facts.ts'
import { idleLimitAt } from '../evidence/known-ages.ts'
import { minuteMs, secondMs } from '../time.ts'
import type { Session } from '../evidence/two-views.ts'
import { sessionsOf } from './observed.ts'

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
/** What a client sees of a connection that was cut; what else it tells, it did itself or knows better. */
const seenCauses = new Set(['tcp_fin', 'tcp_reset', 'ws_close', 'unknown'])
/** Nothing on a path forgets connections sooner; what ends so early was turned away. */
const leastLimitMs = 10 * secondMs
/** Timers, polling and whole seconds blur: a ping due at 60 s may come at 61. */
const blur = 1.05
/** Of those whom it cuts, so many of the ends by the network are at the limit: less is not worth a change of options. */
const leastShare = 0.3
/** Who was cut comes back; who keeps a schedule comes with its next round. */
const backMs = minuteMs

/** The limit at which connections that were silent were cut. */
export function idleLimitOf(facts: Facts): IdleLimit | undefined {
  const cut = [...facts.clients.values()].flatMap(({ sessions }) =>
    sessions.filter((session, index) => isCut(session) && isBackSoon(session, sessions[index + 1])),
  )
  const silent = cut.filter((session) => toldSilenceOf(session) !== undefined)
  const aged = cut.filter((session) => toldSilenceOf(session) === undefined && canBeSilentAllItsLife(session))
  const bySilence = peakAmong(silent, toldSilenceOf)
  // Without a keepalive a connection of a certain age need not have been silent: there only a limit that is known counts.
  const kept = aged.filter(({ keepaliveSeconds = 0 }) => keepaliveSeconds > 0)
  const byAge = peakAmong(kept, ageOf) ?? known(peakAmong(aged, ageOf))
  const peak = (bySilence?.count ?? 0) >= (byAge?.count ?? 0) ? bySilence : byAge
  if (peak === undefined || peak.fromMs < leastLimitMs) return undefined
  const within = (ms = 0) => ms >= peak.fromMs && ms <= peak.toMs
  const those =
    peak === bySilence ? silent.filter((one) => within(toldSilenceOf(one))) : aged.filter((one) => within(one.ageMs))
  const concerned = new Set(those.map(({ clientId }) => clientId))
  if (keepSchedule([...concerned].flatMap((clientId) => facts.clients.get(clientId) ?? []))) return undefined
  const ends = cut.filter(({ clientId }) => concerned.has(clientId)).length
  if (those.length < leastShare * ends) return undefined
  // A silence that a connection survived is below every limit of its path. Of several clients the paths may differ.
  const survivedMs = facts.asked.subject.of === 'client' ? longestSurvivedMs(sessionsOf(facts)) : 0
  if (survivedMs > peak.toMs * blur) return undefined
  const usual = idleLimitAt(peak.atMs)
  return {
    limitMs: usual === undefined ? peak.fromMs : usual.seconds * secondMs,
    // Where ends of one moment counted once, all of them are told of.
    peak: { ...peak, count: those.length, of: (peak === bySilence ? silent : aged).length },
    by: peak === bySilence ? 'silence' : 'age',
    ...(usual === undefined ? {} : { who: usual.who }),
  }
}

function isCut({ cause, claim }: Session): boolean {
  return cause !== undefined && cutCauses.has(cause) && seenCauses.has(claim.end?.evidence?.clientCause ?? 'unknown')
}

/** Of many clients those that one moment ended count once. */
function peakAmong(
  sessions: readonly Session[],
  lastingOf: (session: Session) => number | undefined,
): Peak | undefined {
  const lasting = sessions.flatMap((session): Lasting[] => {
    const [ms, { endedMs }] = [lastingOf(session), session]
    return ms === undefined || endedMs === undefined ? [] : [{ ms, endedMs }]
  })
  return peakOf(independentOf(lasting))
}

function isBackSoon({ endedMs = 0 }: Session, next: Session | undefined): boolean {
  return next?.beganMs === undefined || next.beganMs <= endedMs + backMs
}

const ageOf = ({ ageMs = 0 }: Session): number => ageMs

const known = (peak: Peak | undefined) =>
  peak === undefined || idleLimitAt(peak.atMs) === undefined ? undefined : peak

/** From the last packet to the end, as the client told it. */
function toldSilenceOf({ claim, keepaliveSeconds }: Session): number | undefined {
  const { sinceReceivedMs, sinceSentMs } = claim.end?.evidence ?? {}
  if (sinceReceivedMs === undefined || sinceSentMs === undefined) return undefined
  const silenceMs = Math.min(sinceReceivedMs, sinceSentMs)
  return canBeSilent(silenceMs, keepaliveSeconds) ? silenceMs : undefined
}

const canBeSilentAllItsLife = ({ ageMs = 0, keepaliveSeconds }: Session): boolean =>
  ageMs > 0 && canBeSilent(ageMs, keepaliveSeconds)

const canBeSilent = (ms: number, keepaliveSeconds = 0): boolean =>
  keepaliveSeconds === 0 || ms <= keepaliveSeconds * secondMs * blur

/**
 * The longest silence that a connection survived for certain: of n packets in its life two are at least so far apart; a
 * keepalive allows no more.
 */
function longestSurvivedMs(sessions: readonly Session[]): number {
  let longestMs = 0
  for (const { claim, ageMs = 0, keepaliveSeconds = 0 } of sessions) {
    const { publishesSent, publishesReceived } = claim.end?.evidence ?? {}
    if (publishesSent === undefined || publishesReceived === undefined) continue
    const keepaliveMs = keepaliveSeconds * secondMs
    // Without a second ping the silence at its end may be the longest one, which it did not survive.
    if (keepaliveMs === 0 || ageMs < 2 * keepaliveMs) continue
    // Beside what it published: CONNECT, a subscription, and what is forgotten here.
    const apartMs = ageMs / (publishesSent + publishesReceived + 5)
    longestMs = Math.max(longestMs, Math.min(keepaliveMs, apartMs))
  }
  return longestMs
}
