/** What is stored of a client, a broker or a cluster → the case that a diagnosis looks at: bounded, whatever the history. */
import { type Case, type KnownBroker, nearbyMs } from '../domain/case.ts'
import type { Event } from '../domain/event.ts'
import { isBad } from '../domain/facts.ts'
import type { Minute } from '../domain/minute.ts'
import type { ClusterSettings } from '../domain/settings.ts'
import { instant, minuteMs } from '../domain/time.ts'
import { brokerEvents, clientEvents, latestEvents } from './events.ts'
import { minutesOf } from './minutes.ts'
import { brokersOf } from './state.ts'
import type { Table } from './table.ts'

export interface CaseTables {
  readonly events: Table
  readonly minutes: Table
  readonly state: Table
}

/** Of whom, and of which time. */
export type CaseAsked = Pick<Case, 'subject' | 'fromMs' | 'toMs'>

/** The newest of a client, both views: one request. */
const clientLimit = 1000
/** The newest of a broker, or of all of a cluster together: eight requests a broker. */
const brokerLimit = 5000
/** Of a cluster with more, events are read of those brokers that lost the most. */
const mostBrokers = 25
/** Around so many of a client's last ends others' events are looked at, so many of each: at most sixteen requests an end. */
const nearbyEnds = 5
const nearbyLimit = 100
/** In a storm, what happened this near counts before the rest. */
const veryNearMs = 500
/**
 * Minutes of all brokers together, each broker its newest ones, one request for each: enough for an hour of ten brokers.
 * Of a larger cluster the brokers that are asked about come first, then the others by name.
 */
const minutesLimit = 600
const mostBrokersOfMinutes = 60
/** Minutes after a client's last bad end tell nothing of it. */
const minutesAfterMs = 5 * minuteMs

/** Brokers as configured, and those that were heard of. */
export async function knownBrokers(state: Table, cluster: ClusterSettings, nowMs: number): Promise<KnownBroker[]> {
  const heardOf = await brokersOf(state, cluster.name, nowMs)
  const configured = new Map(cluster.brokers.map((broker) => [broker.name, broker]))
  const named = cluster.feeds.flatMap((feed) => feed.broker ?? [])
  const names = new Set([...configured.keys(), ...named, ...heardOf.map(({ broker }) => broker)])
  return [...names].toSorted().map((name) => {
    const { weight = 1, maximumConnections } = configured.get(name) ?? {}
    return { name, weight, ...(maximumConnections === undefined ? {} : { maximumConnections }) }
  })
}

/**
 * Gathers a case. At most 1,000 events of a client and 500 of others near its last ends, or 5,000 of a broker or a cluster,
 * and 600 minutes; at most 300 requests, most of them at once. What is more is not looked at, and `cut` says so.
 */
export async function gatherCase(
  tables: CaseTables,
  cluster: string,
  asked: CaseAsked & { readonly brokers: readonly KnownBroker[] },
): Promise<Case> {
  const { subject, fromMs, toMs, brokers } = asked
  const span = { from: instant(fromMs), to: instant(toMs) }
  const known = { cluster, subject, fromMs, toMs, brokers, nearby: [] }
  const names = brokers.map(({ name }) => name)
  if (subject.of === 'client') {
    const page = await clientEvents(tables.events, { cluster, client: subject.clientId, ...span, limit: clientLimit })
    const events = page.entries.map(({ value }) => value)
    // Of a client that did nothing, what its cluster did tells nothing.
    if (events.length === 0) return { ...known, events, minutes: [], cut: false }
    const ends = lastEnds(events)
    const lastMs = ends[0] === undefined ? toMs : Math.min(toMs, Date.parse(ends[0].at) + minutesAfterMs)
    const first = [...new Set(events.map(({ broker }) => broker))]
    const [nearby, { minutes }] = await Promise.all([
      Promise.all(ends.map(async (end) => nearbyOf(tables.events, end))),
      minutesIn(tables.minutes, { cluster, names: [...first, ...names], fromMs, toMs: lastMs }),
    ])
    return { ...known, events, nearby: onceEach(nearby.flat()), minutes, cut: page.more }
  }
  if (subject.of === 'broker') {
    const { broker } = subject
    const [latest, found] = await Promise.all([
      latestEvents(tables.events, { cluster, broker, ...span, limit: brokerLimit }),
      minutesIn(tables.minutes, { cluster, names: [broker, ...names], fromMs, toMs }),
    ])
    return { ...known, ...latest, minutes: found.minutes, cut: latest.cut || (found.cut && latest.events.length === 0) }
  }
  const found = await minutesIn(tables.minutes, { cluster, names, fromMs, toMs })
  const rooms = roomsOf(names, found.minutes)
  const latest = await Promise.all(
    rooms.map(async ({ broker, limit }) => latestEvents(tables.events, { cluster, broker, ...span, limit })),
  )
  const events = latest.flatMap((each) => each.events)
  const isCut = latest.some((each) => each.cut) || rooms.length < names.length
  return { ...known, events, minutes: found.minutes, cut: isCut || (found.cut && events.length === 0) }
}

