/** What minutes tell: of the brokers that are asked of, by cause and code, and of each broker against the others. */
import { medianOf } from '../statistics.ts'
import type { Cause } from '../cause.ts'
import type { Facts } from '../facts.ts'
import type { Minute } from '../minute.ts'

/** CONNACK codes, as a minute counts them: the broker does not accept who it is. */
export const deniedCodes: ReadonlySet<string> = new Set(['2', '4', '5', '133', '134', '135', '140', 'not_authorized'])
/** It is busy, out of order or full. */
export const busyCodes: ReadonlySet<string> = new Set([
  '3',
  '136',
  '137',
  '151',
  '159',
  'server_error',
  'quota_exceeded',
])
/** It does not understand what the client says. */
export const strangeCodes: ReadonlySet<string> = new Set([
  '1',
  '129',
  '130',
  '132',
  '144',
  '149',
  'protocol_error',
  'packet_too_large',
])

/** Ends per client and minute up to which they are what happens everywhere. */
const usualRate = 0.003
const usualBurst = 0.1

/**
 * Watched minutes of the broker that is asked of, or of those the client was on, or of all; oldest first by broker. Where
 * no event of a client is known, those in which it stood out.
 */
export function minutesAsked({ asked, client, minutes }: Facts): readonly Minute[] {
  const { subject } = asked
  const own = new Set(client?.events.map(({ broker }) => broker))
  return [...minutes].flatMap(([broker, all]) => {
    if (subject.of === 'broker' && subject.broker !== broker) return []
    if (subject.of === 'client' && client !== undefined && !own.has(broker)) return []
    const watched = all.filter(({ coverage }) => coverage > 0)
    if (subject.of !== 'client' || client !== undefined) return watched
    return watched.filter(({ topClients }) => topClients.some(({ clientId }) => clientId === subject.clientId))
  })
}

/** How much of what these minutes count is of whom is asked, 0 to 1: they do not say whose end had which cause. */
export function shareAsked({ asked: { subject }, client }: Facts, minutes: readonly Minute[]): number {
  if (subject.of !== 'client' || client !== undefined) return 1
  let own = 0
  let all = 0
  for (const { abnormal, refused, topClients } of minutes) {
    const tally = topClients.find(({ clientId }) => clientId === subject.clientId)
    const { disconnects = 0, graceful = 0, attempts = 0 } = tally ?? {}
    // Its attempts are connects and refused ones: of those that no end followed it was refused.
    own += disconnects - graceful + Math.min(refused, Math.max(0, attempts - disconnects))
    all += abnormal + refused
  }
  return all === 0 ? 0 : Math.min(1, own / all)
}

export function endsBy(minutes: readonly Minute[], causes: readonly Cause[]): number {
  let sum = 0
  for (const { disconnects } of minutes) for (const cause of causes) sum += disconnects[cause] ?? 0
  return sum
}

export function refusedWith(minutes: readonly Minute[], codes: ReadonlySet<string>): number {
  let sum = 0
  for (const { refusedByCode = {} } of minutes) {
    for (const [code, count] of Object.entries(refusedByCode)) if (codes.has(code)) sum += count
  }
  return sum
}

/** Clients that stood out in these minutes, those with the most ends and attempts first. */
export function foremostOf(
  minutes: readonly Minute[],
): readonly { readonly clientId: string; readonly count: number }[] {
  const counts = new Map<string, number>()
  for (const { topClients } of minutes) {
    for (const { clientId, disconnects, graceful = 0, attempts = 0 } of topClients) {
      counts.set(clientId, (counts.get(clientId) ?? 0) + disconnects - graceful + attempts)
    }
  }
  return [...counts]
    .map(([clientId, count]) => ({ clientId, count }))
    .toSorted((a, b) => b.count - a.count || (a.clientId < b.clientId ? -1 : 1))
}

