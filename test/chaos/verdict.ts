/** Holds what was stored against what was published: what is missing and why, and what is there that should not be. */
import type { Death, Published, WitnessedSession } from './witness.ts'

/** A time in which something was done to a watcher or to the broker; epoch milliseconds. */
export interface Disturbance {
  readonly target: string
  readonly fromMs: number
  readonly untilMs: number
}

/** A time in which one watcher said that it was blind. */
export interface Blindness {
  readonly watcher: string
  readonly fromMs: number
  readonly untilMs: number
}

/** The end of a session that the broker did not tell. */
export interface ConcludedEnd {
  readonly clientId: string
  /** When the session began, epoch milliseconds. */
  readonly beganMs: number
  /** When it ended, as concluded. */
  readonly atMs: number
}

export interface Evidence {
  readonly published: readonly Published[]
  /** Keys of the stored events that the broker told, as often as they are stored. */
  readonly stored: readonly string[]
  /** Stored ends that Keepwatch concluded. */
  readonly concluded: readonly ConcludedEnd[]
  readonly sessions: readonly WitnessedSession[]
  readonly gaps: readonly Blindness[]
  readonly watchers: readonly string[]
  readonly deaths: readonly Death[]
  readonly disturbances: readonly Disturbance[]
  /** What was published outside of this span need not be stored: nobody watched yet, or any more. */
  readonly span: { readonly fromMs: number; readonly untilMs: number }
}

export interface Verdict {
  readonly published: number
  readonly stored: number
  /** Stored more often than published. */
  readonly duplicates: number
  /** Stored, and no line tells of it. */
  readonly invented: number
  /** Not stored, in a time for which every watcher has recorded a gap. */
  readonly inGaps: number
  /** The same, and the broker was killed with what it had not saved. */
  readonly withBroker: number
  /** Not stored, for another line of that second was the same, and what happened then hid which was which. */
  readonly indistinguishable: number
  /** Not stored without a reason. */
  readonly unexplained: readonly Published[]
  readonly surplus: readonly string[]
  /** Sessions that are over and whose end the broker did not tell; how many of them have no end though they have a beginning. */
  readonly untoldEnds: number
  readonly endless: readonly WitnessedSession[]
  /** Concluded ends of sessions that have one already, or that never were. */
  readonly falseEnds: readonly ConcludedEnd[]
}

type Reason = 'inGaps' | 'withBroker' | 'indistinguishable'

const secondMs = 1000
/** Clocks and stamps of whole seconds leave that much open at the ends of a gap. */
const slackMs = 300
/** So long after a disturbance its consequences may come: the broker keeps lines for an absent watcher 20 s. */
const aftermathMs = 22_000

/** Judges. Pure, so that it can be shown to find a loss. */
export function judge(evidence: Evidence): Verdict {
  const stored = countsOf(evidence.stored)
  const published = countsOf(evidence.published.map(({ key }) => key))
  const inSpan = evidence.published.filter(
    ({ stampMs }) => stampMs >= evidence.span.fromMs && stampMs + secondMs <= evidence.span.untilMs,
  )
  const surplus = [...stored].filter(([key, count]) => count > (published.get(key) ?? 0))
  const excess = (known: boolean) =>
    surplus
      .filter(([key]) => published.has(key) === known)
      .reduce((sum, [key, count]) => sum + count - (published.get(key) ?? 0), 0)
  const found = { inGaps: 0, withBroker: 0, indistinguishable: 0 }
  const unexplained: Published[] = []
  const left = new Map(stored)
  for (const one of inSpan) {
    const there = left.get(one.key) ?? 0
    left.set(one.key, there - 1)
    if (there > 0) continue
    const isOneOfEqual = (published.get(one.key) ?? 0) > 1 && stored.has(one.key)
    const reason = reasonOf(one, isOneOfEqual, evidence)
    if (reason === undefined) unexplained.push(one)
    else found[reason] += 1
  }
  return {
    published: inSpan.length,
    stored: evidence.stored.length,
    duplicates: excess(true),
    invented: excess(false),
    ...found,
    unexplained,
    surplus: surplus.map(([key]) => key),
    ...judgeEnds(evidence, stored),
  }
}

/** Each session should have one end: as told, or concluded where that was never told or not seen. */
function judgeEnds({ sessions, concluded }: Evidence, stored: ReadonlyMap<string, number>) {
  const left = new Map(stored)
  const wanting = new Map<string, number>()
  let untoldEnds = 0
  const untold: WitnessedSession[] = []
  const name = ({ clientId, beganMs }: Pick<ConcludedEnd, 'clientId' | 'beganMs'>) => `${beganMs} ${clientId}`
  for (const session of sessions) {
    const { end } = session
    if (end === undefined) untoldEnds += 1
    const there = end === undefined ? 0 : (left.get(end) ?? 0)
    if (end !== undefined && there > 0) left.set(end, there - 1)
    else wanting.set(name(session), (wanting.get(name(session)) ?? 0) + 1)
    if (end === undefined && stored.has(session.beginning)) untold.push(session)
  }
  const falseEnds = concluded.filter((end) => {
    const wanted = wanting.get(name(end)) ?? 0
    wanting.set(name(end), wanted - 1)
    return wanted <= 0
  })
  return { untoldEnds, endless: untold.filter((session) => (wanting.get(name(session)) ?? 0) > 0), falseEnds }
}

function reasonOf({ stampMs }: Published, isOneOfEqual: boolean, evidence: Evidence): Reason | undefined {
  const meets = (span: { fromMs: number; untilMs: number }, before = 0, after = 0) =>
    span.fromMs - before < stampMs + secondMs && span.untilMs + after > stampMs
  const blind = (watcher: string) =>
    evidence.gaps.some((gap) => gap.watcher === watcher && meets(gap, slackMs, slackMs))
  if (evidence.watchers.every(blind)) {
    const died = evidence.deaths.some(({ savedAtMs, startedAtMs }) =>
      meets({ fromMs: savedAtMs, untilMs: startedAtMs + 1 }),
    )
    return died ? 'withBroker' : 'inGaps'
  }
  if (isOneOfEqual && evidence.disturbances.some((each) => meets(each, 0, aftermathMs))) return 'indistinguishable'
  return undefined
}

function countsOf(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}
