/** One client, or its link, stood still for longer than the broker waits; others on the same broker are fine. */
import { medianOf } from '../statistics.ts'
import type { Explanation } from '../explanation.ts'
import type { ClientFacts, Facts } from '../facts.ts'
import { hasDefect } from '../mqttjs-versions.ts'
import { addressOf } from '../peer.ts'
import type { Session } from '../evidence/two-views.ts'
import { hasPingPeriod } from './receive-only-ping-defect.ts'
import { companyOf, isTooYoung, keepaliveMsOf, libraryOf, timedOut, wasSuspended } from '../evidence/timeouts.ts'
import { countText, durationText, namesText } from '../evidence/words.ts'

/** So many others in the same second: it is not the client. */
const mostCompany = 3
/** A client that does so once in a while is usual where many are asked of. */
const leastOfOne = 3
/** Who comes back from another address after so many of its ends moved. */
const mostlyMoved = 0.6
const shortKeepaliveMs = 5000
/** So many times the keepalive covers a link that is slow to come back. */
const longestKeepaliveSeconds = 300

export const clientStall: Explanation = {
  name: 'client_stall',
  title: 'The client or its link stood still',
  basis: 'inferred',
  source: 'https://github.com/moscajs/aedes/issues/544',
  needs: 'keepalive timeouts of one client, and that others on its broker had none in that second',
  recognise: (facts) => {
    const company = companyOf(facts)
    const isAskedOf = facts.asked.subject.of === 'client'
    const found = [...facts.clients.values()]
      .map((client) => ({ client, ends: stallsOf(client, company) }))
      .filter(({ ends }) => ends.length >= (isAskedOf ? 1 : leastOfOne))
      .toSorted((a, b) => b.ends.length - a.ends.length)
    const [worst] = found
    if (worst === undefined) return undefined
    const { client, ends } = worst
    const suspended = ends.filter(wasSuspended)
    const silentMs = medianOf(suspended.flatMap(({ claim }) => claim.end?.evidence?.sinceReceivedMs ?? []))
    const keepaliveMs = medianOf(ends.flatMap((session) => keepaliveMsOf(session) ?? []))
    const longer = Math.min(longestKeepaliveSeconds, Math.ceil(((keepaliveMs ?? 60_000) * 2) / 1000))
    return {
      fit: fitOf(client, ends, keepaliveMs),
      explains: found.reduce((sum, each) => sum + each.ends.length, 0),
      clients: found.map((each) => each.client.clientId),
      evidence: [
        `${namesText([client.clientId])} was given up for silence ${countText(ends.length, 'time')}${keepaliveMs === undefined ? '' : `; its keepalive is ${durationText(keepaliveMs)}`}.`,
        othersText(facts, ends, company),
        ...(silentMs === undefined
          ? []
          : [
              `${suspended.length} of ${ends.length} times it found the connection closed only after ${durationText(silentMs)} without a packet: its own timer, due after ${durationText(1.5 * (keepaliveMs ?? 0))}, had not run, so the process was suspended.`,
            ]),
      ],
      remedy:
        suspended.length > 0
          ? [
              'Find what suspends the process: sleep of the machine, a stopped container, power saving, a long block.',
              `It must run at least every ${durationText(keepaliveMs ?? 60_000)}; where it cannot, let it end() first.`,
            ]
          : [
              'Look at its radio or network, and at work that blocks its event loop for seconds.',
              `If such gaps are usual there, set the keepalive to ${longer} s: it is then given up after ${durationText(1500 * longer)}. Mind idle limits on the path.`,
            ],
    }
  },
}

/** Ends of a client that its own silence explains. */
function stallsOf({ bad }: ClientFacts, company: (session: Session) => number): Session[] {
  return bad.filter(
    (session) =>
      (timedOut(session) || wasSuspended(session)) &&
      !isTooYoung(session) &&
      !wasListening(session) &&
      company(session) < mostCompany,
  )
}

/** It received to the end and only sent nothing, not even a ping: that is no silence of its machine or its link. */
function wasListening(session: Session): boolean {
  const { sinceReceivedMs, sinceSentMs = 0 } = session.claim.end?.evidence ?? {}
  const keepaliveMs = keepaliveMsOf(session)
  if (sinceReceivedMs === undefined || keepaliveMs === undefined) return false
  return sinceReceivedMs < keepaliveMs && sinceSentMs > keepaliveMs
}

function fitOf({ sessions }: ClientFacts, ends: readonly Session[], keepaliveMs: number | undefined): number {
  if (ends.some(wasSuspended)) return ends.filter(wasSuspended).length * 2 >= ends.length ? 1 : 0.8
  // It gave up much later than the broker, and by itself: the path was gone, as half_open says.
  if (ends.filter(isLate).length * 2 >= ends.length) return 0.55
  const moves = movesAfter(sessions, ends)
  // Another address after nearly each: it changes networks; after many: it may.
  if (moves.length >= 3 && moves.filter(Boolean).length >= mostlyMoved * moves.length) return 0.3
  const addresses = sessions.flatMap(({ peer }) => (peer === undefined ? [] : [addressOf(peer)]))
  if (addresses.length >= 3 && new Set(addresses).size * 2 > addresses.length) return 0.5
  // One too short for its link, or a library that does not ping, looks the same.
  if (keepaliveMs !== undefined && keepaliveMs <= shortKeepaliveMs) return 0.6
  const isCleared = ends.every((session) => hasDefect('receive_only_no_ping', libraryOf(session)) === false)
  if (ends.length >= 3 && ends.every(hasPingPeriod)) return isCleared ? 0.75 : 0.45
  // Of the broker's word alone nobody knows why the client was silent.
  const isSeen = ends.some(({ claim }) => claim.end !== undefined)
  return (ends.length === 1 ? 0.75 : 1) * (isSeen ? 0.85 : 0.72)
}

/** For each of these ends whose next begin is told: did the client come back from another address? */
function movesAfter(sessions: readonly Session[], ends: readonly Session[]): boolean[] {
  const own = new Set(ends)
  return sessions.flatMap((session, index) => {
    const next = sessions[index + 1]?.peer
    if (!own.has(session) || session.peer === undefined || next === undefined) return []
    return [addressOf(session.peer) !== addressOf(next)]
  })
}

function isLate({ noticedLaterMs = 0, keepaliveSeconds = 60 }: Session): boolean {
  return noticedLaterMs >= 500 * keepaliveSeconds
}

function othersText({ asked }: Facts, ends: readonly Session[], company: (session: Session) => number): string {
  const most = Math.max(...ends.map(company))
  const when = asked.subject.of === 'client' ? 'around its last ends' : 'in the same seconds'
  return most === 0
    ? `No other client of its broker timed out ${when}.`
    : `At most ${countText(most, 'other client')} of its broker timed out ${when}.`
}