/** Is nothing to be explained but what happens everywhere? Then a load may be asked about, not an end. */
export function isQuiet(facts: Facts): boolean {
  let clientMinutes = 0
  for (const { connected = 0, abnormal, refused } of minutesAsked(facts)) {
    clientMinutes += connected
    if (abnormal + refused > Math.max(5, usualBurst * connected)) return false
  }
  return facts.toExplain <= 3 + usualRate * clientMinutes
}

/** How one broker stands against its fair share. */
export interface Load {
  readonly broker: string
  /** By the median of the last minutes in which it was told. */
  readonly clients: number
  readonly fair: number
  /** Clients over the fair number. */
  readonly ratio: number
  /** Standard deviations from the fair number. */
  readonly score: number
  readonly fairShare: number
  readonly total: number
  readonly minutes: readonly Minute[]
  readonly connects: number
  readonly clientMinutes: number
  readonly abnormal: number
}

/** Clients come in groups, so counts scatter about twice as wide as a multinomial's. */
const overdispersion = 2
const lastMinutes = 15

/** Of every broker that tells its clients; one alone has nothing to be held against. */
export function loadsOf({ asked, minutes }: Facts): readonly Load[] {
  const told = [...minutes].flatMap(([broker, all]) => {
    const watched = all.filter(({ coverage }) => coverage > 0)
    const counts = watched.flatMap(({ connected }) => connected ?? [])
    const clients = medianOf(counts.slice(-lastMinutes))
    if (clients === undefined) return []
    const weight = asked.brokers.find(({ name }) => name === broker)?.weight ?? 1
    const clientMinutes = counts.reduce((sum, count) => sum + count, 0)
    const connects = watched.reduce((sum, each) => sum + each.connects, 0)
    const abnormal = watched.reduce((sum, each) => sum + each.abnormal, 0)
    return [{ broker, clients, weight, minutes: watched, connects, clientMinutes, abnormal }]
  })
  const total = told.reduce((sum, { clients }) => sum + clients, 0)
  const weights = told.reduce((sum, { weight }) => sum + weight, 0)
  return told.map(({ weight, ...each }) => {
    const fairShare = weights === 0 ? 1 : weight / weights
    const fair = total * fairShare
    const deviation = Math.sqrt(overdispersion * total * fairShare * (1 - fairShare))
    const score = deviation === 0 ? 0 : (each.clients - fair) / deviation
    return { ...each, fair, fairShare, total, ratio: fair === 0 ? 1 : each.clients / fair, score }
  })
}

const crowdedRatio = 1.18
const starvedRatio = 0.7
const leastSurplus = 15
const leastScore = 4

/** Has it more than its share, and is that no chance? */
export function isCrowded({ clients, fair, ratio, score }: Load): boolean {
  return ratio >= crowdedRatio && clients - fair >= leastSurplus && score >= leastScore
}

export function isStarved({ clients, fair, ratio, score }: Load): boolean {
  return ratio <= starvedRatio && fair - clients >= leastSurplus && score <= -leastScore
}

const percent = (share: number): string => `${Math.round(100 * share)} %`

/** `433 of 699 clients (62 %); its fair share is 233 (33 %)`. */
export function loadText({ broker, clients, total, fair, fairShare }: Load): string {
  return `${broker} carries ${clients} of ${total} clients (${percent(clients / total)}); its fair share is ${Math.round(fair)} (${percent(fairShare)}).`
}

/** Who should give how many to whom, the fullest broker first. */
export function movesText(loads: readonly Load[]): string {
  const moved = loads
    .filter(({ clients, fair }) => Math.abs(clients - fair) >= 1)
    .toSorted((a, b) => b.clients - b.fair - (a.clients - a.fair))
  const change = ({ broker, clients, fair }: Load) => {
    const count = Math.round(Math.abs(clients - fair))
    return clients > fair ? `${broker} gives ${count}` : `${broker} takes ${count}`
  }
  return moved.slice(0, 6).map(change).join(', ')
}
