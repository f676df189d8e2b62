/** A broker was shut down or restarted: all of its sessions ended at once, and clients connected anew. */
import type { Cause } from '../cause.ts'
import type { Explanation } from '../explanation.ts'
import type { Facts } from '../facts.ts'
import type { Minute } from '../minute.ts'
import { minuteMs, secondMs } from '../time.ts'
import type { Session } from '../evidence/two-views.ts'
import { lackOf } from '../evidence/completeness.ts'
import { endsBy, minutesAsked } from '../evidence/counted.ts'
import { countText, durationText } from '../evidence/words.ts'

/** So many of a broker's clients, and at least so many, within so long. */
const massShare = 0.7
const leastClients = 10
const togetherMs = 15 * secondMs
/** Attempts that fail so long after it are of the same outage. */
const outageMs = 2 * minuteMs
/** So long it may have been away. */
const longestAwayMs = 15 * minuteMs
/** Without a word or a count that proves it, the path to all of them fits nearly as well. */
const fitOf = { mass: 0.85, webSocket: 0.7, counted: 0.68, lacking: 0.6 }
/** Ends that only time can bring together are another's. */
const bluntCauses: readonly Cause[] = ['server_shutdown', 'network_eof', 'network_reset', 'unknown', 'server_error']

export const brokerRestart: Explanation = {
  name: 'broker_restart',
  title: 'The broker was restarted',
  basis: 'inferred',
  source: 'https://github.com/emqx/emqx/issues/11310',
  needs: 'ends of all its clients within seconds of each other, or the reason "server shutting down"',
  recognise: (facts) => {
    // Where only clients tell, there may be no minutes.
    const brokers = new Set([...minutesAsked(facts), ...facts.bad].map(({ broker }) => broker))
    const blows = [...brokers].flatMap((broker) => {
      const watched = (facts.minutes.get(broker) ?? []).filter(({ coverage }) => coverage > 0)
      return blowOf(facts, broker, watched) ?? []
    })
    const [worst] = blows.toSorted((a, b) => b.explains - a.explains || b.fit - a.fit)
    return worst === undefined
      ? undefined
      : { ...worst, explains: blows.reduce((sum, { explains }) => sum + explains, 0) }
  },
}

function blowOf(facts: Facts, broker: string, minutes: readonly Minute[]) {
  const own = facts.bad.filter((session) => session.broker === broker)
  const said = own.filter(({ cause }) => cause === 'server_shutdown')
  const counted = facts.asked.events.length > 0 ? said.length : endsBy(minutes, ['server_shutdown'])
  const ofWebSocket = said.filter(isOfWebSocket).length
  const mass = facts.asked.events.length > 0 ? massOf(facts, own, minutes) : massInMinutes(minutes)
  const reset = resetOf(minutes)
  if (counted === 0 && mass === undefined) return undefined
  const atMs = mass?.atMs ?? said[0]?.endedMs
  const lostMs = lostBefore(own, atMs)
  const failed = facts.attempts.filter((attempt) => {
    if (attempt.broker !== broker || atMs === undefined) return false
    const fromMs = Math.min(atMs, lostMs.get(attempt.clientId ?? '') ?? atMs) - secondMs
    return attempt.atMs >= fromMs && attempt.atMs <= atMs + outageMs
  }).length
  const elsewhere = mass === undefined ? undefined : sameTimeAs(mass, broker, facts)
  // Counts alone do not tell one blow from several, of which the others were not watched.
  const isCounted = facts.asked.events.length === 0
  const lack = isCounted ? lackOf(facts) : undefined
  const bluntFit =
    lack !== undefined ? fitOf.lacking : isCounted ? fitOf.counted : ofWebSocket > 0 ? fitOf.webSocket : fitOf.mass
  const isBlunt = mass !== undefined && mass.count > counted
  return {
    fit: reset !== undefined || counted > ofWebSocket ? 1 : elsewhere !== undefined ? 0.45 : bluntFit,
    explains: (isBlunt ? mass.count : counted) + failed,
    evidence: [
      ...(mass === undefined ? [] : [mass.text]),
      ...(counted > ofWebSocket
        ? [`${countText(counted - ofWebSocket, 'end')} at ${broker} came with the reason that it was shutting down.`]
        : []),
      ...(ofWebSocket > 0
        ? [
            `${countText(ofWebSocket, 'WebSocket')} closed as going away or restarting (1001, 1012): the broker says so, or a proxy before it.`,
          ]
        : []),
      ...(reset === undefined ? [] : [reset]),
      ...(lack === undefined ? [] : [lack]),
      ...(elsewhere === undefined
        ? []
        : [`At the same time ${elsewhere} lost its clients too: it may be what they have in common.`]),
      ...(failed > 0
        ? [
            `${countText(failed, 'attempt')} at it failed ${lostMs.size > 0 ? 'before it was back, or ' : ''}within ${durationText(outageMs)} of it.`,
          ]
        : []),
    ],
    remedy: [
      'If it was planned: move the clients away before (EMQX: emqx ctl rebalance evacuation), or restart when few are connected; put a maintenance window into keepwatch.json.',
      `If not: look into the log of ${broker} at that time, and at its memory.`,
      'Clients should wait a random time before they reconnect; with QoS 1 and a persistent session they lose no message.',
    ],
  }
}

