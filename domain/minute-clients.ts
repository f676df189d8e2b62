/** Single clients in a minute: which stood out, from which addresses clients dropped, how watched ones were at its end. */
import { causes } from './cause.ts'
import type { Event } from './event.ts'
import type { TopClient, TopPeer, Watched } from './minute.ts'
import { addressOf } from './peer.ts'
import { harmless } from './text.ts'

/** What one client did in the minute. */
export interface ClientTally {
  disconnects: number
  /** Of these, ended as the client or an operator asked for. */
  graceful: number
  takeovers: number
  connects: number
  refused: number
}

const topClientCount = 10
const topPeerCount = 5
const peersOfClient = 4
/** An address from which fewer clients dropped tells nothing. */
const minimumDisconnectsOfPeer = 2
const maxPeerCharacters = 64

/** How a client is told from others: its id, or the digest of one too long to be stored whole. */
function clientOf(event: Event): string | undefined {
  const client = event.clientDigest ?? event.clientId
  return client === '' ? undefined : client
}

function isUngraceful(event: Event): boolean {
  return event.type === 'disconnected' && !causes[event.cause ?? 'unknown'].graceful
}

/** Counts by client. Events that name none belong to none. */
export function tallyClients(events: readonly Event[]): Map<string, ClientTally> {
  const tallies = new Map<string, ClientTally>()
  for (const event of events) {
    const client = clientOf(event)
    if (client === undefined) continue
    let tally = tallies.get(client)
    if (tally === undefined) {
      tally = { disconnects: 0, graceful: 0, takeovers: 0, connects: 0, refused: 0 }
      tallies.set(client, tally)
    }
    if (event.type === 'connected') tally.connects += 1
    if (event.type === 'refused') tally.refused += 1
    if (event.type !== 'disconnected') continue
    tally.disconnects += 1
    if (event.cause === 'session_taken_over') tally.takeovers += 1
    if (!isUngraceful(event)) tally.graceful += 1
  }
  return tallies
}

/**
 * The clients that stood out: first those taken over repeatedly, then those with the most ends that nobody asked for and
 * refused attempts. Who only came, or only went as it wanted to, is left out. In the order of their disconnects.
 */
export function topClientsOf(tallies: ReadonlyMap<string, ClientTally>, events: readonly Event[]): TopClient[] {
  const trouble = ({ disconnects, graceful, refused }: ClientTally) => disconnects - graceful + refused
  const attempts = ({ connects, refused }: ClientTally) => connects + refused
  const chosen = foremost(tallies, topClientCount, {
    worth: ([, tally]) => trouble(tally) > 0 || tally.disconnects > 1 || attempts(tally) > 1,
    compare: ([a, one], [b, other]) =>
      Number(other.takeovers > 1) - Number(one.takeovers > 1) ||
      trouble(other) - trouble(one) ||
      attempts(other) - attempts(one) ||
      (a < b ? -1 : 1),
  })
  const peers = peersOf(new Set(chosen.map(([client]) => client)), events)
  return chosen
    .map(([clientId, tally]): TopClient => {
      const own = peers.get(clientId)
      return {
        clientId,
        disconnects: tally.disconnects,
        ...(tally.graceful === 0 ? {} : { graceful: tally.graceful }),
        attempts: attempts(tally),
        takeovers: tally.takeovers,
        ...(own === undefined ? {} : { peers: shownPeers(own) }),
      }
    })
    .toSorted(
      (a, b) =>
        b.disconnects - a.disconnects || (b.attempts ?? 0) - (a.attempts ?? 0) || (a.clientId < b.clientId ? -1 : 1),
    )
}

function peersOf(clients: ReadonlySet<string>, events: readonly Event[]): Map<string, Set<string>> {
  const peers = new Map<string, Set<string>>()
  for (const event of events) {
    const client = clientOf(event)
    if (event.peer === undefined || client === undefined || !clients.has(client)) continue
    const own = peers.get(client) ?? new Set()
    peers.set(client, own.add(event.peer))
  }
  return peers
}

/** Ports tell something only among connections from one address. */
function shownPeers(peers: ReadonlySet<string>): string[] {
  const addresses = new Set([...peers].map(addressOf))
  return [...(addresses.size === 1 ? peers : addresses)]
    .toSorted()
    .slice(0, peersOfClient)
    .map((peer) => harmless(peer, maxPeerCharacters))
}

/** Addresses from which the most clients dropped that did not want to. */
export function topPeersOf(events: readonly Event[]): TopPeer[] {
  const counts = new Map<string, number>()
  for (const event of events) {
    if (event.peer === undefined || !isUngraceful(event)) continue
    const address = addressOf(event.peer)
    counts.set(address, (counts.get(address) ?? 0) + 1)
  }
  return foremost(counts, topPeerCount, {
    worth: ([, disconnects]) => disconnects >= minimumDisconnectsOfPeer,
    compare: ([a, one], [b, other]) => other - one || (a < b ? -1 : 1),
  }).map(([peer, disconnects]) => ({ peer: harmless(peer, maxPeerCharacters), disconnects }))
}

/** The first few by `compare` of those that are worth it, without sorting all: in a storm there are very many. */
function foremost<T>(
  items: Iterable<T>,
  count: number,
  by: { readonly worth: (item: T) => boolean; readonly compare: (a: T, b: T) => number },
): T[] {
  const best: T[] = []
  for (const item of items) {
    if (!by.worth(item)) continue
    const last = best[count - 1]
    if (last !== undefined && by.compare(item, last) >= 0) continue
    if (last !== undefined) best.pop()
    best.push(item)
    best.sort(by.compare)
  }
  return best
}

/** How each of these clients was on this broker after the last that is told of it in the minute. */
export function watchedOf(events: readonly Event[], clients: ReadonlyMap<string, number>): Watched[] {
  if (clients.size === 0) return []
  const byClient = new Map<string, Event[]>()
  for (const event of events) {
    const { clientId, type } = event
    if (clientId === undefined || !clients.has(clientId)) continue
    if (type !== 'connected' && type !== 'disconnected') continue
    const own = byClient.get(clientId)
    if (own === undefined) byClient.set(clientId, [event])
    else own.push(event)
  }
  return [...byClient]
    .flatMap(([clientId, own]) => lastState(clientId, own))
    .toSorted((a, b) => (a.clientId < b.clientId ? -1 : 1))
}

/** The end of an earlier session may be told after the begin of the next: it does not take the client offline. */
function lastState(clientId: string, events: readonly Event[]): Watched[] {
  const begin = latest(events.filter(({ type }) => type === 'connected'))
  const ends = events.filter((event) => event.type === 'disconnected' && (begin === undefined || isEndOf(event, begin)))
  const last = latest(ends) ?? begin
  if (last === undefined) return []
  const { at, connectedAt } = last
  const online = last.type === 'connected'
  return [{ clientId, online, at, ...(connectedAt === undefined ? {} : { connectedAt }) }]
}

function latest(events: readonly Event[]): Event | undefined {
  return events.toSorted(inOrder).at(-1)
}

function inOrder(a: Event, b: Event): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1
  return a.ordinal - b.ordinal || (a.id < b.id ? -1 : 1)
}

function isEndOf(end: Event, begin: Event): boolean {
  if (end.sessionKey !== undefined && begin.sessionKey !== undefined) return end.sessionKey === begin.sessionKey
  if (end.connectedAt !== undefined && begin.connectedAt !== undefined) return end.connectedAt >= begin.connectedAt
  return end.at > begin.at || (end.at === begin.at && end.ordinal > begin.ordinal)
}
