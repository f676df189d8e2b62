/** Minutes in steps: all that lie between two multiples of so many minutes from midnight UTC, joined into one. */
import { type Counted, joinTopClients, summed, sumOf } from './joined-minutes.ts'
import type { Band, Minute, TopPeer } from './minute.ts'
import { dayMs, instant, minuteMs } from './time.ts'
import type { WholeMinute } from './whole-minute.ts'

/** What a step says of itself. */
export interface Stepped {
  /** How many minutes it spans, from `minute` on: the newest may not be whole yet. */
  readonly stepMinutes: number
  /** Fewest and most clients at the end of any of its minutes; absent where it is one minute. */
  readonly connectedLow?: number
  readonly connectedHigh?: number
}

const mostPeers = 5

/** Begin of the step that holds an instant, as an instant. Steps begin at multiples of `step` minutes from midnight UTC. */
export function startOfStep(at: string, step: number): string {
  const ms = Date.parse(at)
  const midnight = Math.floor(ms / dayMs) * dayMs
  return instant(midnight + Math.floor((ms - midnight) / (step * minuteMs)) * step * minuteMs)
}

/** Begin of the first step that does not begin before an instant; a step ends at midnight at the latest. */
export function endOfStep(at: string, step: number): string {
  const start = startOfStep(at, step)
  if (Date.parse(start) === Date.parse(at)) return start
  const midnight = Math.floor(Date.parse(at) / dayMs) * dayMs
  return instant(Math.min(Date.parse(start) + step * minuteMs, midnight + dayMs))
}

/** A broker's minutes, newest first → its steps, newest first. Every minute counts in exactly one. */
export function stepsOfBroker(minutes: readonly Minute[], step: number): (Minute & Stepped)[] {
  return groups(minutes, step).map((group) => {
    const [newest] = group
    if (step === 1) return { ...newest, stepMinutes: 1 }
    const { cluster, broker } = newest
    const gauges = Object.fromEntries(group.toReversed().flatMap((each) => Object.entries(each.gauges)))
    const topPeers = joinPeers(group.map((each) => each.topPeers ?? []))
    const watched = lastOf(
      group.map((each) => each.watched ?? []),
      ({ clientId }) => clientId,
    )
    return {
      cluster,
      broker,
      ...joined(group, step),
      gauges,
      topClients: joinTopClients(group.map((each) => each.topClients)),
      ...(topPeers.length === 0 ? {} : { topPeers }),
      ...(watched.length === 0 ? {} : { watched }),
    }
  })
}

/** A cluster's minutes, newest first → its steps, newest first. */
export function stepsOfCluster(minutes: readonly WholeMinute[], step: number): (WholeMinute & Stepped)[] {
  return groups(minutes, step).map((group) => {
    const [newest] = group
    if (step === 1) return { ...newest, stepMinutes: 1 }
    const { cluster, brokers } = newest
    const watched = lastOf(
      group.map((each) => each.watched ?? []),
      (each) => JSON.stringify([each.clientId, each.broker]),
    )
    return {
      cluster,
      brokers,
      ...joined(group, step),
      topClients: joinTopClients(group.map((each) => each.topClients)),
      ...(watched.length === 0 ? {} : { watched }),
    }
  })
}

type Group<T> = readonly [T, ...T[]]

function groups<T extends { readonly minute: string }>(minutes: readonly T[], step: number): Group<T>[] {
  const found: [T, ...T[]][] = []
  let start = ''
  for (const minute of minutes) {
    const own = startOfStep(minute.minute, step)
    const last = found.at(-1)
    if (last !== undefined && own === start) last.push(minute)
    else found.push([minute])
    start = own
  }
  return found
}

interface Joinable extends Counted {
  readonly minute: string
  readonly coverage: number
  readonly connected?: number | undefined
  readonly band?: Band | undefined
}

/** What brokers and clusters have alike. A minute that is not stored was not seen. */
function joined(group: Group<Joinable>, step: number) {
  const minute = startOfStep(group[0].minute, step)
  const stepMinutes = Math.round((Date.parse(group[0].minute) - Date.parse(minute)) / minuteMs) + 1
  const connected = group.flatMap((each) => each.connected ?? [])
  const band = sumOfBands(group)
  return {
    minute,
    stepMinutes,
    coverage: Math.min(1, sumOf(group.map(({ coverage }) => coverage)) / stepMinutes),
    ...summed(group),
    ...(connected[0] === undefined
      ? {}
      : {
          connected: connected[0],
          connectedLow: Math.min(...connected),
          connectedHigh: Math.max(...connected),
        }),
    ...(band === undefined ? {} : { band }),
  }
}

/**
 * The bands of all minutes together: what is above their sum was above one of them. None where disconnects were counted in
 * a minute that was held against nothing.
 */
function sumOfBands(group: readonly Joinable[]): Band | undefined {
  const bands = group.flatMap(({ band }) => band ?? [])
  if (bands.length === 0 || group.some(({ band, abnormal }) => band === undefined && abnormal > 0)) return undefined
  return { expected: sumOf(bands.map(({ expected }) => expected)), upper: sumOf(bands.map(({ upper }) => upper)) }
}

function joinPeers(lists: readonly (readonly TopPeer[])[]): TopPeer[] {
  const counts = new Map<string, number>()
  for (const { peer, disconnects } of lists.flat()) counts.set(peer, (counts.get(peer) ?? 0) + disconnects)
  return [...counts]
    .map(([peer, disconnects]) => ({ peer, disconnects }))
    .toSorted((a, b) => b.disconnects - a.disconnects || (a.peer < b.peer ? -1 : 1))
    .slice(0, mostPeers)
}

/** Of each the last word: lists come newest first. */
function lastOf<T extends { readonly clientId: string }>(
  lists: readonly (readonly T[])[],
  keyOf: (each: T) => string,
): T[] {
  const last = new Map<string, T>()
  for (const each of lists.flat()) if (!last.has(keyOf(each))) last.set(keyOf(each), each)
  return [...last.values()].toSorted((a, b) => (a.clientId < b.clientId ? -1 : 1))
}
