/** Clients connect to a broker again and again, or far more often than is usual there. */
import * as z from 'zod/mini'
import type { Finding } from '../alert.ts'
import { type BrokerMinute, brokerDetector, endsOf, type Memory, rounded, topCausesOf } from '../broker-detector.ts'
import { pooled, putFirst, significant, sumOf } from '../statistics.ts'

const RecentSchema = z.strictObject({
  /** Minutes judged since it was first seen, up to `settleMinutes`; minutes of which nothing is known since the last judged. */
  judgedMinutes: z.number(),
  passedMinutes: z.number(),
  /** Clients as last told; absent after a gap. */
  connected: z.optional(z.number()),
  /** The most clients it had lately. */
  most: z.number(),
  /** Clients that dropped, or newly stayed, and whose connect was not seen yet. */
  awaited: z.number(),
  /** Connects that were not yet held against these: the broker's figure of clients is up to a minute old. */
  pending: z.number(),
  /** Connects of the last minutes that had many, newest first. */
  many: z.array(z.number()),
  /** Connects of the last minutes that nothing explains, newest first. */
  unexplained: z.array(z.number()),
  /** What was learned in the running hour (from the epoch). */
  hour: z.number(),
  minutes: z.number(),
  connects: z.number(),
  clientMinutes: z.number(),
})
/** Usual connects of a client a minute, and over how many minutes it was learned. */
const UsualSchema = z.strictObject({ rate: z.number(), minutes: z.number() })
type Storm = Memory<z.infer<typeof RecentSchema>, z.infer<typeof UsualSchema>>

/** All clients of a new broker connect at once; so long nothing is judged. */
const settleMinutes = 3
/** A broker not seen for so long is as good as new. */
const strangeMinutes = 60
/** Of clients that dropped a while ago, and of the most there were, what still counts a minute later. */
const awaitedDecay = 0.93
const mostDecay = 0.95
/** Connects of a client a minute assumed in the beginning; it fades as minutes are learned. */
const coldRate = 0.02
const coldMinutes = 15
const experiencedMinutes = 60
/** What was learned weighs at most so many minutes: half of it is forgotten in about a day. */
const heaviestMinutes = 2077
/** A single minute teaches at most so many times what is usual, so that one return of all clients teaches little. */
const taughtRatio = 3
/** The long window is so many times the short one, and asks for so many times the connects of each client. */
const longWindow = 3
const longPerClient = 2
const criticalPerClient = 3

/**
 * Two signs. More connects within the window than the clients could need who come back once: `perClient` for each. And
 * connects that neither clients who dropped before nor clients who came to stay explain: then the broker does not even
 * tell the ends. The plain return after a restart, or clients moving over from another broker, is neither.
 */
export const reconnectStorm = brokerDetector({
  kind: 'reconnect_storm',
  RecentSchema,
  UsualSchema,
  fresh: () => ({ recent: fresh(), usual: { rate: 0, minutes: 0 } }),
  clearMinutes: (detection) => detection.reconnectStorm.clearMinutes,
  newNormalHours: (detection) => detection.reconnectStorm.newNormalHours,
  judge: (storm, input) => {
    const { minute } = input
    const { recent } = storm
    const expected = usualRate(storm, input.at) * recent.most
    const { grown, ends } = takeIn(recent, input, expected)
    const found = findingOf(storm, input, { expected, ends })
    if (found === undefined && input.isWhole && grown !== undefined) {
      learn(storm, { connects: Math.max(0, minute.connects - grown), expected })
    }
    if (recent.judgedMinutes < settleMinutes) recent.judgedMinutes += 1
    return found
  },
  pass: ({ recent }, minutes) => {
    recent.passedMinutes += minutes
    if (recent.passedMinutes >= strangeMinutes) recent.judgedMinutes = 0
    for (let n = 0; n < Math.min(minutes, strangeMinutes); n += 1) {
      putFirst(recent.many, 0, strangeMinutes)
      putFirst(recent.unexplained, 0, strangeMinutes)
    }
    // Whoever dropped meanwhile comes back: that may be all.
    recent.awaited = Math.max(recent.awaited, recent.most)
    recent.pending = 0
    delete recent.connected
  },
  adopt: ({ recent, usual }, { minute, detection }) => {
    if (minute.connects > (detection.limits.connectsPerMinute ?? Number.POSITIVE_INFINITY)) return false
    const { windowMinutes } = detection.reconnectStorm
    const perMinute = Math.max(sumOf(recent.many, windowMinutes), sumOf(recent.unexplained, windowMinutes))
    usual.rate = significant(perMinute / windowMinutes / Math.max(1, recent.most), 4)
    usual.minutes = experiencedMinutes
    Object.assign(recent, { many: [], unexplained: [], minutes: 0, connects: 0, clientMinutes: 0 })
    return true
  },
})

function fresh(): Storm['recent'] {
  const learned = { hour: 0, minutes: 0, connects: 0, clientMinutes: 0 }
  const clients = { most: 0, awaited: 0, pending: 0 }
  return { judgedMinutes: 0, passedMinutes: 0, ...clients, many: [], unexplained: [], ...learned }
}

/** Usual connects of a client a minute. What the last hour taught is put to the rest when the next begins. */
function usualRate({ recent, usual }: Storm, at: number): number {
  const hour = Math.floor(at / 60)
  const lately = recent.clientMinutes > 0 ? recent.connects / recent.clientMinutes : 0
  if (hour !== recent.hour) {
    usual.rate = significant(pooled(usual.rate, usual.minutes, lately, recent.minutes), 4)
    usual.minutes = Math.min(heaviestMinutes, usual.minutes + recent.minutes)
    Object.assign(recent, { hour, minutes: 0, connects: 0, clientMinutes: 0 })
  }
  const learned = pooled(usual.rate, usual.minutes, lately, recent.minutes)
  return Math.max(learned, (coldRate * coldMinutes) / (coldMinutes + usual.minutes + recent.minutes))
}

