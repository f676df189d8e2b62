/** Take-overs of one client that come one upon another: who threw whom out. */
import { medianOf } from '../statistics.ts'
import { peakOf } from './age-peak.ts'
import type { ClientFacts, Facts } from '../facts.ts'
import { addressOf } from '../peer.ts'
import { minuteMs } from '../time.ts'
import type { Session } from './two-views.ts'
import { minutesAsked } from './counted.ts'

/** Connections of one id that end because the next begins, again and again. */
export interface Fight {
  readonly clientId: string
  /** How often one was thrown out. */
  readonly takeovers: number
  /** The broker called them so; else they are concluded from ends in the instant of the next begin. */
  readonly isTold: boolean
  readonly spanMs: number
  /** Addresses without ports, the most frequent first. */
  readonly addresses: readonly string[]
  readonly ports: number
  /** How often a connection came from an address seen before, but not from that of the last one. Minutes do not tell. */
  readonly returns?: number
  readonly connections: number
  /** Processes as the clients claim. */
  readonly processes: readonly string[]
  /** Connections of which no client claims anything, while of others one does. */
  readonly unclaimed: number
  /** Attempts that were refused because of it: brokers ban who comes and goes so often. */
  readonly banned: number
  readonly sessionMs?: number
  readonly reconnectPeriodMs?: number
}

/** A client that comes back before the broker noticed takes itself over once or twice, not again and again. */
const leastTakeovers = 3
/** Take-overs farther apart are not of one fight, unless their sessions are all of one length. */
const mostGapMs = 2 * minuteMs
const leastRegular = 4
const regularShare = 0.6
/** An end this near the begin of the next is because of it, where the broker has no word for that. */
const sameInstantMs = 300
const leastConcluded = 5
const vague = new Set(['unknown', 'network_eof'])

/** All fights, those with the most take-overs first. Without events, as minutes show them. */
export function fightsOf(facts: Facts): Fight[] {
  const found =
    facts.asked.events.length > 0
      ? [...facts.clients.values()].flatMap((client) => fightOf(client) ?? [])
      : fightsInMinutes(facts)
  return found.toSorted((a, b) => b.takeovers - a.takeovers)
}

