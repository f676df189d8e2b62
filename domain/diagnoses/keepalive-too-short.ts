/** A keepalive of a few seconds: a slow round trip, or a broker that counts whole seconds, is taken for a dead link. */
import { medianOf } from '../statistics.ts'
import type { Explanation, Recognition } from '../explanation.ts'
import type { ClientFacts, Facts } from '../facts.ts'
import { secondMs } from '../time.ts'
import type { Session } from '../evidence/two-views.ts'
import { hasPingPeriod } from './receive-only-ping-defect.ts'
import { companyOf, isTooYoung, keepaliveMsOf, timedOut, wasSuspended } from '../evidence/timeouts.ts'
import { countText, durationText, namesText } from '../evidence/words.ts'

const shortMs = 5000
/** Brokers count whole seconds: of so few, one is a large part. */
const coarseMs = 2000
const leastEnds = 3
/** So many others in the same second: it is the broker. */
const mostCompany = 3
/** A round trip of this share of the keepalive is near it; below the other it is far from it. */
const nearShare = 0.2
const farShare = 0.05
const saferSeconds = 30
/** Of a fleet with one keepalive, where no client alone has enough. */
const leastOfFleet = 5
const leastEndsOfFleet = 10
/** So many times as often as clients with a longer keepalive. */
const leastTimesOthers = 3
/** Who is well and was only taken for dead is back within this. */
const atOnceMs = 15_000

export const keepaliveTooShort: Explanation = {
  name: 'keepalive_too_short',
  title: 'The keepalive is too short for the link',
  basis: 'settled',
  source: 'https://github.com/eclipse-mosquitto/mosquitto/issues/865',
  needs:
    'at least three keepalive timeouts of a client, or ten of five with one keepalive; and round trips as they measured them',
  over: ['client_stall'],
  recognise: (facts) => {
    const company = companyOf(facts)
    const found = [...facts.clients.values()].flatMap((client) => falseTimeoutsOf(client, company) ?? [])
    const [worst] = found.toSorted((a, b) => b.ends.length - a.ends.length)
    if (worst === undefined) return ofFleet(facts, company)
    const { clientId, ends, keepaliveMs, rttMs, worstRttMs } = worst
    const share = worstRttMs === undefined ? undefined : worstRttMs / keepaliveMs
    return {
      fit: fitOf(share, keepaliveMs),
      explains: found.reduce((sum, each) => sum + each.ends.length, 0),
      clients: found.map((each) => each.clientId),
      evidence: [
        `${namesText([clientId])} was given up for silence ${countText(ends.length, 'time')}; its keepalive is ${durationText(keepaliveMs)}, so a gap of ${durationText(1.5 * keepaliveMs)} suffices.`,
        rttMs === undefined || worstRttMs === undefined
          ? 'Round trips of its pings are not recorded.'
          : `Its pings took ${durationText(rttMs)} by the median and up to ${durationText(worstRttMs)}: ${Math.round((100 * worstRttMs) / keepaliveMs)} % of the keepalive.`,
        ...coarseText(keepaliveMs),
      ],
      remedy: remedyFor(worstRttMs),
    }
  },
}

const coarseText = (keepaliveMs: number): string[] =>
  keepaliveMs <= coarseMs ? ['Brokers count whole seconds: of such a keepalive one is a large part.'] : []

const remedyFor = (worstRttMs?: number): string[] => [
  `Set the keepalive to ${saferOf(worstRttMs)} s; a dead link is then noticed after ${durationText(1500 * saferOf(worstRttMs))}.`,
  'Where the application must know sooner, let it send messages and wait for answers of its own.',
]

function saferOf(worstRttMs = 0): number {
  return Math.max(saferSeconds, Math.ceil((worstRttMs * 10) / 1000))
}

function fitOf(share: number | undefined, keepaliveMs: number): number {
  if (share === undefined) return keepaliveMs <= coarseMs ? 0.8 : 0.6
  if (share >= nearShare) return 1
  if (keepaliveMs <= coarseMs) return 0.8
  return share >= farShare ? 0.7 : 0.45
}

