/** A broker stood still, or its clock jumped: many active clients time out in the same second. */
import type { Explanation, Recognition } from '../explanation.ts'
import type { Facts } from '../facts.ts'
import { instant, secondMs, startOfMinute } from '../time.ts'
import type { Session } from '../evidence/two-views.ts'
import { addressesOf, type Ages, agesOf, leastClients, lostOf, wasActive } from '../evidence/lost-together.ts'
import { sameSecondMs, timedOut } from '../evidence/timeouts.ts'
import { countText, durationText, namesText, timeText } from '../evidence/words.ts'

/** Fewer that are back say less. */
const leastBack = 3
/** Who is well and was only taken for dead is back within this. */
const atOnceMs = 15_000
/** This share of one address, or as many on other brokers, says that it is not the broker. */
const mostOfOneAddress = 0.8
const mostElsewhere = 0.5

export const brokerStall: Explanation = {
  name: 'broker_stall',
  title: 'The broker stood still, or its clock jumped',
  basis: 'settled',
  source: 'https://github.com/eclipse-mosquitto/mosquitto/issues/3138',
  needs: 'keepalive timeouts of five clients or more on one broker within two seconds, and when each was back',
  over: ['client_stall', 'broker_keepalive_defect'],
  recognise: (facts) => {
    const isOfClient = facts.asked.subject.of === 'client'
    if (facts.clients.size === 0) return isOfClient ? undefined : ofMinutes(facts)
    const stalls = isOfClient ? stallsAround(facts) : stallsIn(facts)
    const [worst] = stalls.toSorted((a, b) => b.clients - a.clients)
    if (worst === undefined) return undefined
    const {
      broker,
      atMs,
      clients,
      spreadMs,
      addresses,
      ofOneAddress,
      back,
      looked,
      active,
      aged,
      deaf,
      areTwins,
      isTold,
    } = worst
    const isElsewhere = timeoutsElsewhere(facts.minutes, broker, atMs) > mostElsewhere * clients
    const isBack = looked > 0 && back / looked >= 0.5
    const isOneSite = ofOneAddress > mostOfOneAddress
    // They never heard anything on this connection: a path that swallows all.
    const isDeaf = deaf >= 0.8 * aged && aged >= clients / 2
    const alone = isOfClient ? 0 : timeoutsAlone(facts, stalls)
    const doubts = [
      isDeaf ? 0.5 : 1,
      // Who began together and heard nothing together gives up together, with no help of the broker.
      !isBack && areTwins ? 0.6 : 1,
      !isBack && !isTold ? 0.6 : 1,
      // The same clients time out at other times: five in one second may be chance.
      alone > stalls.reduce((sum, { own }) => sum + own, 0) ? 0.6 : 1,
    ]
    const fit = isElsewhere || isOneSite ? 0.35 : isBack ? (back >= leastBack ? 1 : 0.8) : looked > 0 ? 0.4 : 0.6
    return {
      fit: doubts.reduce((sum, doubt) => sum * doubt, fit),
      explains: stalls.reduce((sum, { own }) => sum + own, 0),
      evidence: [
        `${clients} clients of ${namesText([broker])} timed out ${spreadText(spreadMs)} at ${timeText(atMs)}.`,
        ...(addresses > 0 ? [`They came from ${addresses} addresses.`] : []),
        ...(isDeaf
          ? [`${deaf} of ${aged} had begun 1.5 times their keepalive before: they may never have heard anything.`]
          : []),
        ...(isTold ? [] : ['Only clients tell of it: the broker named no timeout.']),
        ...(looked > 0
          ? [`${back} of ${looked} were back within ${durationText(atOnceMs)}${isBack ? ': they were not gone' : ''}.`]
          : []),
        ...(active > 0 ? [`${countText(active, 'client')} had sent or received a packet within the keepalive.`] : []),
        ...(stalls.length > 1 ? [`It happened ${stalls.length} times.`] : []),
        ...(isElsewhere ? ['As many timed out on other brokers in that minute.'] : []),
      ],
      remedy: remedyFor(broker, atMs),
    }
  },
}

const spreadText = (ms: number): string => (ms < secondMs ? 'in the same second' : `within ${durationText(ms)}`)

const remedyFor = (broker: string, atMs: number): string[] => [
  `Look at the machine of ${namesText([broker])} at ${timeText(atMs)}: suspended, swapping, or its clock set.`,
  'Let the clock be slewed, not stepped (chrony makestep only at the start; ntpd -x).',
  'For mosquitto: upgrade; it was reported of 2.0.20 and 2.0.21.',
]

interface Stall extends Ages {
  readonly broker: string
  readonly atMs: number
  readonly spreadMs: number
  readonly clientIds: ReadonlySet<string>
  /** How many clients timed out together. */
  readonly clients: number
  readonly addresses: number
  /** Share of the address that most came from. */
  readonly ofOneAddress: number
  /** How many of those looked at were back at once. */
  readonly back: number
  readonly looked: number
  /** The broker tells of at least one. */
  readonly isTold: boolean
  /** How many are known to have been active. */
  readonly active: number
  /** Ends among those that are to be explained. */
  readonly own: number
}