/** Told by nobody but the client, of its WebSocket: that may have ended at a proxy. */
function isOfWebSocket({ end, claim }: Session): boolean {
  return end?.cause !== 'server_shutdown' && claim.end?.evidence?.clientCause === 'ws_close'
}

/**
 * By client, when it lost what the broker told to have ended at `atMs` only: a broker that was killed tells no ends, and
 * those that follow from its new start have that time.
 */
function lostBefore(own: readonly Session[], atMs: number | undefined): Map<string, number> {
  return new Map(
    own.flatMap(({ clientId, end, endedMs, noticedLaterMs = 0 }): [string, number][] => {
      if (atMs === undefined || endedMs === undefined || end?.origin !== 'inferred' || noticedLaterMs >= 0) return []
      return Math.abs(endedMs - atMs) <= togetherMs ? [[clientId, endedMs + noticedLaterMs]] : []
    }),
  )
}

interface Mass {
  readonly atMs: number
  readonly count: number
  readonly text: string
}

interface End {
  readonly atMs: number
  readonly clientId: string
  /** Of the case itself, not of others around it. */
  readonly isOwn: boolean
}

/** Most clients of a broker within seconds: of the case's own ends, or of others' around the one client's. */
function massOf({ asked, nearbyEnds }: Facts, own: readonly Session[], minutes: readonly Minute[]): Mass | undefined {
  const broker = own[0]?.broker
  if (broker === undefined) return undefined
  const ends = own.flatMap(({ endedMs: atMs, cause = 'unknown', clientId }): End[] =>
    atMs !== undefined && bluntCauses.includes(cause) ? [{ atMs, clientId, isOwn: true }] : [],
  )
  const others = nearbyEnds.flatMap(({ at, cause = 'unknown', clientId = '', broker: where }): End[] =>
    where === broker && bluntCauses.includes(cause) ? [{ atMs: Date.parse(at), clientId, isOwn: false }] : [],
  )
  const most = mostTogether([...ends, ...others])
  const [first, last] = [most[0], most.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const known = clientsBefore(minutes, first.atMs)
  const clients = new Set(most.map(({ clientId }) => clientId)).size
  if (known === undefined || known < leastClients || clients < leastClients) return undefined
  const before = Math.max(known, clients)
  // Of others at most a hundred are looked at.
  if (clients < massShare * (asked.subject.of === 'client' ? Math.min(100, before) : before)) return undefined
  return {
    atMs: first.atMs,
    count: most.filter(({ isOwn }) => isOwn).length,
    text: `${clients} of the ${before} clients of ${broker} lost their connections within ${durationText(last.atMs - first.atMs)}, at ${new Date(first.atMs).toISOString().slice(11, 19)} UTC.`,
  }
}

/** The ends of the most clients that fall together: the first such, for what follows may be its echo. */
function mostTogether(ends: readonly End[]): readonly End[] {
  const sorted = ends.toSorted((a, b) => a.atMs - b.atMs)
  const within = new Map<string, number>()
  let best = { from: 0, to: 0, clients: 0 }
  let from = 0
  for (const [to, { atMs, clientId }] of sorted.entries()) {
    within.set(clientId, (within.get(clientId) ?? 0) + 1)
    for (let first = sorted[from]; first !== undefined && atMs - first.atMs > togetherMs; first = sorted[from]) {
      const left = (within.get(first.clientId) ?? 0) - 1
      if (left > 0) within.set(first.clientId, left)
      else within.delete(first.clientId)
      from += 1
    }
    if (within.size > best.clients) best = { from, to: to + 1, clients: within.size }
  }
  return sorted.slice(best.from, best.to)
}

/** How many clients it last had: while it was away it had none. */
function clientsBefore(minutes: readonly Minute[], atMs: number): number | undefined {
  const before = minutes.filter(({ minute, connected }) => {
    const endMs = Date.parse(minute) + minuteMs
    return connected !== undefined && endMs <= atMs && endMs > atMs - longestAwayMs
  })
  return (before.findLast(({ connected = 0 }) => connected > 0) ?? before.at(-1))?.connected
}

/** The same by minutes: an end falls into one of them or two. */
function massInMinutes(minutes: readonly Minute[]): Mass | undefined {
  let best: Mass | undefined
  for (let index = 1; index < minutes.length; index += 1) {
    const [previous, minute, next] = [minutes[index - 1], minutes[index], minutes[index + 1]]
    if (previous?.connected === undefined || minute === undefined || previous.connected < leastClients) continue
    const both = [minute, ...(next === undefined ? [] : [next])]
    const count =
      endsBy([minute], bluntCauses) >= massShare * previous.connected
        ? endsBy([minute], bluntCauses)
        : endsBy(both, bluntCauses)
    // A storm that follows ends more; the first blow is what began it.
    if (count < massShare * previous.connected || best !== undefined) continue
    const back = minutes.slice(index, index + 6).reduce((sum, { connects }) => sum + connects, 0)
    best = {
      atMs: Date.parse(minute.minute),
      count: Math.min(count, previous.connected),
      text: `${count} of the ${previous.connected} clients of ${minute.broker} lost their connections within two minutes, from ${minute.minute.slice(11, 16)} UTC; ${back} connects followed within 6 min.`,
    }
  }
  return best
}

/** Another broker whose clients went at that time. */
function sameTimeAs({ atMs }: Mass, broker: string, { minutes }: Facts): string | undefined {
  for (const [other, all] of minutes) {
    const mass = other === broker ? undefined : massInMinutes(all.filter(({ coverage }) => coverage > 0))
    if (mass !== undefined && Math.abs(mass.atMs - atMs) < outageMs) return other
  }
  return undefined
}

/** A figure that counts since the broker's start began anew. */
function resetOf(minutes: readonly Minute[]): string | undefined {
  for (const name of [
    'connects_total',
    'disconnects_total',
    'messages_received_total',
    'messages_sent_total',
  ] as const) {
    let before: number | undefined
    for (const { gauges, broker, minute } of minutes) {
      const value = gauges[name]
      if (value === undefined) continue
      if (before !== undefined && value < before / 2) {
        return `${broker} counts anew: ${name} went from ${before} to ${value} at ${minute.slice(11, 16)} UTC.`
      }
      before = value
    }
  }
  return undefined
}
