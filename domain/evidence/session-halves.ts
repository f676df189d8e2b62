/** Begins and ends of one client's connections as one view told them: each pair is one half of what is known of it. */
import type { Event } from '../event.ts'

/** A connection as one view told it. At least one of `begin` and `end` is there. */
export interface Half {
  readonly begin?: Event
  readonly end?: Event
  readonly beganMs?: number
  /** By the clock of who told it, like `beganMs`. */
  readonly endedMs?: number
  /** It is over, for the next began in its place, but its end was never told. */
  readonly endUntold?: true
}

interface Open {
  readonly begin: Event
  readonly beganMs: number
  end?: Event
  /** When the next began in its place. */
  followedMs?: number
}
/** One client id has one connection at a time on one broker, and in one process. */
interface Place {
  readonly begun: Open[]
  readonly ends: Event[]
  /** Begun and not ended, oldest first; all but the last are followed by another. */
  open: Open[]
}

/** So long after the begin of the next session may the end of the last be told, where nothing says whose it is. */
const lateMs = 5000
/** An end so soon after a begin is more likely that of the session before. */
const soonMs = 250
/** The begin as told with the end may be of another clock, or of whole seconds. */
const sameBeginMs = 1500
const sameStampMs = 50
/** An end that says when its session began is looked for among so many. */
const lookBack = 32

/** Pairs the events of one client and one view, in order of time. */
export function halvesOf(events: readonly Event[]): Half[] {
  const byPlace = Map.groupBy(events, placeOf)
  return [...byPlace.values()].flatMap(halvesIn)
}

const placeOf = ({ view, broker, evidence }: Event): string => (view === 'broker' ? broker : (evidence?.process ?? ''))

function halvesIn(events: readonly Event[]): Half[] {
  const place: Place = { begun: [], ends: [], open: [] }
  const told = events.filter(({ type }) => type === 'connected' || type === 'disconnected')
  told.forEach((event, index) => {
    if (event.type === 'connected') takeBegin(place, event)
    else takeEnd(place, event, told[index + 1])
  })
  return [...place.begun.map(halfOf), ...place.ends.map(halfOfEnd)]
}

function takeBegin(place: Place, event: Event): void {
  const beganMs = Date.parse(event.connectedAt ?? event.at)
  const before = place.begun.at(-1)
  if (before !== undefined) before.followedMs = beganMs
  const next = { begin: event, beganMs }
  place.begun.push(next)
  place.open.push(next)
}

function takeEnd(place: Place, event: Event, next: Event | undefined): void {
  const atMs = Date.parse(event.at)
  place.open = place.open.filter((open) => open.followedMs === undefined || open.followedMs >= atMs - lateMs)
  const owner = named(place, event) ?? (isNamed(place, event) ? undefined : guessed(place, event, next))
  if (owner === undefined) {
    place.ends.push(event)
    return
  }
  // Some brokers tell one end twice; what was only concluded gives way to what was told.
  if (owner.end === undefined || owner.end.origin === 'inferred') owner.end = event
  place.open = place.open.filter((open) => open !== owner)
}

/** Does the end say which session it is of? */
function isNamed({ begun }: Place, { connectedAt, sessionKey }: Event): boolean {
  return connectedAt !== undefined || (sessionKey !== undefined && begun.at(-1)?.begin.sessionKey !== undefined)
}

/** The session whose key or begin the end names. */
function named({ begun }: Place, event: Event): Open | undefined {
  const beganMs = event.connectedAt === undefined ? undefined : Date.parse(event.connectedAt)
  let best: Open | undefined
  let bestMs = sameBeginMs
  for (let index = begun.length - 1; index >= Math.max(0, begun.length - lookBack); index -= 1) {
    const open = begun[index]
    if (open === undefined || !canBe(open, event)) continue
    if (event.view === 'broker' && event.sessionKey !== undefined && open.begin.sessionKey === event.sessionKey)
      return open
    if (beganMs === undefined) continue
    const apartMs = Math.abs(open.beganMs - beganMs)
    if (apartMs > bestMs || (open.end !== undefined && apartMs > sameStampMs)) continue
    ;[best, bestMs] = [open, apartMs]
  }
  return best
}

/** Whose end it is where nothing names it: the last that began, or the one before whose end is told late. */
function guessed({ open, begun }: Place, event: Event, next: Event | undefined): Open | undefined {
  const atMs = Date.parse(event.at)
  const last = begun.at(-1)
  if (last === undefined) return undefined
  const current = last.end === undefined && canBe(last, event) ? last : undefined
  const before = open.find((each) => each !== last && canBe(each, event))
  const sinceMs = atMs - last.beganMs
  const isLogged = isWhole(last.begin) && isWhole(event)
  const untilMs = next?.type === 'connected' ? Date.parse(next.at) - atMs : Number.POSITIVE_INFINITY
  if (sinceMs > lateMs) return current
  if (event.cause === 'session_taken_over') {
    // It is told beside the begin that caused it: before it by some brokers, after it by others.
    if (before !== undefined && sinceMs <= untilMs) return before
    return !isLogged && sinceMs <= soonMs && sinceMs < untilMs ? undefined : current
  }
  if (before === undefined || (current !== undefined && isLogged)) return current
  return current === undefined || sinceMs < untilMs ? before : current
}

/** Who stamps whole seconds writes a log, which is in order. */
function isWhole({ at }: Event): boolean {
  return at.endsWith('.000Z')
}

function canBe({ begin }: Open, event: Event): boolean {
  if (begin.view !== 'broker') return true
  if (begin.sessionKey !== undefined && event.sessionKey !== undefined) return begin.sessionKey === event.sessionKey
  return begin.peer === undefined || event.peer === undefined || begin.peer === event.peer
}

function halfOf({ begin, beganMs, end, followedMs }: Open): Half {
  return {
    begin,
    beganMs,
    ...(end === undefined ? {} : { end, endedMs: Date.parse(end.at) }),
    ...(end === undefined && followedMs !== undefined ? { endUntold: true } : {}),
  }
}

function halfOfEnd(end: Event): Half {
  return {
    end,
    endedMs: Date.parse(end.at),
    ...(end.connectedAt === undefined ? {} : { beganMs: Date.parse(end.connectedAt) }),
  }
}
