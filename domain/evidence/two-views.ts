/** Connections of one client, each joined from what the broker and the client itself told of it. */
import { type Cause, causes } from '../cause.ts'
import type { Event } from '../event.ts'
import { type Half, halvesOf } from './session-halves.ts'
import { type Claim, claimsByHalf, nearestPairs, placedBy, withOffsets } from './view-match.ts'

/** One connection, by the broker's clock. What is absent was not told. */
export interface Session {
  readonly clientId: string
  readonly broker: string
  /** What the broker told. */
  readonly begin?: Event
  readonly end?: Event
  /** What the client told: `claim.end` says more than any broker can. */
  readonly claim: { readonly begin?: Event; readonly end?: Event }
  readonly beganMs?: number
  readonly endedMs?: number
  /** From begin to end. */
  readonly ageMs?: number
  /**
   * Absent while it lives and where no end was told. The broker's word, but where it names none and the client does, or
   * where it says that the client asked for it and the client says that it did not.
   */
  readonly cause?: Cause
  /** When the client noticed the end, minus when the broker did, where both told it. */
  readonly noticedLaterMs?: number
  /** Who ended it, or noticed first that it had ended, where both views told the end and it can be said. */
  readonly closedFirst?: 'broker' | 'client'
  /** It is over, for the next began in its place; when and why was not told. */
  readonly endUntold?: true
  readonly peer?: string
  /** Of the client, where it claims: connections of one process share it. */
  readonly process?: string
  readonly keepaliveSeconds?: number
}

/** A connection that was refused or never came about. */
export interface Attempt {
  readonly clientId?: string
  readonly broker: string
  readonly atMs: number
  readonly told?: Event
  readonly claim?: Event
}

const sameAttemptMs = 3000
/** A difference of so much between the views is no matter of clocks or of slow packets. */
const surelyLaterMs = 2000

/** Joins the events of one client, in any order, doubles allowed. Oldest first by begin. */
export function connectionsOf(events: readonly Event[]): {
  readonly sessions: readonly Session[]
  readonly attempts: readonly Attempt[]
} {
  const ordered = [...new Map(events.map((event) => [event.id, event])).values()].toSorted(inOrder)
  const told = ordered.filter(({ view }) => view === 'broker')
  const claimed = ordered.filter(({ view }) => view === 'client')
  const halves = halvesOf(told)
  const claims = withOffsets(halvesOf(claimed), halves)
  const byHalf = claimsByHalf(halves, claims)
  const matched = new Set(byHalf.values())
  const sessions = [
    ...halves.map((half) => sessionOf(half, byHalf.get(half))),
    ...claims.filter((claim) => !matched.has(claim)).map((claim) => sessionOf({}, claim)),
  ]
  const offsets = new Map(claims.map(({ begin, end, offsetMs }) => [(begin ?? end)?.evidence?.process, offsetMs]))
  return {
    sessions: sessions.toSorted((a, b) => placeOf(a) - placeOf(b)),
    attempts: attemptsOf(told, claimed, offsets),
  }
}

const placeOf = ({ beganMs, endedMs }: Session): number => beganMs ?? endedMs ?? 0

function inOrder(a: Event, b: Event): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1
  return a.ordinal - b.ordinal || (a.id < b.id ? -1 : 1)
}

