/** What single clients did in the last minutes, on all brokers of a cluster: bounded in time, in clients and in size. */
import * as z from 'zod/mini'
import type { DetectorInput } from './detector.ts'
import type { TopClient } from './minute.ts'
import { addressOf } from './peer.ts'
import { minuteMs } from './time.ts'

/** More clients are not followed: those that counted least, longest ago, are let go. */
const mostClients = 500
/** They are let go many at once. */
const slack = 100
/** A client with a longer id is not followed: what is remembered must stay small whatever ids clients choose. */
const longestClientId = 128
const mostPeers = 4
/** Addresses are worked out when somebody asks, or when so many minutes' are waiting. */
const mostWaiting = 16

/** A client that counted within the window. */
export interface FollowedClient {
  readonly clientId: string
  /** Minutes since the epoch in which it counted, oldest first. */
  readonly minutes: readonly number[]
  /** How much, in all. */
  readonly total: number
  /** Addresses from which it came lately, without ports. */
  readonly peers: readonly string[]
  /** Broker on which it counted last. */
  readonly broker: string
}

export interface ClientWindow {
  /** Takes in a minute, by what each listed client did in it, and lets go of what is older than the window. */
  readonly take: (input: DetectorInput, how: Counting) => void
  /** Clients that reached a total within the window (and counted in this minute), those with the most first. */
  readonly reached: (total: number, minute?: number) => readonly FollowedClient[]
  readonly save: () => unknown
}

export interface Counting {
  readonly windowMinutes: number
  readonly countOf: (client: TopClient) => number
}

interface Entry {
  readonly clientId: string
  readonly minutes: number[]
  readonly counts: number[]
  total: number
  /** The latest last. */
  peers: readonly string[]
  /** Peers as they were told since `peers` was worked out. */
  waiting: (readonly string[])[]
  broker: string
  /** How much it counted on that broker in its last minute. */
  most: number
}

const Numbers = z.array(z.number())
const SavedSchema = z.array(z.tuple([z.string(), Numbers, Numbers, z.array(z.string()), z.string(), z.number()]))

/** Opens a window with what `save` gave; what cannot be read starts afresh. */
export function openClientWindow(saved: unknown): ClientWindow {
  // In the order in which they counted last.
  const followed = readEntries(saved)
  const byMinute = entriesByMinute(followed)
  return {
    take: (input, { windowMinutes, countOf }) => {
      const now = input.minute.startMs / minuteMs
      forget(followed, byMinute, now - windowMinutes)
      for (const { broker, coverage, topClients } of input.minute.brokers) {
        if (topClients.length === 0 || coverage === 0) continue
        if (input.context.inMaintenance(input.minute.startMs, broker)) continue
        for (const client of topClients) {
          const count = countOf(client)
          if (count <= 0 || client.clientId.length > longestClientId) continue
          const entry = add(followed, client, { now, count, broker })
          if (entry !== undefined) noteIn(byMinute, now, entry)
        }
      }
      if (followed.size > mostClients + slack) letGo(followed, followed.size - mostClients)
    },
    reached: (total, minute) => {
      let some: Entry[] | undefined
      for (const entry of followed.values()) {
        if (entry.total < total || (minute !== undefined && entry.minutes.at(-1) !== minute)) continue
        workOutPeers(entry)
        some ??= []
        some.push(entry)
      }
      return some?.toSorted((a, b) => b.total - a.total || (a.clientId < b.clientId ? -1 : 1)) ?? nobody
    },
    save: () =>
      [...followed.values()].map((entry) => {
        workOutPeers(entry)
        return [entry.clientId, [...entry.minutes], [...entry.counts], [...entry.peers], entry.broker, entry.most]
      }),
  }
}

const nobody: readonly FollowedClient[] = []

function readEntries(saved: unknown): Map<string, Entry> {
  const read = SavedSchema.safeParse(saved)
  return new Map(
    (read.success ? read.data : []).map(([clientId, minutes, counts, peers, broker, most]) => {
      const total = counts.reduce((sum, count) => sum + count, 0)
      return [clientId, { clientId, minutes, counts, total, peers, waiting: [], broker, most }]
    }),
  )
}

/** Who counted in a minute; oldest first. */
type ByMinute = { readonly minute: number; readonly entries: Entry[] }[]

function entriesByMinute(followed: ReadonlyMap<string, Entry>): ByMinute {
  const marks = [...followed.values()].flatMap((entry) => entry.minutes.map((minute) => ({ minute, entry })))
  const byMinute: ByMinute = []
  for (const { minute, entry } of marks.toSorted((a, b) => a.minute - b.minute)) noteIn(byMinute, minute, entry)
  return byMinute
}

function noteIn(byMinute: ByMinute, minute: number, entry: Entry): void {
  const last = byMinute.at(-1)
  if (last?.minute === minute) last.entries.push(entry)
  else byMinute.push({ minute, entries: [entry] })
}

/** Adds what a client did; the entry, if this is the first of it in this minute. */
function add(
  followed: Map<string, Entry>,
  { clientId, peers }: TopClient,
  { now, count, broker }: { readonly now: number; readonly count: number; readonly broker: string },
): Entry | undefined {
  const known = followed.get(clientId)
  if (known === undefined) {
    const waiting = peers === undefined ? [] : [peers]
    const fresh = { clientId, minutes: [now], counts: [count], total: count, peers: [], waiting, broker, most: count }
    followed.set(clientId, fresh)
    return fresh
  }
  known.total += count
  if (peers !== undefined) known.waiting.push(peers)
  const last = known.minutes.length - 1
  if (known.minutes[last] === now) {
    known.counts[last] = (known.counts[last] ?? 0) + count
    // On several brokers in one minute: what is told must not depend on their order.
    if (count < known.most || (count === known.most && broker > known.broker)) return undefined
    known.broker = broker
    known.most = count
    return undefined
  }
  if (known.waiting.length > mostWaiting) workOutPeers(known)
  known.minutes.push(now)
  known.counts.push(count)
  known.broker = broker
  known.most = count
  followed.delete(clientId)
  followed.set(clientId, known)
  return known
}

/** Lets go of what is not after this minute. */
function forget(followed: Map<string, Entry>, byMinute: ByMinute, until: number): void {
  while ((byMinute[0]?.minute ?? Infinity) <= until) {
    for (const entry of byMinute.shift()?.entries ?? []) {
      entry.minutes.shift()
      entry.total -= entry.counts.shift() ?? 0
      // It may have been let go before, and be followed anew.
      if (entry.minutes.length === 0 && followed.get(entry.clientId) === entry) followed.delete(entry.clientId)
    }
  }
}

function workOutPeers(entry: Entry): void {
  if (entry.waiting.length === 0) return
  const addresses = new Set(entry.peers)
  for (const peer of entry.waiting.flat()) {
    const address = addressOf(peer)
    addresses.delete(address)
    addresses.add(address)
  }
  entry.peers = [...addresses].slice(-mostPeers)
  entry.waiting = []
}

/** Lets go of the weakest; of equal ones those that counted longest ago. */
function letGo(followed: Map<string, Entry>, tooMany: number): void {
  const totals = new Map<number, number>()
  for (const { total } of followed.values()) totals.set(total, (totals.get(total) ?? 0) + 1)
  let left = tooMany
  for (const [total, many] of [...totals].toSorted(([a], [b]) => a - b)) {
    if (left <= 0) return
    let going = Math.min(left, many)
    left -= going
    for (const entry of followed.values()) {
      if (going === 0) break
      if (entry.total !== total) continue
      followed.delete(entry.clientId)
      going -= 1
    }
  }
}
