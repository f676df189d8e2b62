/** A proxy, load balancer or NAT on the path cuts connections that were idle for its limit. */
import { medianOf } from '../statistics.ts'
import { independentOf, type Lasting, type Peak, peakOf } from '../evidence/age-peak.ts'
import type { Explanation, Recognition } from '../explanation.ts'
import type { ClientFacts, Facts } from '../facts.ts'
import { secondMs } from '../time.ts'
import { idleLimitAt, isTokenLife } from '../evidence/known-ages.ts'
import { niceDown } from '../tuning/nice-seconds.ts'
import { endedByItself, type Session } from '../evidence/two-views.ts'
import { forgotten } from '../evidence/forgotten.ts'
import { keepSchedule } from '../evidence/schedule.ts'
import { keepaliveMsOf } from '../evidence/timeouts.ts'
import { betweenText, countText, durationText } from '../evidence/words.ts'

/** Whoever ends it by MQTT says so, or knows better; what a middlebox cuts looks like this. */
const cutCauses = new Set(['network_eof', 'network_reset', 'unknown'])
/** A keepalive of two thirds of the limit leaves room for a late ping. */
const safeShare = 2 / 3
/** A ping may come a little after the keepalive. */
const pingLateShare = 0.95
/** Within this of the keepalive. */
const ownTimerShare = 1.07
/** Nobody cuts what was idle for less. */
const leastLimitMs = 5 * secondMs
/** Nobody waits for longer: two hours are the usual limit of TCP itself, and no default is above. */
const mostLimitMs = 7500 * secondMs
/** Who was cut comes back at once; who keeps a schedule comes back with the next round. */
const backAtOnceMs = 60_000

export const idleTimeout: Explanation = {
  name: 'idle_timeout',
  title: 'Something on the path cuts idle connections',
  basis: 'settled',
  source: 'https://docs.aws.amazon.com/elasticloadbalancing/latest/network/update-idle-timeout.html',
  needs: 'at least three ends of sessions whose begins are recorded too, and the keepalive',
  recognise: ({ bad, clients }) => forgotten(bad) ?? cutOff(bad, clients),
}

function cutOff(bad: Facts['bad'], clients: Facts['clients']): Recognition | undefined {
  const cut = bad.filter(isCut)
  // The time since the last packet shows a limit also where sessions live long in between.
  const byIdle = peakAmong(cut, idleOf)
  const byAge = peakAmong(cut, ({ ageMs }) => ageMs)
  const isByIdle = byIdle !== undefined && byIdle.count >= (byAge?.count ?? 0)
  const peak = isByIdle ? byIdle : byAge
  if (peak === undefined) return undefined
  const within = cut.filter((session) => isWithin(peak, isByIdle ? idleOf(session) : session.ageMs))
  if (wereBusy(within, peak)) return undefined
  const keepaliveMs = medianOf(within.flatMap((session) => keepaliveMsOf(session) ?? []))
  const isOff = within.some(({ keepaliveSeconds }) => keepaliveSeconds === 0)
  // A client that pings more often is never idle for so long.
  if (keepaliveMs !== undefined && keepaliveMs < peak.fromMs * pingLateShare) return undefined
  const known = idleLimitAt(peak.atMs)
  const clientIds = [...new Set(within.map(({ clientId }) => clientId))]
  const others = outlivers([...clients.values()], peak)
  const back = shareBack(within, clients)
  const isScheduled = keepSchedule(clientIds.flatMap((clientId) => clients.get(clientId) ?? []))
  const limitMs = known === undefined ? peak.fromMs : known.seconds * secondMs
  const safeSeconds = niceDown((limitMs * safeShare) / secondMs)
  const doubts = [
    known === undefined && others.pinging < 3 ? 0.8 : 1,
    keepaliveMs === undefined ? (isOff ? 0.8 : doubtUnpinged(peak, known !== undefined)) : 1,
    // A timer of the client itself may run for as long as its keepalive.
    known === undefined && keepaliveMs !== undefined && keepaliveMs < peak.toMs * ownTimerShare ? 0.6 : 1,
    // Nobody says that it was not the broker.
    within.every(({ end }) => end === undefined) ? 0.85 : 1,
    // One client at an age that nobody is known for, before a ping is due, may do so itself.
    known === undefined && clientIds.length === 1 && keepaliveMs !== undefined && peak.toMs < keepaliveMs ? 0.75 : 1,
    back < 0.5 || isScheduled ? 0.4 : 1,
  ]
  return {
    fit: doubts.reduce((fit, doubt) => fit * doubt, shareOf(within, clientIds, cut)),
    explains: within.length,
    clients: clientIds,
    evidence: [
      isByIdle
        ? `${within.length} of ${cut.length} sessions ended ${betweenText(peak.fromMs, peak.toMs)} after their last packet; none of them with a DISCONNECT.`
        : `${within.length} of ${cut.length} sessions ended ${betweenText(peak.fromMs, peak.toMs)} after they began; none of them with a DISCONNECT.`,
      keepaliveMs === undefined
        ? isOff
          ? 'The keepalive is 0: no ping ever comes.'
          : 'The keepalive is not recorded.'
        : `The keepalive is ${durationText(keepaliveMs)}: no ping is due before that.`,
      ...(known === undefined ? [] : [`An idle limit of ${known.seconds} s is that of ${known.who}.`]),
      ...(others.pinging > 0
        ? [
            `${countText(others.pinging, 'client')} with a shorter keepalive had longer sessions: pings kept them alive.`,
          ]
        : []),
      ...(others.busy > 0
        ? [`${countText(others.busy, 'client')} with as long a keepalive had longer sessions: they were busy.`]
        : []),
      ...(isScheduled
        ? ['From begin to begin is more regular than from end to begin: they keep a schedule of their own.']
        : []),
      ...(back < 0.5 ? ['Most were not back within a minute: they may keep a schedule of their own.'] : []),
    ],
    remedy: [
      `Set the keepalive to ${safeSeconds} s or less (two thirds of the limit), so that a ping comes before it.`,
      'Or raise the idle timeout of the proxy, load balancer or NAT above 1.5 times the keepalive.',
      'Raising the keepalive makes it worse.',
    ],
  }
}