/** What the client's sessions show of a fight, if they do. */
export function fightOf({ clientId, sessions, attempts }: ClientFacts): Fight | undefined {
  const own = ownTakeovers(sessions)
  const named = sessions.filter((session) => session.cause === 'session_taken_over' && !own.has(session))
  const isTold = named.length > 0
  const taken = fought(isTold ? named : concluded(sessions).filter((session) => !own.has(session)))
  const [first, last] = [taken[0], taken.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const [fromMs, toMs] = [(first.beganMs ?? first.endedMs ?? 0) - 1, (last.endedMs ?? 0) + sameInstantMs]
  const involved = sessions.filter(({ beganMs = Number.NaN }) => beganMs >= fromMs && beganMs <= toMs)
  const peers = involved.flatMap(({ peer }) => peer ?? [])
  const inTurn = peers.map(addressOf)
  const processes = involved.flatMap(({ process }) => process ?? [])
  const several = new Set(inTurn).size > 1 || new Set(processes).size > 1
  if (!isTold && !several) return undefined
  const sessionMs = medianOf(taken.flatMap(({ ageMs }) => ageMs ?? []))
  const reconnectPeriodMs = medianOf(involved.flatMap(({ claim }) => periodOf(claim) ?? []))
  return {
    clientId,
    takeovers: taken.length,
    isTold,
    spanMs: (last.endedMs ?? 0) - (first.endedMs ?? 0),
    addresses: byFrequency(inTurn),
    ports: new Set(peers).size,
    returns: returnsIn(inTurn),
    connections: involved.length,
    processes: byFrequency(processes),
    unclaimed: processes.length === 0 ? 0 : involved.length - processes.length,
    banned: attempts.filter(({ atMs, told, claim }) => atMs >= fromMs && (told ?? claim)?.cause === 'kicked').length,
    ...(sessionMs === undefined ? {} : { sessionMs }),
    ...(reconnectPeriodMs === undefined ? {} : { reconnectPeriodMs }),
  }
}

/**
 * Sessions that one process held, and the next one too, without having been thrown out: it noticed the end well before it
 * came back, so it took over what it had lost. Both are told by one clock. Of two clients in one process one begins just
 * when the other ends.
 */
export function ownTakeovers(sessions: readonly Session[]): ReadonlySet<Session> {
  return new Set(
    sessions.filter((old, index) => {
      const next = sessions[index + 1]
      if (old.process === undefined || next?.claim.begin === undefined || next.process !== old.process) return false
      const { end } = old.claim
      if (end?.cause === 'session_taken_over') return false
      return end === undefined || Date.parse(next.claim.begin.at) - Date.parse(end.at) > sameInstantMs
    }),
  )
}

/** Minutes name clients that were taken over, with addresses, or ports where the address is one. */
function fightsInMinutes(facts: Facts): Fight[] {
  const { subject } = facts.asked
  const tallies = minutesAsked(facts).flatMap(({ minute, topClients }) =>
    topClients.flatMap((top) => ((top.takeovers ?? 0) >= 1 ? [{ ...top, atMs: Date.parse(minute) }] : [])),
  )
  return [...Map.groupBy(tallies, ({ clientId }) => clientId)].flatMap(([clientId, all]): Fight[] => {
    const own = repeated(all)
    const takeovers = own.reduce((sum, top) => sum + (top.takeovers ?? 0), 0)
    if (takeovers < leastTakeovers || (subject.of === 'client' && subject.clientId !== clientId)) return []
    const peers = own.flatMap((top) => top.peers ?? [])
    const times = own.map(({ atMs }) => atMs)
    return [
      {
        clientId,
        takeovers,
        isTold: true,
        spanMs: Math.max(...times) - Math.min(...times) + minuteMs,
        addresses: byFrequency(peers.map(addressOf)),
        ports: new Set(peers).size,
        connections: takeovers,
        processes: [],
        unclaimed: 0,
        banned: 0,
      },
    ]
  })
}

/** Of a client's minutes those with several take-overs, or with one after another. */
function repeated<T extends { readonly atMs: number; readonly takeovers?: number | undefined }>(
  tallies: readonly T[],
): T[] {
  const sorted = tallies.toSorted((a, b) => a.atMs - b.atMs)
  return sorted.filter(({ atMs, takeovers = 0 }, index) => {
    const [before, after] = [sorted[index - 1], sorted[index + 1]]
    const isNear = (other: T | undefined) => other !== undefined && Math.abs(other.atMs - atMs) <= mostGapMs
    return takeovers >= 2 || isNear(before) || isNear(after)
  })
}

/**
 * A client that keeps losing its path may take itself over each minute, and minutes do not tell who noticed what: how sure
 * they are of a fight, 0 to 1.
 */
export function sureOfMinutes({ takeovers, spanMs }: Fight): number {
  return takeovers >= (2 * spanMs) / minuteMs ? 1 : 0.75
}

const periodOf = ({ begin, end }: Session['claim']): number | undefined => (begin ?? end)?.evidence?.reconnectPeriodMs

/** Of the take-overs those that follow each other closely, or all where they come with the regularity of a timer. */
function fought(taken: readonly Session[]): readonly Session[] {
  const runs: Session[][] = []
  for (const session of taken.toSorted((a, b) => (a.endedMs ?? 0) - (b.endedMs ?? 0))) {
    const run = runs.at(-1)
    const gapMs = (session.endedMs ?? 0) - (run?.at(-1)?.endedMs ?? Number.NEGATIVE_INFINITY)
    if (run !== undefined && gapMs <= mostGapMs) run.push(session)
    else runs.push([session])
  }
  const dense = runs.filter((run) => run.length >= leastTakeovers).flat()
  if (dense.length > 0) return dense
  const peak = peakOf(taken.flatMap(({ ageMs }) => ageMs ?? []))
  return peak !== undefined && peak.count >= leastRegular && peak.count >= regularShare * taken.length ? taken : []
}

function concluded(sessions: readonly Session[]): readonly Session[] {
  const found = [...Map.groupBy(sessions, ({ broker }) => broker).values()].flatMap((own) =>
    own.filter(({ cause, endedMs }, index) => {
      const next = own[index + 1]?.beganMs
      if (cause === undefined || !vague.has(cause) || endedMs === undefined || next === undefined) return false
      return Math.abs(next - endedMs) <= sameInstantMs
    }),
  )
  return found.length >= leastConcluded ? found : []
}

function returnsIn(inTurn: readonly string[]): number {
  const seen = new Set<string>()
  let returns = 0
  inTurn.forEach((address, index) => {
    if (seen.has(address) && address !== inTurn[index - 1]) returns += 1
    seen.add(address)
  })
  return returns
}

function byFrequency(names: readonly string[]): string[] {
  const counts = [...Map.groupBy(names, (name) => name)].map(([name, own]) => ({ name, count: own.length }))
  return counts.toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)).map(({ name }) => name)
}
