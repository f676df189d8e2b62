/** A record with known stories, made as watchers and the analysis make it: an hour and more of a cluster with three brokers. */
import { clientDigest, eventOf } from '../../../codec/identity.ts'
import type { Cause } from '../../../domain/cause.ts'
import { causes } from '../../../domain/cause.ts'
import type { Event, EventDraft } from '../../../domain/event.ts'
import type { Settings } from '../../../domain/settings.ts'
import { checkSettings } from '../../../domain/settings-check.ts'
import { instant, minuteMs, secondMs } from '../../../domain/time.ts'
import { analyze } from '../../../lambdas/analyze/analyze.ts'
import { writeFeed, writeGap } from '../../../store/coverage.ts'
import { writeEvents } from '../../../store/events.ts'
import { writeSamples } from '../../../store/samples.ts'
import { writeBroker } from '../../../store/state.ts'
import { seeded } from '../../scenarios/chance.ts'
import type { TestTables } from '../../tables.ts'

export const brokers = ['emqx-1', 'emqx-2', 'emqx-3'] as const
/** How many minutes the record is long. */
const length = 80
/** Two gateways were given one id; who looks into the alert finds that out. */
export const sharedId = 'gateway-7'
/** Cut again and again by something on the path that allows 350 idle seconds. */
export const cutId = 'meter-3'
export const gapReason = 'ECONNREFUSED 10.0.0.4:1883'

/** Clients, reasons, brokers that call themselves what a page must not believe. */
export const hostile = {
  image: '"><script>hurt("script")</script><img src=x onerror=hurt("image")><svg onload=hurt("svg")>',
  turned: '\u202egnp.\u2066live\u2069\u200b\ufeff{{7*7}}${7*7}',
  control: 'a\u0000b\u001b[31mc\r\nSet-Cookie: x\u2028d\u0085',
  proto: '__proto__',
  link: 'javascript:hurt("link")',
  spaces: ' ',
  path: '../../v1/alerts?x=1#y&z=%41',
} as const
/** No client id, for MQTT knows only UTF-8; but JSON can carry it. */
const loneReason = 'half \ud800 a pair'
/** As long as MQTT allows. */
export const longestId = `<b>${'long '.repeat(13_200)}`.slice(0, 65_535)
export const longestDigest = clientDigest(longestId)
export const hostileBroker = '<img src=x onerror=hurt("broker")>\u202e__proto__'
export const hostileCluster = 'zoo'

/** As a configuration file has them. */
export const configuration = {
  clusters: [
    {
      name: 'plant',
      dialect: 'emqx',
      timezone: 'UTC',
      feeds: brokers.map((broker) => ({ broker, url: 'mqtt://127.0.0.1:1' })),
    },
    { name: hostileCluster, dialect: 'emqx', feeds: [{ broker: 'ape', url: 'mqtt://127.0.0.1:1' }] },
  ],
}

export function settingsOf(given: object = configuration): Settings {
  const checked = checkSettings(given)
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults))
  return checked.settings
}

/** Who tells what happened. */
function createTeller(cluster: string) {
  const events: Event[] = []
  let count = 0
  const tell = (draft: Partial<EventDraft> & Pick<EventDraft, 'atMs' | 'broker'>) => {
    const { cause } = draft
    const view = { type: 'disconnected', view: 'broker', own: false, ordinal: 0, cluster } as const
    const ended = cause === undefined ? {} : { ...pick(cause), origin: 'broker' as const }
    events.push(eventOf({ ...view, ...ended, ...draft, atMs: Math.round(draft.atMs) }))
  }
  /** A connection from one time to another, as the broker tells it and, where it observes itself, the client. */
  const session = (
    facts: Pick<EventDraft, 'broker' | 'clientId' | 'peer' | 'keepaliveSeconds' | 'username'>,
    told: { fromMs: number; toMs?: number; cause?: Cause; reason?: string; observed?: boolean },
  ) => {
    count += 1
    const { fromMs, toMs, cause = 'network_eof', reason = 'tcp_closed', observed = false } = told
    const common = { ...facts, sessionKey: `s${count}`, protocol: 5 }
    tell({ ...common, type: 'connected', atMs: fromMs })
    if (toMs !== undefined) tell({ ...common, atMs: toMs, connectedAtMs: Math.round(fromMs), cause, reason })
    if (!observed) return
    const claim = { ...common, view: 'client', sessionKey: `c${count}` } as const
    const evidence = {
      process: `p-${facts.peer}`,
      runtime: 'node',
      transport: 'tcp',
      libraryVersion: '5.16.0',
    } as const
    tell({ ...claim, type: 'connected', atMs: fromMs + 20, evidence })
    if (toMs === undefined) return
    tell({
      ...claim,
      atMs: toMs + 9,
      connectedAtMs: Math.round(fromMs) + 20,
      cause: 'network_eof',
      evidence: { ...evidence, clientCause: 'tcp_fin', phase: 'mqtt', sessionMs: Math.round(toMs - fromMs) },
    })
  }
  return { events, tell, session }
}