/** A client's last bad ends, newest first; of several within seconds one, as the others happened beside it. */
function lastEnds(events: readonly Event[]): Event[] {
  const chosen: Event[] = []
  const views = events.some(({ view }) => view === 'broker') ? 'broker' : 'client'
  for (const event of events.toSorted((a, b) => (a.at < b.at ? 1 : -1))) {
    if (chosen.length >= nearbyEnds) break
    if (event.type !== 'disconnected' || event.view !== views || !isBad(event)) continue
    const last = chosen.at(-1)
    if (last !== undefined && Date.parse(last.at) - Date.parse(event.at) < nearbyMs && last.broker === event.broker)
      continue
    chosen.push(event)
  }
  return chosen
}

/** What others did on the broker around an end, the nearest in time where there is much. */
async function nearbyOf(table: Table, end: Event): Promise<Event[]> {
  const { cluster, broker } = end
  const endMs = Date.parse(end.at)
  const within = async (ms: number) =>
    brokerEvents(table, {
      cluster,
      broker,
      from: instant(endMs - ms),
      to: instant(endMs + ms + 1),
      limit: nearbyLimit,
    })
  const wide = await within(nearbyMs)
  const near = wide.more ? (await within(veryNearMs)).entries : []
  const apart = ({ at }: Event) => Math.abs(Date.parse(at) - endMs)
  return onceEach([...near, ...wide.entries].map(({ value }) => value))
    .filter((event) => (event.clientDigest ?? event.clientId) !== (end.clientDigest ?? end.clientId))
    .toSorted((a, b) => apart(a) - apart(b))
    .slice(0, nearbyLimit)
}

function onceEach(events: readonly Event[]): Event[] {
  return [...new Map(events.map((event) => [event.id, event])).values()]
}

async function minutesIn(
  table: Table,
  asked: {
    readonly cluster: string
    readonly names: readonly string[]
    readonly fromMs: number
    readonly toMs: number
  },
): Promise<{ minutes: Minute[]; cut: boolean }> {
  const names = [...new Set(asked.names)]
  const chosen = names.slice(0, mostBrokersOfMinutes)
  const range = {
    cluster: asked.cluster,
    from: instant(asked.fromMs),
    to: instant(asked.toMs),
    limit: Math.floor(minutesLimit / Math.max(1, chosen.length)),
  }
  const pages = await Promise.all(chosen.map(async (broker) => minutesOf(table, { ...range, broker })))
  return {
    minutes: pages.flatMap(({ entries }) => entries.map(({ value }) => value)),
    cut: names.length > chosen.length || pages.some(({ more }) => more),
  }
}

/** How many events of which broker: half of the room for all alike, half by what each lost; who lost the most comes first. */
function roomsOf(names: readonly string[], minutes: readonly Minute[]): { broker: string; limit: number }[] {
  const losses = new Map(names.map((name) => [name, 0]))
  for (const { broker, abnormal, refused } of minutes) {
    losses.set(broker, (losses.get(broker) ?? 0) + abnormal + refused)
  }
  const chosen = [...losses].toSorted(([, a], [, b]) => b - a).slice(0, mostBrokers)
  const sum = chosen.reduce((total, [, count]) => total + count, 0)
  return chosen.map(([broker, count]) => {
    const share = 0.5 / chosen.length + (sum === 0 ? 0.5 / chosen.length : (0.5 * count) / sum)
    return { broker, limit: Math.floor(brokerLimit * share) }
  })
}