/** Where all events of a broker are known. */
function stallsIn({ bad, clients }: Facts): Stall[] {
  const byBroker = Map.groupBy(
    bad.filter((session) => session.end?.cause === 'keepalive_timeout'),
    ({ broker }) => broker,
  )
  return [...byBroker].flatMap(([broker, ends]) =>
    togetherIn(ends).flatMap((group): Stall[] => {
      const ids = new Set(group.map(({ clientId }) => clientId))
      if (ids.size < leastClients) return []
      const [atMs = 0, lastMs = 0] = [group[0]?.endedMs, group.at(-1)?.endedMs]
      const isBack = (id: string) =>
        clients.get(id)?.sessions.some(({ beganMs = 0 }) => beganMs >= atMs && beganMs <= lastMs + atOnceMs)
      const { addresses, ofOneAddress } = addressesOf(group.map(({ peer }) => peer))
      return [
        {
          broker,
          atMs,
          spreadMs: lastMs - atMs,
          clientIds: ids,
          clients: ids.size,
          addresses,
          ofOneAddress,
          back: [...ids].filter(isBack).length,
          looked: ids.size,
          ...agesOf(group),
          isTold: true,
          active: group.filter(wasActive).length,
          own: group.length,
        },
      ]
    }),
  )
}

/** Timeouts of clients that timed out together, at times when they did so alone. */
function timeoutsAlone({ clients }: Facts, stalls: readonly Stall[]): number {
  const ids = new Set(stalls.flatMap(({ clientIds }) => [...clientIds]))
  const all = [...ids].flatMap(
    (id) => clients.get(id)?.bad.filter(({ end }) => end?.cause === 'keepalive_timeout') ?? [],
  )
  return all.length - stalls.reduce((sum, { own }) => sum + own, 0)
}

/** Of one client: what others did around its ends. */
function stallsAround({ client, nearbyEnds, asked }: Facts): Stall[] {
  return (client?.bad ?? []).filter(timedOut).flatMap((session): Stall[] => {
    const { broker, endedMs = 0 } = session
    const others = nearbyEnds.filter(
      ({ broker: theirs, cause, at }) =>
        theirs === broker && cause === 'keepalive_timeout' && Math.abs(Date.parse(at) - endedMs) <= sameSecondMs,
    )
    const ids = new Set(others.flatMap(({ clientId }) => clientId ?? []))
    if (ids.size + 1 < leastClients) return []
    const times = [endedMs, ...others.map(({ at }) => Date.parse(at))].toSorted((a, b) => a - b)
    const begun = new Map(
      asked.nearby.flatMap(({ type, clientId, at, peer }) =>
        type === 'connected' && Date.parse(at) >= (times[0] ?? 0) ? [[clientId, peer]] : [],
      ),
    )
    const othersBack = [...ids].filter((id) => begun.has(id)).length
    const isOwnBack = client?.sessions.some(({ beganMs = 0 }) => beganMs >= endedMs && beganMs <= endedMs + atOnceMs)
    // Others are looked at for a few seconds only: who is not back in them may yet have come.
    const looked = (othersBack > 0 ? ids.size : 0) + (isOwnBack || endedMs + atOnceMs <= asked.toMs ? 1 : 0)
    const { addresses, ofOneAddress } = addressesOf([
      session.peer,
      // Where ends tell none, the next begin does.
      ...others.map(({ peer, clientId }) => peer ?? begun.get(clientId)),
    ])
    return [
      {
        broker,
        atMs: times[0] ?? 0,
        spreadMs: (times.at(-1) ?? 0) - (times[0] ?? 0),
        clientIds: ids,
        clients: ids.size + 1,
        addresses,
        ofOneAddress,
        back: othersBack + (isOwnBack ? 1 : 0),
        looked,
        ...agesOf([session, ...others.map(lostOf)]),
        isTold: session.end?.cause === 'keepalive_timeout' || others.some(({ view }) => view === 'broker'),
        active: wasActive(session) ? 1 : 0,
        own: 1,
      },
    ]
  })
}

/** Ends in groups that each fit into two seconds. */
function togetherIn(ends: readonly Session[]): Session[][] {
  const groups: Session[][] = []
  for (const session of ends.toSorted((a, b) => (a.endedMs ?? 0) - (b.endedMs ?? 0))) {
    const last = groups.at(-1)
    if (last !== undefined && (session.endedMs ?? 0) - (last[0]?.endedMs ?? 0) <= sameSecondMs) last.push(session)
    else groups.push([session])
  }
  return groups
}

/** Timeouts on other brokers in the same minute. */
function timeoutsElsewhere(minutes: Facts['minutes'], broker: string, atMs: number): number {
  const start = instant(startOfMinute(atMs))
  let sum = 0
  for (const [name, own] of minutes) {
    if (name !== broker) sum += own.find(({ minute }) => minute === start)?.disconnects.keepalive_timeout ?? 0
  }
  return sum
}

/** Where only minutes are left they cannot show the second: it may be so. */
function ofMinutes({ minutes, asked }: Facts): Recognition | undefined {
  const brokers = [...minutes].filter(([name]) => asked.subject.of !== 'broker' || asked.subject.broker === name)
  const spikes = brokers.flatMap(([broker, own]) =>
    own.flatMap((each, index) => {
      const count = each.disconnects.keepalive_timeout ?? 0
      const connects = each.connects + (own[index + 1]?.connects ?? 0)
      const isStall = count >= leastClients && count >= 0.8 * each.abnormal && connects >= 0.8 * count
      const atMs = Date.parse(each.minute)
      return isStall && timeoutsElsewhere(minutes, broker, atMs) <= mostElsewhere * count
        ? [{ broker, atMs, count, connects }]
        : []
    }),
  )
  const [worst] = spikes.toSorted((a, b) => b.count - a.count)
  if (worst === undefined) return undefined
  const { broker, atMs, count, connects } = worst
  return {
    fit: 0.62,
    explains: spikes.reduce((sum, spike) => sum + spike.count, 0),
    evidence: [
      `${count} clients of ${namesText([broker])} timed out in the minute of ${timeText(atMs)}, nearly none elsewhere.`,
      `${connects} connected in that minute and the next: they were not gone.`,
      'Only minutes are recorded: whether it was in one second is not known.',
    ],
    remedy: remedyFor(broker, atMs),
  }
}
