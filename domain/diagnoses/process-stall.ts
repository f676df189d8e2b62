/** Many clients of one process drop in one moment, whatever their brokers: the process stood still, or was restarted. */
import type { Event } from '../event.ts'
import type { Explanation } from '../explanation.ts'
import type { Facts } from '../facts.ts'
import { addressOf } from '../peer.ts'
import { firstFrom } from '../evidence/sorted.ts'
import type { Session } from '../evidence/two-views.ts'
import { countText, durationText, namesText } from '../evidence/words.ts'

/** Ends of one moment follow each other this closely. */
const nextWithinMs = 2000
const leastTogether = 3
/** Of the clients of the process that were connected. */
const leastShare = 0.6
/** Others that dropped then, of the same brokers, as a share of those of the process: more, and it was not the process. */
const mostOthers = 0.34
/** By address alone it may as well be the line of the site. */
const byAddress = 0.74
/** A person or the application ends these, one by one or all; the process does not. */
const otherCauses = new Set(['kicked', 'session_taken_over', 'not_authorized', 'server_shutdown', 'server_redirect'])

interface Drop {
  readonly atMs: number
  readonly clientId: string
  readonly broker: string
  readonly session?: Session
}
const atOf = ({ atMs }: Drop): number => atMs

interface Stall {
  readonly drops: readonly Drop[]
  readonly of: number
  readonly others: number
  /** At least two of them tell that they are of this process. */
  readonly isTold: boolean
}
interface Members {
  readonly keyOf: ReadonlyMap<string, string>
  /** Clients by key. */
  readonly sizes: ReadonlyMap<string, number>
  readonly tellers: ReadonlyMap<string, string>
}
interface Group {
  readonly process: string | undefined
  readonly address: string
  readonly stalls: readonly Stall[]
}

export const processStall: Explanation = {
  name: 'process_stall',
  title: 'A process with many clients stood still or was restarted',
  basis: 'inferred',
  source: 'https://github.com/moscajs/aedes/issues/165',
  needs:
    'ends of all clients of the process on all brokers, with their address or with what they tell of their process (observe)',
  over: ['broker_stall', 'client_stall'],
  recognise: (facts) => {
    const found = groupsOf(facts).toSorted((a, b) => sizeOf(b) - sizeOf(a))
    const [worst] = found
    const [stall] = worst?.stalls.toSorted((a, b) => b.drops.length - a.drops.length) ?? []
    if (worst === undefined || stall === undefined) return undefined
    const { drops, of, others, isTold } = stall
    const brokers = [...new Set(drops.map(({ broker }) => broker))]
    const spanMs = (drops.at(-1)?.atMs ?? 0) - (drops[0]?.atMs ?? 0)
    const deaf = drops.filter(({ session }) => wasDeaf(session))
    const name =
      worst.process === undefined ? `address ${namesText([worst.address])}` : `process ${namesText([worst.process])}`
    return {
      fit: (isTold ? 1 : byAddress) * (brokers.length > 1 ? 1 : 0.7) * (drops.length > 3 ? 1 : 0.85),
      explains: explainedBy(facts, found),
      clients: [...new Set(drops.map(({ clientId }) => clientId))],
      evidence: [
        `${drops.length} of ${countText(of, 'client')} of the ${name} dropped within ${durationText(spanMs)}, from ${countText(brokers.length, 'broker')} (${namesText(brokers)}).`,
        `Of others on the same brokers ${others === 0 ? 'none' : `${others}`} dropped in that time.`,
        ...(deaf.length === 0
          ? []
          : [`${deaf.length} had read nothing for more than 1.5 times their keepalive: the process did not run.`]),
        ...(worst.stalls.length > 1 ? [`So it was ${worst.stalls.length} times.`] : []),
        ...(found.length > 1 ? [`${found.length} processes did so.`] : []),
      ],
      remedy: [
        'Look at that process: a long computation or synchronous call that blocks its event loop, a host that sleeps, a restart.',
        `Measure the delay of its event loop (perf_hooks.monitorEventLoopDelay) and spread its ${of} clients over workers.`,
      ],
    }
  },
}

const sizeOf = ({ stalls }: Group): number => stalls.reduce((sum, { drops }) => sum + drops.length, 0)

function wasDeaf(session: Session | undefined): boolean {
  const { sinceReceivedMs = 0 } = session?.claim.end?.evidence ?? {}
  return sinceReceivedMs > 1500 * (session?.keepaliveSeconds ?? 60)
}

/** Of one client only its own ends are asked about. */
function explainedBy({ asked, client }: Facts, groups: readonly Group[]): number {
  const drops = groups.flatMap(({ stalls }) => stalls.flatMap((stall) => stall.drops))
  return asked.subject.of === 'client'
    ? drops.filter(({ clientId }) => clientId === client?.clientId).length
    : drops.length
}