function pick(cause: Cause) {
  const { initiator, graceful } = causes[cause]
  return { initiator, graceful }
}

/** What happened in `plant` until then; the same whenever it was. */
function plantEvents(endMs: number): Event[] {
  const random = seeded(7)
  const between = (from: number, to: number) => from + random() * (to - from)
  const { events, session } = createTeller('plant')
  const beginMs = endMs - length * minuteMs
  const usual = ['network_eof', 'keepalive_timeout', 'client_requested', 'client_requested'] as const
  for (let minute = 0; minute < length; minute += 1) {
    for (const [place, broker] of brokers.entries()) {
      for (let n = Math.floor(between(2, 6)); n > 0; n -= 1) {
        const number = Math.floor(between(0, 400))
        const toMs = beginMs + minute * minuteMs + between(0, minuteMs)
        const facts = { broker, clientId: `pump-${place}-${number}`, peer: `10.${place}.4.${number % 250}:50123` }
        const cause = usual[Math.floor(random() * usual.length)] ?? 'network_eof'
        session(
          { ...facts, keepaliveSeconds: 60 },
          { fromMs: toMs - between(20, 90) * minuteMs, toMs, cause, reason: cause },
        )
        session({ ...facts, keepaliveSeconds: 60 }, { fromMs: toMs + between(1000, 9000) })
      }
    }
  }
  // An idle limit of 350 s came into the path of these; they ping each 400 s. Each is cut at least three times.
  // So many that it is told of their broker, and not of the cluster, whatever the minute of the hour.
  for (let meter = 0; meter < 90; meter += 1) {
    const facts = { broker: 'emqx-2', clientId: `meter-${meter}`, keepaliveSeconds: 400 }
    let fromMs = endMs - 25 * minuteMs + between(0, 350 * secondMs)
    while (fromMs + 350 * secondMs < endMs) {
      const toMs = fromMs + between(349_500, 350_900)
      session({ ...facts, peer: `172.20.8.${meter}:${Math.floor(between(20_000, 60_000))}` }, { fromMs, toMs })
      fromMs = toMs + between(1000, 4000)
    }
    session({ ...facts, peer: `172.20.8.${meter}:61000` }, { fromMs })
  }
  // Two processes with one id throw each other out.
  const shared = { broker: 'emqx-1', clientId: sharedId, keepaliveSeconds: 60, username: 'line-4' }
  for (let fromMs = endMs - 11 * minuteMs, turn = 0; fromMs < endMs - 5000; turn += 1) {
    const toMs = fromMs + between(22_000, 28_000)
    const peer = turn % 2 === 0 ? '10.4.7.21:41022' : '10.4.9.88:53310'
    session(
      { ...shared, peer },
      { fromMs, toMs, cause: 'session_taken_over', reason: 'takenover', observed: turn % 2 === 0 },
    )
    fromMs = toMs - 2
  }
  return events
}

/** What happened in the cluster of those who call themselves anything. */
function zooEvents(endMs: number): Event[] {
  const { events, session, tell } = createTeller(hostileCluster)
  const ids = [...Object.values(hostile), longestId]
  for (const [place, clientId] of ids.entries()) {
    for (let turn = 0; turn < 12; turn += 1) {
      const fromMs = endMs - (12 - turn) * 50_000 + place * 100
      const words = {
        reason: ids[(place + turn) % (ids.length + 1)] ?? loneReason,
        cause: 'session_taken_over' as const,
      }
      const peer = `${hostile.image.slice(0, 100)}:${turn}`
      const told = { fromMs, toMs: fromMs + 20_000, ...words }
      session({ broker: turn % 2 === 0 ? 'ape' : hostileBroker, clientId, peer, username: hostile.image }, told)
      const refused = {
        type: 'refused',
        atMs: fromMs + 30_000,
        cause: 'not_authorized',
        reason: hostile.image,
      } as const
      tell({ ...refused, broker: hostileBroker, clientId, sessionKey: `r${turn}` })
    }
  }
  // Enough at once that an alert speaks of the broker with that name.
  for (let n = 0; n < 60; n += 1) {
    const clientId = `${hostile.image} ${n}`
    tell({
      atMs: endMs - 3 * minuteMs + n * 10,
      broker: hostileBroker,
      clientId,
      cause: 'network_reset',
      reason: hostile.image,
    })
  }
  return events
}

