/** Minutes joined into one, whether of several brokers or of several minutes: counts add up, the clients that stood out are those of all. */
import type { Minute, TopClient } from './minute.ts'
import { addressOf } from './peer.ts'

type Counts = Readonly<Record<string, number | undefined>>

/** What adds up. */
export interface Counted {
  readonly connects: number
  readonly refused: number
  readonly refusedByCode?: Counts | undefined
  readonly disconnects: Minute['disconnects']
  readonly abnormal: number
}

/** The counts of all together. */
export function summed(minutes: readonly Counted[]) {
  const byCode = addUp(minutes.map(({ refusedByCode = {} }) => refusedByCode))
  return {
    connects: sumOf(minutes.map(({ connects }) => connects)),
    refused: sumOf(minutes.map(({ refused }) => refused)),
    ...(Object.keys(byCode).length === 0 ? {} : { refusedByCode: byCode }),
    disconnects: addUp(minutes.map(({ disconnects }) => disconnects)),
    abnormal: sumOf(minutes.map(({ abnormal }) => abnormal)),
  }
}

export function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

function addUp(all: readonly Counts[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const each of all) {
    for (const [name, count = 0] of Object.entries(each)) counts.set(name, (counts.get(name) ?? 0) + count)
  }
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** A client that stood out, with the brokers on which it did where several are joined. */
export interface TopClientAnywhere extends TopClient {
  readonly brokers?: string[] | undefined
}

export const topClientCount = 10
const mostPeers = 4
export const mostBrokersOfClient = 4

/**
 * The clients that stood out in any of these lists, each with the sum of what is told of it. Those that stay are chosen as
 * they are for one minute: first who was taken over repeatedly, then by ends that nobody asked for.
 */
export function joinTopClients<T extends TopClientAnywhere>(
  lists: readonly (readonly T[])[],
  most = topClientCount,
): T[] {
  const byClient = new Map<string, T[]>()
  for (const each of lists.flat()) {
    const own = byClient.get(each.clientId)
    if (own === undefined) byClient.set(each.clientId, [each])
    else own.push(each)
  }
  return [...byClient.values()]
    .map(joinClient)
    .toSorted(
      (a, b) =>
        Number((b.takeovers ?? 0) > 1) - Number((a.takeovers ?? 0) > 1) ||
        trouble(b) - trouble(a) ||
        byDisconnects(a, b),
    )
    .slice(0, most)
    .toSorted(byDisconnects)
}

const trouble = ({ disconnects, graceful = 0 }: TopClient) => disconnects - graceful

function byDisconnects(a: TopClient, b: TopClient): number {
  return b.disconnects - a.disconnects || (b.attempts ?? 0) - (a.attempts ?? 0) || (a.clientId < b.clientId ? -1 : 1)
}

function joinClient<T extends TopClientAnywhere>(own: readonly T[]): T {
  const [first] = own
  if (first === undefined) throw new Error('a client was joined of nothing')
  if (own.length === 1) return first
  const told = (name: 'graceful' | 'attempts' | 'takeovers') => {
    const values = own.flatMap((each) => each[name] ?? [])
    return values.length === 0 ? {} : { [name]: sumOf(values) }
  }
  const peers = peersOf(own)
  const brokers = [...new Set(own.flatMap((each) => each.brokers ?? []))].toSorted().slice(0, mostBrokersOfClient)
  return {
    ...first,
    disconnects: sumOf(own.map(({ disconnects }) => disconnects)),
    ...told('graceful'),
    ...told('attempts'),
    ...told('takeovers'),
    ...(peers.length === 0 ? {} : { peers }),
    ...(brokers.length === 0 ? {} : { brokers }),
  }
}

/** Ports tell something only among connections from one address. */
function peersOf(own: readonly TopClient[]): string[] {
  const peers = new Set(own.flatMap((each) => each.peers ?? []))
  const addresses = new Set([...peers].map(addressOf))
  return [...(addresses.size === 1 ? peers : addresses)].toSorted().slice(0, mostPeers)
}
