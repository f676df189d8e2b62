/** Whether the record may lack ends: where it does, that all is well is not sure. */
import { medianOf } from '../statistics.ts'
import type { Facts } from '../facts.ts'
import type { Minute } from '../minute.ts'
import { minuteMs } from '../time.ts'
import { countText } from './words.ts'

/** Less of a minute than this was watched: it is a hole. */
const leastCoverage = 0.5
/** Of the connects so many, and at least so many, whose ends are not told, are no slip of counting. */
const leastUntold = 5
const leastUntoldShare = 0.1
/** A number that goes to and fro lies so far off without that any end is missing. */
const waversOfNumber = 4
/** Fewer steps up than this are no wavering. */
const leastUpShare = 1 / 3

/** What the record lacks of whom is asked, in a sentence; undefined where nothing is known to be missing. */
export function lackOf(facts: Facts): string | undefined {
  const brokers = brokersAsked(facts)
  const holes = brokers.reduce((sum, minutes) => sum + holesIn(minutes), 0)
  if (holes > 0)
    return `${countText(holes, 'minute')} of the time asked about ${holes === 1 ? 'was' : 'were'} not watched: what ended then is not known.`
  const counted = brokers.reduce((sum, minutes) => sum + untoldIn(minutes), 0)
  const untold = facts.asked.subject.of === 'client' ? untoldOf(facts) : counted
  return untold === 0
    ? undefined
    : `${countText(untold, 'session')} must have ended besides, of which no end is recorded.`
}

/** Minutes of each broker that is asked of, or of those the client was on; of all of them where that is not known. */
function brokersAsked({ asked: { subject }, client, minutes }: Facts): (readonly Minute[])[] {
  const own = new Set(client?.events.map(({ broker }) => broker))
  const isOf = (broker: string) =>
    subject.of === 'broker' ? subject.broker === broker : subject.of === 'cluster' || own.size === 0 || own.has(broker)
  return [...minutes].flatMap(([broker, all]) => (isOf(broker) ? [all] : []))
}

/** Unwatched minutes between watched ones: before the first and after the last nothing was to be watched. */
function holesIn(minutes: readonly Minute[]): number {
  const watched = minutes.filter(({ coverage }) => coverage >= leastCoverage)
  const [first, last] = [watched[0], watched.at(-1)]
  if (first === undefined || last === undefined) return 0
  return Math.round((Date.parse(last.minute) - Date.parse(first.minute)) / minuteMs) + 1 - watched.length
}

/** More connected than the number of clients and the ends that were told allow. */
function untoldIn(minutes: readonly Minute[]): number {
  const first = minutes.findIndex(({ connected }) => connected !== undefined)
  const last = minutes.findLastIndex(({ connected }) => connected !== undefined)
  const grown = (minutes[last]?.connected ?? 0) - (minutes[first]?.connected ?? 0)
  let [connects, ends] = [0, 0]
  for (const minute of minutes.slice(first + 1, last + 1)) {
    connects += minute.connects
    ends += Object.values(minute.disconnects).reduce((sum, count) => sum + count, 0)
  }
  const untold = connects - ends - grown
  const least = Math.max(leastUntold, leastUntoldShare * connects, waversOfNumber * waverOf(minutes))
  return untold >= least ? untold : 0
}

/**
 * By how much the number of clients goes to and fro against what begins and ends. An end that is missing only ever makes
 * it smaller than is due: by what makes it larger wavering is known.
 */
function waverOf(minutes: readonly Minute[]): number {
  const slips: number[] = []
  let due: number | undefined
  for (const { connects, disconnects, connected } of minutes) {
    if (due !== undefined) due += connects - Object.values(disconnects).reduce((sum, count) => sum + count, 0)
    if (connected === undefined) continue
    if (due !== undefined && connected !== due) slips.push(connected - due)
    due = connected
  }
  const up = slips.filter((slip) => slip > 0)
  return up.length < leastUpShare * slips.length ? 0 : (medianOf(up) ?? 0)
}

/** Sessions of the client that are over, for the next began in their place. */
function untoldOf({ clients }: Facts): number {
  return [...clients.values()].reduce(
    (sum, { sessions }) => sum + sessions.filter(({ endUntold }) => endUntold).length,
    0,
  )
}