/** Writes it all and lets the analysis judge it. `endMs`: a whole minute. `seenUntilMs`: to then plant is watched. */
export async function writeRecord(
  tables: TestTables,
  settings: Settings,
  { endMs, seenUntilMs, withZoo = true }: { endMs: number; seenUntilMs: number; withZoo?: boolean },
): Promise<void> {
  const beginMs = endMs - length * minuteMs
  const retention = { nowMs: endMs, days: 30 }
  const random = seeded(11)
  const samples = Array.from({ length }, (_, minute) =>
    brokers.map((broker, place) => {
      // From minute 25 on the load balancer sends new clients to two of the three.
      const moved = Math.min(Math.max(minute - 25, 0) / 25, 1)
      const value = Math.round(1000 + moved * ([430, 410, -840][place] ?? 0) + random() * 12)
      return {
        cluster: 'plant',
        broker,
        name: 'connected' as const,
        at: instant(beginMs + minute * minuteMs + 50_000),
        value,
      }
    }),
  ).flat()
  const zoo = ['ape', hostileBroker].map((broker, place) => {
    return {
      cluster: hostileCluster,
      broker,
      name: 'connected' as const,
      at: instant(endMs - 90_000),
      value: 200 - 60 * place,
    }
  })
  await Promise.all([
    writeEvents(tables.events, [...plantEvents(endMs), ...(withZoo ? zooEvents(endMs) : [])], retention),
    writeSamples(tables.samples, withZoo ? [...samples, ...zoo] : samples, retention),
    ...brokers.map(async (broker) =>
      cover(tables, { cluster: 'plant', feed: broker, brokers: [broker], beginMs, endMs, seenUntilMs }),
    ),
    ...(withZoo ? [cover(tables, zooCover(endMs))] : []),
    writeGap(
      tables.state,
      {
        cluster: 'plant',
        feed: 'emqx-3',
        watcher: 'a',
        reason: gapReason,
        from: instant(endMs - 52 * minuteMs),
        until: instant(endMs - 48 * minuteMs),
      },
      { inferred: false, ...retention },
    ),
  ])
  const publish = async () => undefined
  const log = { info: () => undefined, warn: (message: string, fields: object) => console.warn(message, fields) }
  // A run takes an hour.
  for (let run = 0; run < 2; run += 1) {
    await analyze(settings, { tables, publish, log, nowMs: endMs + 5 * secondMs })
  }
}

/** Its watcher tells nothing any more: to this cluster we are blind. */
const zooCover = (endMs: number) => ({
  cluster: hostileCluster,
  feed: 'ape',
  brokers: ['ape', hostileBroker],
  beginMs: endMs - 14 * minuteMs,
  endMs: endMs - minuteMs,
  seenUntilMs: endMs - minuteMs,
})

async function cover(
  tables: TestTables,
  of: {
    cluster: string
    feed: string
    brokers: readonly string[]
    beginMs: number
    endMs: number
    seenUntilMs: number
  },
): Promise<void> {
  const { cluster, feed, beginMs, endMs } = of
  const isZoo = cluster === hostileCluster
  const at = instant(endMs)
  const seenUntil = instant(of.seenUntilMs)
  for (const broker of of.brokers) await writeBroker(tables.state, { cluster, broker, at }, endMs)
  const report = {
    cluster,
    feed,
    brokers: [...of.brokers],
    state: 'up' as const,
    since: instant(beginMs),
    ...(isZoo ? { problem: hostile.image } : {}),
    rejected: Object.fromEntries(isZoo ? [[hostile.image, 3]] : []),
    rejectionSamples: [],
  }
  const seen = { first: instant(beginMs), seenFrom: instant(beginMs), seenUntil }
  await writeFeed(tables.state, { report, watcher: 'a', reportedAt: at, ...seen }, undefined)
}