function sessionOf({ begin, end, beganMs, endedMs: endMs, endUntold }: Half, claim: Claim | undefined): Session {
  const claimMs = (ms: number | undefined) => (ms === undefined ? undefined : ms - (claim?.offsetMs ?? 0))
  const noticedMs = claimMs(claim?.endedMs)
  const endedMs = endMs ?? noticedMs
  const began = beganMs ?? claimMs(claim?.beganMs)
  const any = begin ?? end ?? claim?.begin ?? claim?.end
  const cause = causeOf(end, claim?.end)
  const closedFirst = closedFirstOf(end, claim?.end, endMs, noticedMs)
  const peer = begin?.peer ?? end?.peer
  const process = (claim?.begin ?? claim?.end)?.evidence?.process
  // What the client claims is the effective one: the broker's CONNACK may have changed it.
  const keepaliveSeconds = [claim?.end, claim?.begin, end, begin].find((event) => event?.keepaliveSeconds !== undefined)
  return {
    clientId: any?.clientId ?? '',
    broker: any?.broker ?? '',
    ...(begin === undefined ? {} : { begin }),
    ...(end === undefined ? {} : { end }),
    claim: {
      ...(claim?.begin === undefined ? {} : { begin: claim.begin }),
      ...(claim?.end === undefined ? {} : { end: claim.end }),
    },
    ...(began === undefined ? {} : { beganMs: began }),
    ...(endedMs === undefined ? {} : { endedMs }),
    ...(began === undefined || endedMs === undefined ? {} : { ageMs: Math.max(0, endedMs - began) }),
    ...(cause === undefined ? {} : { cause }),
    ...(endMs === undefined || noticedMs === undefined ? {} : { noticedLaterMs: noticedMs - endMs }),
    ...(closedFirst === undefined ? {} : { closedFirst }),
    ...((endUntold ?? claim?.endUntold) && endedMs === undefined ? { endUntold: true } : {}),
    ...(peer === undefined ? {} : { peer }),
    ...(process === undefined ? {} : { process }),
    ...(keepaliveSeconds?.keepaliveSeconds === undefined
      ? {}
      : { keepaliveSeconds: keepaliveSeconds.keepaliveSeconds }),
  }
}

function causeOf(told: Event | undefined, claimed: Event | undefined): Cause | undefined {
  if (told === undefined && claimed === undefined) return undefined
  const cause = told?.cause ?? 'unknown'
  // A broker that threw it out may write that it disconnected: whether it asked for it, the client knows better.
  const neverAsked = cause === 'client_requested' && (claimed?.evidence?.clientCause ?? 'local_end') !== 'local_end'
  const vague = cause === 'unknown' || cause === 'network_eof' || neverAsked
  if (vague && claimed?.cause !== undefined && claimed.cause !== 'unknown') return claimed.cause
  return told === undefined ? (claimed?.cause ?? 'unknown') : cause
}

/** What the client's process does itself; the rest it only sees. */
const ownCauses: ReadonlySet<string> = new Set(['local_end', 'local_destroy', 'keepalive_timeout', 'protocol_error'])

/** Does the client say that its own process ended it? */
export function endedByItself({ claim }: Session): boolean {
  return ownCauses.has(claim.end?.evidence?.clientCause ?? 'unknown')
}

function closedFirstOf(
  told: Event | undefined,
  claimed: Event | undefined,
  endMs: number | undefined,
  noticedMs: number | undefined,
): Session['closedFirst'] {
  if (told === undefined || endMs === undefined || noticedMs === undefined) return undefined
  if (Math.abs(noticedMs - endMs) >= surelyLaterMs) return noticedMs > endMs ? 'broker' : 'client'
  const { clientCause = 'unknown' } = claimed?.evidence ?? {}
  if (clientCause === 'unknown') return undefined
  return ownCauses.has(clientCause) ? 'client' : 'broker'
}

function attemptsOf(
  told: readonly Event[],
  claimed: readonly Event[],
  offsets: ReadonlyMap<string | undefined, number>,
): readonly Attempt[] {
  const refused = placedBy(
    told.filter(({ type }) => type === 'refused'),
    ({ at }) => Date.parse(at),
  )
  const claims = placedBy(
    claimed.filter(({ type }) => type === 'refused'),
    ({ at, evidence }) => Date.parse(at) - (offsets.get(evidence?.process) ?? 0),
  )
  const byTold = new Map(nearestPairs(refused, claims, sameAttemptMs).map(({ a, b }) => [a, b]))
  const matched = new Set(byTold.values())
  return [
    ...refused.map(({ item, ms }): Attempt => {
      const claim = byTold.get(item)
      return { ...placed(item), atMs: ms, told: item, ...(claim === undefined ? {} : { claim }) }
    }),
    ...claims
      .filter(({ item }) => !matched.has(item))
      .map(({ item, ms }): Attempt => ({ ...placed(item), atMs: ms, claim: item })),
  ].toSorted((a, b) => a.atMs - b.atMs)
}

function placed({ clientId, broker }: Event): Pick<Attempt, 'clientId' | 'broker'> {
  return { ...(clientId === undefined ? {} : { clientId }), broker }
}

/** Did it end as nobody wanted? A take-over counts: whether it is benign is for the diagnosis to say. */
export function endedBadly({ cause }: Session): boolean {
  return cause !== undefined && (causes[cause].abnormal || cause === 'session_taken_over')
}
