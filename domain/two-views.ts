/** Connections of one client, each joined from what the broker and the client itself told of it. */
import { type Cause, causes } from './cause.ts'
import type { Event } from './event.ts'

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
  /** Absent while it lives. The broker's word, but where it names none and the client does. */
  readonly cause?: Cause
  /** When the client noticed the end, minus when the broker did, where both told it. */
  readonly noticedLaterMs?: number
  readonly peer?: string
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

/** So far may a client's clock be off. */
const clockOffMs = 125_000
/** Begin of one session in both views, once the clock is corrected. */
const sameBeginMs = 10_000
const sameAttemptMs = 3000

interface Half {
  readonly begin?: Event
  readonly end?: Event
  readonly beganMs?: number | undefined
}

/** Joins the events of one client, in any order, doubles allowed. Oldest first by begin. */
export function connectionsOf(events: readonly Event[]): {
  readonly sessions: readonly Session[]
  readonly attempts: readonly Attempt[]
} {
  const ordered = [...new Map(events.map((event) => [event.id, event])).values()].toSorted(inOrder)
  const told = ordered.filter(({ view }) => view === 'broker')
  const claimed = ordered.filter(({ view }) => view === 'client')
  const halves = pairUp(told)
  const claims = pairUp(claimed)
  const offsetMs = clockOffset(halves, claims)
  const left = new Set(claims)
  const sessions = halves.map((half) => {
    const claim = nearest(half, left, offsetMs)
    if (claim !== undefined) left.delete(claim)
    return sessionOf(half, claim, offsetMs)
  })
  const unmatched = [...left].map((claim) => sessionOf({}, claim, offsetMs))
  return {
    sessions: [...sessions, ...unmatched].toSorted((a, b) => placeOf(a) - placeOf(b)),
    attempts: attemptsOf(told, claimed, offsetMs),
  }
}

const placeOf = ({ beganMs, endedMs }: Session): number => beganMs ?? endedMs ?? 0

function inOrder(a: Event, b: Event): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1
  return a.ordinal - b.ordinal || (a.id < b.id ? -1 : 1)
}

/** Begins and ends of one view. An end may be told after the begin of the next session. */
function pairUp(events: readonly Event[]): Half[] {
  const open: { begin: Event; end?: Event }[] = []
  const alone: Half[] = []
  for (const event of events) {
    if (event.type === 'connected') open.push({ begin: event })
    if (event.type !== 'disconnected') continue
    const own = open.filter(({ begin, end }) => end === undefined && isBegin(begin, event))
    // Who is taken over is the older one; else it is the last that began.
    const half = event.cause === 'session_taken_over' ? own[0] : own.at(-1)
    if (half === undefined) alone.push({ end: event, beganMs: beganBy(event) })
    else half.end = event
  }
  return [...open.map((half): Half => ({ ...half, beganMs: beganBy(half.end) ?? Date.parse(half.begin.at) })), ...alone]
}

function beganBy(end: Event | undefined): number | undefined {
  return end?.connectedAt === undefined ? undefined : Date.parse(end.connectedAt)
}

function isBegin(begin: Event, end: Event): boolean {
  if (begin.broker !== end.broker && begin.view === 'broker') return false
  if (begin.evidence?.process !== end.evidence?.process) return false
  if (begin.view === 'broker' && begin.sessionKey !== undefined && end.sessionKey !== undefined) {
    return begin.sessionKey === end.sessionKey
  }
  const beganMs = beganBy(end)
  if (beganMs === undefined) return true
  return Math.abs(beganMs - Date.parse(begin.connectedAt ?? begin.at)) <= 1500
}

/** The client's clock minus the broker's, by the median of its begins; 0 where nothing tells. */
function clockOffset(halves: readonly Half[], claims: readonly Half[]): number {
  const offsets = claims.flatMap(({ beganMs }) => {
    if (beganMs === undefined) return []
    const differences = halves.flatMap((half) => (half.beganMs === undefined ? [] : [beganMs - half.beganMs]))
    const least = differences.toSorted((a, b) => Math.abs(a) - Math.abs(b))[0]
    return least === undefined || Math.abs(least) > clockOffMs ? [] : [least]
  })
  return offsets.toSorted((a, b) => a - b)[offsets.length >> 1] ?? 0
}

function nearest({ beganMs }: Half, claims: ReadonlySet<Half>, offsetMs: number): Half | undefined {
  if (beganMs === undefined) return undefined
  let best: Half | undefined
  let bestMs = sameBeginMs
  for (const claim of claims) {
    if (claim.beganMs === undefined) continue
    const apartMs = Math.abs(claim.beganMs - offsetMs - beganMs)
    if (apartMs <= bestMs) [best, bestMs] = [claim, apartMs]
  }
  return best
}

function sessionOf({ begin, end, beganMs }: Half, claim: Half | undefined, offsetMs: number): Session {
  const claimMs = (ms: number | undefined) => (ms === undefined ? undefined : ms - offsetMs)
  const noticedMs = claimMs(claim?.end && Date.parse(claim.end.at))
  const endMs = end && Date.parse(end.at)
  const endedMs = endMs ?? noticedMs
  const began = beganMs ?? claimMs(claim?.beganMs)
  const any = begin ?? end ?? claim?.begin ?? claim?.end
  const cause = causeOf(end, claim?.end)
  const peer = begin?.peer ?? end?.peer
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
    ...(peer === undefined ? {} : { peer }),
    ...(keepaliveSeconds?.keepaliveSeconds === undefined
      ? {}
      : { keepaliveSeconds: keepaliveSeconds.keepaliveSeconds }),
  }
}

function causeOf(told: Event | undefined, claimed: Event | undefined): Cause | undefined {
  if (told === undefined && claimed === undefined) return undefined
  const cause = told?.cause ?? 'unknown'
  const vague = cause === 'unknown' || cause === 'network_eof'
  if (vague && claimed?.cause !== undefined && claimed.cause !== 'unknown') return claimed.cause
  return told === undefined ? (claimed?.cause ?? 'unknown') : cause
}

function attemptsOf(told: readonly Event[], claimed: readonly Event[], offsetMs: number): readonly Attempt[] {
  const left = claimed.filter(({ type }) => type === 'refused')
  const attempts = told.flatMap((event): Attempt[] => {
    if (event.type !== 'refused') return []
    const atMs = Date.parse(event.at)
    const index = left.findIndex((claim) => Math.abs(Date.parse(claim.at) - offsetMs - atMs) <= sameAttemptMs)
    const [claim] = index < 0 ? [] : left.splice(index, 1)
    return [{ ...placed(event), atMs, told: event, ...(claim === undefined ? {} : { claim }) }]
  })
  const claims = left.map((claim): Attempt => ({ ...placed(claim), atMs: Date.parse(claim.at) - offsetMs, claim }))
  return [...attempts, ...claims].toSorted((a, b) => a.atMs - b.atMs)
}

function placed({ clientId, broker }: Event): Pick<Attempt, 'clientId' | 'broker'> {
  return { ...(clientId === undefined ? {} : { clientId }), broker }
}

/** Did it end as nobody wanted? A take-over counts: whether it is benign is for the diagnosis to say. */
export function endedBadly({ cause }: Session): boolean {
  return cause !== undefined && (causes[cause].abnormal || cause === 'session_taken_over')
}