/** Timeouts now of this client, now of that, each with few: what they share is the keepalive, and that they were not gone. */
function ofFleet(facts: Facts, company: (session: Session) => number): Recognition | undefined {
  const clients = [...facts.clients.values()]
  const ends = clients.flatMap((client) => aloneOf(client, company).filter((session) => !hasPingPeriod(session)))
  const byKeepalive = Map.groupBy(ends, ({ keepaliveSeconds = 0 }) => keepaliveSeconds)
  const [most] = [...byKeepalive].toSorted(([, a], [, b]) => b.length - a.length)
  if (most === undefined) return undefined
  const [keepaliveSeconds, own] = most
  const ids = new Set(own.map(({ clientId }) => clientId))
  const back = own.filter((session) => isBackAtOnce(session, facts.clients.get(session.clientId))).length
  if (ids.size < leastOfFleet || own.length < leastEndsOfFleet || back < 0.5 * own.length) return undefined
  const short = rateOf(clients, (seconds) => seconds === keepaliveSeconds)
  const long = rateOf(clients, (seconds) => seconds * secondMs > shortMs)
  // Those who ping seldom time out as well: it is the network, or the broker.
  if (long.rate * leastTimesOthers > short.rate) return undefined
  const keepaliveMs = keepaliveSeconds * secondMs
  const rtts = own.flatMap(({ claim }) => claim.end?.evidence?.rttMs ?? [])
  const worstRttMs = rtts.length === 0 ? undefined : Math.max(...rtts)
  return {
    fit: fitOf(worstRttMs === undefined ? undefined : worstRttMs / keepaliveMs, keepaliveMs),
    explains: own.length,
    clients: [...ids],
    evidence: [
      `${ids.size} clients with a keepalive of ${durationText(keepaliveMs)} were given up for silence ${own.length} times, at most two others in the same second; a gap of ${durationText(1.5 * keepaliveMs)} suffices.`,
      `${back} times the client was back within ${durationText(atOnceMs)}: it was not gone.`,
      ...(long.clients > 0
        ? [
            `${countText(long.clients, 'client')} with a keepalive above ${durationText(shortMs)} had ${countText(long.ends, 'timeout')}.`,
          ]
        : []),
      ...(worstRttMs === undefined ? [] : [`Their pings took up to ${durationText(worstRttMs)}.`]),
      ...coarseText(keepaliveMs),
    ],
    remedy: remedyFor(worstRttMs),
  }
}

function isBackAtOnce({ endedMs = 0 }: Session, client: ClientFacts | undefined): boolean {
  return client?.sessions.some(({ beganMs = 0 }) => beganMs >= endedMs && beganMs <= endedMs + atOnceMs) ?? false
}

/** Timeouts for each client with such a keepalive. */
function rateOf(all: readonly ClientFacts[], isSuch: (keepaliveSeconds: number) => boolean) {
  const such = all.filter(({ sessions }) => sessions.some(({ keepaliveSeconds = 0 }) => isSuch(keepaliveSeconds)))
  const ends = such.reduce((sum, { bad }) => sum + bad.filter(timedOut).length, 0)
  return { clients: such.length, ends, rate: ends / Math.max(1, such.length) }
}

/** Timeouts of a short keepalive that nobody shares. */
function aloneOf({ bad }: ClientFacts, company: (session: Session) => number): Session[] {
  return bad.filter((session) => {
    const keepaliveMs = keepaliveMsOf(session)
    const isShort = keepaliveMs !== undefined && keepaliveMs <= shortMs
    const isFalse = isShort && timedOut(session) && !isTooYoung(session) && !wasSuspended(session)
    return isFalse && company(session) < mostCompany
  })
}

function falseTimeoutsOf(client: ClientFacts, company: (session: Session) => number) {
  const { clientId, bad } = client
  const alone = aloneOf(client, company)
  // A timeout right after each begin is no matter of the link.
  if (alone.length < leastEnds || alone.every(hasPingPeriod)) return undefined
  const rtts = bad.flatMap(({ claim }) => claim.end?.evidence?.rttMs ?? [])
  const keepaliveMs = medianOf(alone.flatMap((session) => keepaliveMsOf(session) ?? [])) ?? shortMs
  return {
    clientId,
    ends: alone,
    keepaliveMs,
    rttMs: medianOf(rtts),
    worstRttMs: rtts.length === 0 ? undefined : Math.max(...rtts),
  }
}