function groupsOf(facts: Facts): Group[] {
  const drops = dropsOf(facts)
  const members = membersOf(facts)
  const groups = Map.groupBy(
    drops.flatMap((drop) => {
      const key = members.keyOf.get(drop.clientId)
      return key === undefined ? [] : [{ drop, key }]
    }),
    ({ key }) => key,
  )
  return [...groups].flatMap(([key, own]): Group[] => {
    const of = members.sizes.get(key) ?? 0
    const stalls = runsOf(own.map(({ drop }) => drop)).flatMap((run): Stall[] => {
      const clients = new Set(run.map(({ clientId }) => clientId))
      if (clients.size < leastTogether || clients.size < leastShare * of) return []
      const brokers = new Set(run.map(({ broker }) => broker))
      const fromMs = (run[0]?.atMs ?? 0) - nextWithinMs
      const toMs = (run.at(-1)?.atMs ?? 0) + nextWithinMs
      const around = drops.slice(firstFrom(drops, fromMs, atOf), firstFrom(drops, toMs + 1, atOf))
      const others = around.filter(
        (drop) => brokers.has(drop.broker) && members.keyOf.get(drop.clientId) !== key,
      ).length
      // By address and on one broker it may as well be the network between the two.
      const isTold = run.filter(({ clientId }) => members.tellers.has(clientId)).length >= 2
      const isOneClients = facts.asked.subject.of === 'client'
      if (others > mostOthers * run.length || (!isTold && !isOneClients && brokers.size < 2)) return []
      return [{ drops: run, of, others, isTold }]
    })
    if (stalls.length === 0) return []
    return [{ process: key.startsWith('p') ? key.slice(1) : undefined, address: key.slice(1), stalls }]
  })
}

/** In order of time, by the client's word where it tells: it sees the end when its process runs again. */
function dropsOf({ bad, asked, nearbyEnds }: Facts): Drop[] {
  const own = bad.flatMap((session): Drop[] => {
    const { clientId, broker, endedMs, noticedLaterMs = 0, cause } = session
    if (endedMs === undefined || clientId === '' || (cause !== undefined && otherCauses.has(cause))) return []
    return [{ atMs: endedMs + noticedLaterMs, clientId, broker, session }]
  })
  const near = asked.subject.of === 'client' ? nearbyEnds : []
  const theirs = near.flatMap(({ clientId, broker, at, view, cause }): Drop[] =>
    view !== 'broker' || clientId === undefined || (cause !== undefined && otherCauses.has(cause))
      ? []
      : [{ atMs: Date.parse(at), clientId, broker }],
  )
  return [...own, ...theirs].toSorted((a, b) => a.atMs - b.atMs)
}

/** Which clients belong together: by the process they tell, else by address. */
function membersOf({ clients, asked }: Facts): Members {
  const processOf = new Map<string, string>()
  const addressOfClient = new Map<string, string>()
  const note = (id: string, { evidence, peer }: Event) => {
    if (evidence?.process !== undefined) processOf.set(id, evidence.process)
    if (peer !== undefined) addressOfClient.set(id, addressOf(peer))
  }
  for (const { clientId, events } of clients.values()) for (const event of events) note(clientId, event)
  for (const event of asked.nearby) if (event.clientId !== undefined) note(event.clientId, event)
  // Clients of one address that tell of several processes are not of one process.
  const tellers = Map.groupBy(processOf.keys(), (id) => addressOfClient.get(id) ?? '')
  const keyOf = new Map<string, string>()
  for (const id of new Set([...processOf.keys(), ...addressOfClient.keys()])) {
    const process = processOf.get(id)
    const address = addressOfClient.get(id) ?? ''
    const neighbours = new Set((tellers.get(address) ?? []).map((teller) => processOf.get(teller)))
    if (process !== undefined) keyOf.set(id, `p${process}`)
    else if (address !== '' && neighbours.size === 0) keyOf.set(id, `a${address}`)
    // One of them tells: the others of its address may be of its process.
    else if (neighbours.size === 1) keyOf.set(id, `p${[...neighbours].join('')}`)
  }
  const sizes = new Map([...Map.groupBy(keyOf.values(), (key) => key)].map(([key, own]) => [key, own.length]))
  return { keyOf, sizes, tellers: processOf }
}

function runsOf(drops: readonly Drop[]): Drop[][] {
  const runs: Drop[][] = []
  for (const drop of drops) {
    const run = runs.at(-1)
    if (run !== undefined && drop.atMs - (run.at(-1)?.atMs ?? 0) <= nextWithinMs) run.push(drop)
    else runs.push([drop])
  }
  return runs
}
