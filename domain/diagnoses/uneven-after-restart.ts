/** A broker lost its clients to the others when it was restarted, and they stayed there. */
import type { Explanation } from '../explanation.ts'
import type { Minute } from '../minute.ts'
import { minuteMs } from '../time.ts'
import { isQuiet, isStarved, type Load, loadsOf, loadText, movesText } from '../evidence/counted.ts'
import { durationText } from '../evidence/words.ts'

/** It had at least this share of its fair number, and was left with at most that. */
const hadShare = 0.6
const leftShare = 0.4
/** Where it is still so after this long, it stays so by itself. */
const settledMinutes = 8
/** With so much of its share, or of what it had, it would be on its way back. */
const backShare = 0.7
/** So much of what it lost the others must have gained. */
const gainedShare = 0.5

export const unevenAfterRestart: Explanation = {
  name: 'uneven_after_restart',
  title: 'A restart left the load uneven',
  basis: 'inferred',
  source: 'https://github.com/nats-io/nats-server/issues/1556',
  needs: 'minutes of all brokers from before the restart until now, with the number of clients of each',
  over: ['uneven_load', 'broker_restart'],
  recognise: (facts) => {
    const { subject } = facts.asked
    const loads = loadsOf(facts)
    const emptied = loads.flatMap((load) => emptiedOf(load) ?? [])
    const [one] = emptied.toSorted((a, b) => b.had - b.load.clients - (a.had - a.load.clients))
    if (one === undefined || subject.of === 'client') return undefined
    const { load, had, atMs, beforeMs, keptMinutes } = one
    const gains = loads
      .filter((other) => other !== load)
      .map((other) => ({ other, before: countAt(other.minutes, beforeMs) ?? other.clients }))
      .filter(({ other, before }) => other.clients > before)
    const gained = gains.reduce((sum, { other, before }) => sum + other.clients - before, 0)
    const lost = had - load.clients
    if (gained < gainedShare * lost) return undefined
    const concerned = new Set([load.broker, ...gains.map(({ other }) => other.broker)])
    if (subject.of === 'broker' && !concerned.has(subject.broker)) return undefined
    const ends = facts.bad.filter(
      ({ endedMs = 0, broker }) => broker === load.broker && Math.abs(endedMs - atMs) <= 2 * minuteMs,
    ).length
    return {
      fit: Math.min(1, 0.7 + 0.3 * (gained / lost)),
      explains: isQuiet(facts) ? facts.toExplain : Math.min(facts.toExplain, ends || lost),
      evidence: [
        `${load.broker} went from ${had} clients to ${one.left} at ${new Date(atMs).toISOString().slice(11, 16)} UTC; ${durationText(keptMinutes * minuteMs)} later it has ${load.clients}.`,
        `Meanwhile ${gains
          .slice(0, 6)
          .map(({ other, before }) => `${other.broker} went from ${before} to ${other.clients}`)
          .join(', ')}.`,
        loadText(load),
      ],
      remedy: [
        `Rebalance once: ${movesText(loads)} (EMQX: emqx ctl rebalance start; others: close that many connections, spread over ${durationText(spreadMs(lost))}).`,
        'Before the next restart, move the clients away first (EMQX: emqx ctl rebalance evacuation), and rebalance after the last broker.',
        'Restart the brokers with the fewest clients first; whichever comes last stays empty.',
      ],
    }
  },
}

/** Ten connections a second hurt no broker. */
const spreadMs = (clients: number): number => Math.max(10_000, clients * 100)

function countAt(minutes: readonly Minute[], atMs: number): number | undefined {
  return minutes.findLast(({ minute, connected }) => connected !== undefined && Date.parse(minute) <= atMs)?.connected
}

interface Emptied {
  readonly load: Load
  readonly had: number
  readonly left: number
  readonly atMs: number
  /** The last minute in which nothing had happened yet. */
  readonly beforeMs: number
  readonly keptMinutes: number
}

/** When it last lost most of its clients within minutes, if it is starved since. */
function emptiedOf(load: Load): Emptied | undefined {
  if (!isStarved(load)) return undefined
  const told = load.minutes.filter(({ connected }) => connected !== undefined)
  const counts = told.map(({ connected = 0 }) => connected)
  let found: { readonly had: number; readonly index: number } | undefined
  for (let index = told.length - 1; index > 0; index -= 1) {
    const had = Math.max(...counts.slice(Math.max(0, index - 3), index))
    const isEmptied = had >= hadShare * load.fair && (counts[index] ?? 0) <= leftShare * had
    if (!isEmptied && found !== undefined) break
    if (isEmptied && had >= (found?.had ?? 0)) found = { had, index }
  }
  if (found === undefined) return undefined
  const { had, index } = found
  const [at, calm] = [told[index], told[index - 2] ?? told[index - 1]]
  const since = counts.slice(index)
  if (at === undefined || calm === undefined || since.length <= settledMinutes) return undefined
  // The fall itself may take a minute or two.
  if (since.slice(2).some((count) => count > backShare * Math.min(had, load.fair))) return undefined
  const left = Math.min(...since.slice(0, 3))
  return {
    load,
    had,
    left,
    atMs: Date.parse(at.minute),
    beforeMs: Date.parse(calm.minute),
    keptMinutes: since.length - 1,
  }
}
