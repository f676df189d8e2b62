/** What single clients did in the last minutes, on all brokers of a cluster: bounded in time, in clients and in size. */
import * as z from 'zod/mini'
import type { DetectorInput } from './detector.ts'
import type { TopClient } from './minute.ts'
import { addressOf } from './peer.ts'
import { minuteMs } from './time.ts'

/** More clients are not followed: those that counted least, longest ago, are let go. */
const mostClients = 500
/** Letting go is dear, so it is done for many at once. */
const slack = 100
/** A client with a longer id is not followed: what is remembered must stay small whatever ids clients choose. */
const longestClientId = 128
const mostPeers = 4

/** A client that counted within the window. */
export interface FollowedClient {
  readonly clientId: string
  /** Minutes since the epoch in which it counted, oldest first. */
  readonly minutes: number[]
  /** How much, in each of them. */
  readonly counts: number[]
  total: number
  /** Addresses it came from, without ports; the latest last. */
  peers: readonly string[]
  /** Broker on which it counted last. */
  broker: string
}

const SavedSchema = z.array(
  z.tuple([z.string(), z.array(z.number()), z.array(z.number()), z.array(z.string()), z.string()]),
)

export interface ClientWindow {
  /** Takes in a minute, by what each listed client did in it, and lets go of what is older than the window. */
  readonly take: (
    input: DetectorInput,
    how: { readonly windowMinutes: number; readonly countOf: (client: TopClient) => number },
  ) => void
  /** Clients that reached a total within the window, those with the most first. */
  readonly reached: (total: number) => FollowedClient[]
  readonly save: () => unknown
}

/** Opens a window with what `save` gave; what cannot be read starts afresh. */
export function openClientWindow(saved: unknown): ClientWindow {
  // In the order in which they counted last.
  const followed = readClients(saved)
  return {
    take: (input, { windowMinutes, countOf }) => {
      const now = input.minute.startMs / minuteMs
      for (const client of followed.values()) {
        if (!forget(client, now - windowMinutes)) followed.delete(client.clientId)
      }
      for (const did of countedIn(input, countOf)) {
        const known = followed.get(did.clientId)
        const client = known ?? { clientId: did.clientId, minutes: [], counts: [], total: 0, peers: [], broker: '' }
        client.minutes.push(now)
        client.counts.push(did.count)
        client.total += did.count
        const before = client.peers.filter((peer) => !did.peers.has(peer))
        client.peers = [...before, ...[...did.peers].toSorted()].slice(-mostPeers)
        client.broker = did.broker
        followed.delete(did.clientId)
        followed.set(did.clientId, client)
      }
      if (followed.size > mostClients + slack) {
        const weakest = [...followed.values()]
          .toSorted((a, b) => a.total - b.total)
          .slice(0, followed.size - mostClients)
        for (const { clientId } of weakest) followed.delete(clientId)
      }
    },
    reached: (total) => {
      const some: FollowedClient[] = []
      for (const client of followed.values()) if (client.total >= total) some.push(client)
      return some.length < 2 ? some : some.toSorted((a, b) => b.total - a.total || (a.clientId < b.clientId ? -1 : 1))
    },
    save: () =>
      [...followed.values()].map(({ clientId, minutes, counts, peers, broker }) => {
        return [clientId, [...minutes], [...counts], [...peers], broker]
      }),
  }
}

function readClients(saved: unknown): Map<string, FollowedClient> {
  const read = SavedSchema.safeParse(saved)
  return new Map(
    (read.success ? read.data : []).map(([clientId, minutes, counts, peers, broker]) => {
      const total = counts.reduce((sum, count) => sum + count, 0)
      return [clientId, { clientId, minutes, counts, total, peers, broker }]
    }),
  )
}

/** Lets go of what is not after this minute; false when nothing is left. */
function forget(client: FollowedClient, until: number): boolean {
  while (client.minutes.length > 0 && (client.minutes[0] ?? 0) <= until) {
    client.minutes.shift()
    client.total -= client.counts.shift() ?? 0
  }
  return client.minutes.length > 0
}

interface Counted {
  readonly clientId: string
  count: number
  readonly peers: Set<string>
  /** Where it counted most. */
  broker: string
  most: number
}
const nobody: readonly Counted[] = []

/** Who counted in this minute, on all brokers that were seen and not worked on. In the order of their ids. */
function countedIn({ minute, context }: DetectorInput, countOf: (client: TopClient) => number): readonly Counted[] {
  let counted: Map<string, Counted> | undefined
  for (const { broker, coverage, topClients } of minute.brokers) {
    if (coverage === 0 || topClients.length === 0) continue
    for (const client of topClients) {
      const count = countOf(client)
      if (count <= 0 || client.clientId.length > longestClientId) continue
      if (context.inMaintenance(minute.startMs, broker)) break
      counted ??= new Map()
      const { clientId } = client
      const known = counted.get(clientId) ?? { clientId, count: 0, peers: new Set(), broker, most: count }
      counted.set(clientId, known)
      known.count += count
      if (count > known.most || (count === known.most && broker < known.broker)) {
        known.broker = broker
        known.most = count
      }
      for (const peer of client.peers ?? []) known.peers.add(addressOf(peer))
    }
  }
  if (counted === undefined) return nobody
  return [...counted.values()].toSorted((a, b) => (a.clientId < b.clientId ? -1 : 1))
}