/** Counts the minute. `grown`: by how many clients the broker has more; undefined where that is not known. */
function takeIn(recent: Storm['recent'], { minute, isWhole, detection }: BrokerMinute, expected: number) {
  const { windowMinutes } = detection.reconnectStorm
  const ends = endsOf(minute)
  const { connected, connects } = minute
  const before = recent.connected
  const grown = connected === undefined || before === undefined ? undefined : Math.max(0, connected - before)
  if (connected !== undefined) recent.connected = connected
  recent.passedMinutes = 0
  recent.most = Math.max(recent.connected ?? 0, Math.floor(recent.most * mostDecay))
  // In a part that was not seen, all may have dropped.
  const newly = ends + (grown ?? 0) + (isWhole ? 0 : recent.most)
  const explained = Math.min(recent.awaited + newly, recent.pending)
  recent.pending -= explained
  const left = recent.awaited + newly - explained
  recent.awaited = Math.min(left, newly) + Math.floor(Math.max(0, left - newly) * awaitedDecay)
  const unexplained = grown === undefined ? 0 : Math.max(0, Math.round(recent.pending - expected))
  recent.pending = connects + (grown === undefined ? recent.pending : 0)
  putFirst(recent.unexplained, unexplained, windowMinutes)
  putFirst(recent.many, connects > 2 * expected + 5 ? connects : 0, longWindow * windowMinutes)
  return { grown, ends }
}

function learn({ recent, usual }: Storm, taught: { readonly connects: number; readonly expected: number }): void {
  const isCold = usual.minutes + recent.minutes < coldMinutes
  recent.connects += isCold ? taught.connects : Math.min(taught.connects, Math.round(taughtRatio * taught.expected + 5))
  recent.clientMinutes += recent.most
  recent.minutes += 1
}

interface Evidence {
  readonly windowMinutes: number
  readonly observed: number
  readonly expected: number
  readonly upper: number
  readonly isCritical: boolean
  readonly text: string
}

function findingOf(
  storm: Storm,
  input: BrokerMinute,
  seen: { readonly expected: number; readonly ends: number },
): Finding | undefined {
  const { recent, usual } = storm
  const { minute, detection } = input
  const limit = detection.limits.connectsPerMinute
  const isOverLimit = limit !== undefined && minute.connects > limit
  if (!isOverLimit && recent.many.length === 0 && recent.unexplained.length === 0) return undefined
  const evidence = isOverLimit ? overLimit(minute.connects, limit) : evidenceOf(storm, input, seen)
  if (evidence === undefined) return undefined
  const { observed, expected, windowMinutes } = evidence
  return {
    severity: evidence.isCritical ? 'critical' : 'warning',
    observed,
    expected: rounded(expected),
    upper: rounded(evidence.upper),
    windowMinutes,
    score: rounded((observed - expected) / Math.sqrt(expected + 1)),
    ...(usual.minutes + recent.minutes < experiencedMinutes ? { cold: true } : {}),
    summary: `${observed} connects to ${minute.broker} (${recent.most} clients) within ${windowMinutes} min; ${evidence.text}`,
    topCauses: topCausesOf(minute),
    topClients: minute.topClients.slice(0, 5),
    topPeers: minute.topPeers?.slice(0, 5) ?? [],
  }
}

function overLimit(connects: number, limit: number): Evidence {
  const text = `the limit that was set is ${limit}.`
  return { windowMinutes: 1, observed: connects, expected: limit, upper: limit, isCritical: false, text }
}

function evidenceOf(
  { recent }: Storm,
  { minute, detection }: BrokerMinute,
  seen: { readonly expected: number; readonly ends: number },
): Evidence | undefined {
  const settings = detection.reconnectStorm
  const clients = recent.most
  if (recent.judgedMinutes < settleMinutes || clients < settings.minimumClients) return undefined
  // Connects of this minute may be of clients that come to stay: until their number is told, so many count as bounced
  // back.
  const unsure = recent.many[0] === minute.connects ? Math.max(0, minute.connects - seen.ends) : 0
  for (const times of recent.many[0] === 0 ? [] : [1, longWindow]) {
    const windowMinutes = times * settings.windowMinutes
    const observed = sumOf(recent.many, windowMinutes)
    const expected = seen.expected * windowMinutes
    const clientTimes = clients * (times === 1 ? 1 : longPerClient)
    const upper = Math.max(settings.minimumConnects, settings.minimumRatio * expected, settings.perClient * clientTimes)
    if (observed - unsure < upper) continue
    const text = `about ${rounded(expected)} were to be expected. That is ${rounded(observed / clients)} for each client: they come back again and again.`
    return { windowMinutes, observed, expected, upper, isCritical: observed > criticalPerClient * clientTimes, text }
  }
  const { windowMinutes } = settings
  const expected = seen.expected * windowMinutes
  const surplus = recent.unexplained[0] === 0 ? 0 : sumOf(recent.unexplained, windowMinutes)
  const upper = Math.max(settings.minimumConnects, (settings.minimumRatio - 1) * expected)
  if (surplus < upper) return undefined
  const observed = Math.round(surplus + expected)
  const text = `about ${rounded(expected)} were to be expected. Neither clients that had dropped nor clients that stayed explain them.`
  const isCritical = observed > criticalPerClient * clients
  return { windowMinutes, observed, expected, upper: upper + expected, isCritical, text }
}