/** Pings may have come all the time: then an age that is no known limit, or the life of a token as well, says little. */
function doubtUnpinged({ atMs }: Peak, isKnown: boolean): number {
  return isKnown && !isTokenLife(atMs) ? 0.8 : 0.6
}

/** Who gave up, closed or destroyed it by himself, or was told DISCONNECT, was not cut. */
function isCut(session: Session): boolean {
  const { cause = 'unknown', ageMs, claim } = session
  const wasTold = claim.end?.evidence?.clientCause === 'server_disconnect'
  return cutCauses.has(cause) && ageMs !== undefined && !wasTold && !endedByItself(session)
}

/** Where ages gather, or silences: of many clients those that one moment ended count once. */
function peakAmong(cut: readonly Session[], lastingOf: (session: Session) => number | undefined): Peak | undefined {
  const lasting = cut.flatMap((session): Lasting[] => {
    const { endedMs } = session
    const ms = lastingOf(session)
    return ms === undefined || endedMs === undefined || ms < leastLimitMs || ms > mostLimitMs ? [] : [{ ms, endedMs }]
  })
  return peakOf(independentOf(lasting))
}

const isWithin = ({ fromMs, toMs }: Peak, ms: number | undefined): boolean =>
  ms !== undefined && ms >= fromMs && ms <= toMs

/** Where the clients tell when the last packet went: it was recent, so nothing was idle. */
function wereBusy(within: readonly Session[], { fromMs }: Peak): boolean {
  const idle = medianOf(within.flatMap((session) => idleOf(session) ?? []))
  return idle !== undefined && idle < fromMs / 2
}

/** Of the clients that the limit cut, how many of their ends it explains: ends of others say nothing against it. */
function shareOf(within: readonly Session[], clientIds: readonly string[], cut: readonly Session[]): number {
  const ids = new Set(clientIds)
  return Math.min(1, within.length / Math.max(1, cut.filter(({ clientId }) => ids.has(clientId)).length))
}

/** Clients that the limit did not touch, with sessions well beyond it: because they ping in time, or have much to send. */
function outlivers(clients: readonly ClientFacts[], { toMs }: Peak): { pinging: number; busy: number } {
  let [pinging, busy] = [0, 0]
  for (const { sessions } of clients) {
    const longest = sessions.find(({ ageMs = 0 }) => ageMs > 2 * toMs)
    const keepaliveMs = longest && keepaliveMsOf(longest)
    if (keepaliveMs === undefined) continue
    if (keepaliveMs < toMs * pingLateShare) pinging += 1
    else busy += 1
  }
  return { pinging, busy }
}

/** Share of these ends after which the client was back at once; 1 where no later begin can be known. */
function shareBack(within: readonly Session[], clients: ReadonlyMap<string, ClientFacts>): number {
  let [back, known] = [0, 0]
  for (const { clientId, endedMs = 0 } of within) {
    const next = clients.get(clientId)?.sessions.find(({ beganMs = 0 }) => beganMs >= endedMs)
    if (next?.beganMs === undefined) continue
    known += 1
    if (next.beganMs - endedMs <= backAtOnceMs) back += 1
  }
  return known === 0 ? 1 : back / known
}

/** Time from the last packet to the end, where the client told it. */
function idleOf({ claim }: Session): number | undefined {
  const { sinceReceivedMs, sinceSentMs } = claim.end?.evidence ?? {}
  if (sinceReceivedMs === undefined || sinceSentMs === undefined) return undefined
  return Math.min(sinceReceivedMs, sinceSentMs)
}
