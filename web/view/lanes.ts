/** A client's connections as lanes: one for each broker, in it a row for the broker's view and one for each process of the client. Pure. */
import { connectionsOf, type Attempt, type Session } from '../../domain/evidence/two-views.ts'
import type { Cause } from '../../domain/cause.ts'
import type { Event } from '../../domain/event.ts'
import type { JoinedEvent } from '../../domain/session.ts'

export type View = Event['view']

/** A connection, or an attempt at one, as one view told it. Times are by the broker's clock. */
export interface LaneItem {
  readonly key: string
  readonly view: View
  readonly of: { readonly session: Session } | { readonly attempt: Attempt }
  readonly fromMs: number
  /** `Infinity` while it lives; of an attempt `fromMs`. */
  readonly untilMs: number
  /** No begin was told: `fromMs` is the end. */
  readonly beginUnknown: boolean
  /** `untold`: it is over, but this view did not tell its end. */
  readonly end: 'told' | 'untold' | 'open'
  /** As this view told it. */
  readonly cause?: Cause
}

export interface LaneRow {
  readonly key: string
  readonly view: View
  /** Of the client's process, where several are told apart. */
  readonly process?: string
  /** By `fromMs`. */
  readonly items: readonly LaneItem[]
}

export interface Lane {
  readonly broker: string
  readonly rows: readonly LaneRow[]
}

/** Up to so many processes of one client id have a row each; more would hide what they do to each other. */
const mostProcesses = 4

/** Lanes by the name of the broker, sessions paired as the diagnosis pairs them. */
export function lanesOf(events: readonly JoinedEvent[]): readonly Lane[] {
  const { sessions, attempts } = connectionsOf(events)
  const offsets = clockOffsets(sessions)
  const byBroker = new Map<string, LaneItem[]>()
  const add = (broker: string, item: LaneItem | undefined) => {
    if (item === undefined) return
    const own = byBroker.get(broker)
    if (own === undefined) byBroker.set(broker, [item])
    else own.push(item)
  }
  const began = new Map(events.flatMap(({ id, session }) => (session === undefined ? [] : [[id, session] as const])))
  for (const session of sessions) {
    const joined = session.end === undefined ? undefined : began.get(session.end.id)
    add(session.broker, toldItem(session, joined === undefined ? undefined : Date.parse(joined.connectedAt)))
    add(session.broker, claimedItem(session, offsets))
  }
  for (const attempt of attempts) for (const item of attemptItems(attempt)) add(attempt.broker, item)
  return [...byBroker]
    .toSorted(([a], [b]) => collator.compare(a, b))
    .map(([broker, items]) => ({ broker, rows: rowsOf(broker, items) }))
}

const collator = new Intl.Collator('en', { numeric: true })

function toldItem(session: Session, joinedMs: number | undefined): LaneItem | undefined {
  const { begin, end, beganMs, endedMs, endUntold } = session
  if (begin === undefined && end === undefined) return undefined
  const from = beganMs ?? joinedMs ?? endedMs
  if (from === undefined) return undefined
  const isOpen = endedMs === undefined && endUntold !== true
  return {
    key: `b${(begin ?? end)?.id}`,
    view: 'broker',
    of: { session },
    fromMs: from,
    untilMs: isOpen ? Number.POSITIVE_INFINITY : Math.max(from, endedMs ?? from),
    beginUnknown: beganMs === undefined && joinedMs === undefined,
    end: end !== undefined ? 'told' : isOpen ? 'open' : 'untold',
    ...(end?.cause === undefined ? {} : { cause: end.cause }),
  }
}

function claimedItem(session: Session, offsets: ReadonlyMap<string, number>): LaneItem | undefined {
  const { begin, end } = session.claim
  const any = begin ?? end
  if (any === undefined) return undefined
  const offsetMs = offsetOf(session) ?? offsets.get(any.evidence?.process ?? '') ?? 0
  const endMs = end === undefined ? undefined : Date.parse(end.at) - offsetMs
  const sessionMs = end?.evidence?.sessionMs
  const claimedMs = begin === undefined ? undefined : Date.parse(begin.connectedAt ?? begin.at) - offsetMs
  const beganMs = claimedMs ?? (endMs === undefined || sessionMs === undefined ? undefined : endMs - sessionMs)
  const from = beganMs ?? endMs ?? 0
  const isOpen = end === undefined && session.endedMs === undefined && session.endUntold !== true
  return {
    key: `c${any.id}`,
    view: 'client',
    of: { session },
    fromMs: from,
    untilMs: isOpen ? Number.POSITIVE_INFINITY : Math.max(from, endMs ?? session.endedMs ?? from),
    beginUnknown: beganMs === undefined,
    end: end !== undefined ? 'told' : isOpen ? 'open' : 'untold',
    ...(end?.cause === undefined ? {} : { cause: end.cause }),
  }
}

function attemptItems(attempt: Attempt): LaneItem[] {
  const { told, claim, atMs } = attempt
  return [told, claim].flatMap((event) =>
    event === undefined
      ? []
      : [
          {
            key: event.id,
            view: event.view,
            of: { attempt },
            fromMs: atMs,
            untilMs: atMs,
            beginUnknown: false,
            end: 'told',
            ...(event.cause === undefined ? {} : { cause: event.cause }),
          } satisfies LaneItem,
        ],
  )
}

/** How far the client's clock is ahead in this session, where it shows. */
function offsetOf({ claim, beganMs, endedMs, begin, end, noticedLaterMs = 0 }: Session): number | undefined {
  if (claim.end !== undefined && endedMs !== undefined) return Date.parse(claim.end.at) - endedMs - noticedLaterMs
  if (claim.begin === undefined || beganMs === undefined || begin !== undefined || end !== undefined) return undefined
  return Date.parse(claim.begin.at) - beganMs
}

function clockOffsets(sessions: readonly Session[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const session of sessions) {
    const offset = offsetOf(session)
    if (session.process !== undefined && offset !== undefined) found.set(session.process, offset)
  }
  return found
}

/** The process of the client that told it; undefined for what the broker told. */
export function processOf({ of, view }: LaneItem): string | undefined {
  if (view === 'broker') return undefined
  return 'session' in of ? of.session.process : of.attempt.claim?.evidence?.process
}

function rowsOf(broker: string, items: readonly LaneItem[]): readonly LaneRow[] {
  const told = items.filter(({ view }) => view === 'broker')
  const claimed = items.filter(({ view }) => view === 'client')
  const byProcess = Map.groupBy(claimed, processOf)
  const apart = byProcess.size > 1 && byProcess.size <= mostProcesses
  const row = (view: View, own: readonly LaneItem[], process?: string): LaneRow => ({
    key: `${broker}\n${view}\n${process ?? ''}`,
    view,
    ...(process === undefined ? {} : { process }),
    items: inOrder(own),
  })
  return [
    row('broker', told),
    ...(apart
      ? [...byProcess].map(([process, own]) => row('client', own, process ?? '?'))
      : claimed.length === 0
        ? []
        : [row('client', claimed)]),
  ]
}

/** Of what ended untold it is known only that it was over when the next began. */
function inOrder(items: readonly LaneItem[]): readonly LaneItem[] {
  const ordered = items.toSorted((a, b) => a.fromMs - b.fromMs)
  return ordered.map((item, index) => {
    const next = ordered[index + 1]
    if (item.end !== 'untold' || item.untilMs > item.fromMs || next === undefined) return item
    return { ...item, untilMs: next.fromMs }
  })
}
