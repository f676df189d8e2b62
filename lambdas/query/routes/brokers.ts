/** Brokers as they are now, by cluster and name. */
import * as asked from '../../../api/brokers.ts'
import { instant } from '../../../domain/time.ts'
import type { Minute } from '../../../domain/minute.ts'
import { type FeedState, feedsOf } from '../../../store/coverage.ts'
import { nextOf, notFound } from '../../http/route.ts'
import { writeCursor } from '../cursor.ts'
import { type Current, currentOf, type Member, membersOf } from '../current.ts'
import { placeOf } from '../list.ts'
import { type QueryPorts, route } from '../route.ts'

export const brokers = route(asked.brokers, async ({ query }, ports) => {
  const clusters = ports.settings.clusters.filter(({ name }) => query.cluster === undefined || name === query.cluster)
  if (clusters.length === 0) return notFound('no such cluster')
  const list = ['brokers', query.cluster]
  const placed = placeOf({ list, cursor: query.cursor })
  if (!placed.ok) return placed
  const after = placed.body?.after
  const members = new Map<string, Member[]>()
  for (const found of await Promise.all(clusters.map(async (cluster) => membersOf(cluster, ports)))) {
    if (found[0] !== undefined) members.set(found[0].cluster, found)
  }
  const left = [...members.values()]
    .flat()
    .toSorted(inOrder)
    .filter((each) => after === undefined || isAfter(each, after))
  const page = left.slice(0, query.limit)
  const told = await Promise.all(
    [...new Set(page.map(({ cluster }) => cluster))].map(async (cluster) => {
      const own = page.filter((each) => each.cluster === cluster)
      return describe(own, members.get(cluster) ?? own, ports)
    }),
  )
  const last = page.at(-1)
  const next =
    last === undefined || page.length === left.length
      ? {}
      : { next: writeCursor(list, { after: placeText(last), to: instant(ports.nowMs()) }) }
  return { ok: true, body: { brokers: told.flat(), ...nextOf(next) } }
})

function inOrder(a: Member, b: Member): number {
  if (a.cluster !== b.cluster) return a.cluster < b.cluster ? -1 : 1
  return a.broker < b.broker ? -1 : 1
}

/** In no cluster's name stands a `#`. */
const placeText = ({ cluster, broker }: Member) => `${cluster}#${broker}`

function isAfter({ cluster, broker }: Member, place: string): boolean {
  const [afterCluster = ''] = place.split('#', 1)
  return cluster === afterCluster ? broker > place.slice(afterCluster.length + 1) : cluster > afterCluster
}

const names = (members: readonly Member[]) => members.map(({ broker }) => broker)

/** Brokers of one cluster, against all of them. */
async function describe(own: readonly Member[], all: readonly Member[], ports: QueryPorts): Promise<asked.Broker[]> {
  const cluster = own[0]?.cluster ?? ''
  const [feeds, current] = await Promise.all([
    feedsOf(ports.tables.state, cluster),
    currentOf({ cluster, brokers: names(own), all: names(all) }, ports),
  ])
  const weights = all.reduce((sum, { weight }) => sum + weight, 0)
  return own.map((member) => brokerOf(member, { feeds, current, weights }))
}

function brokerOf(
  { cluster, broker, weight }: Member,
  known: { readonly feeds: readonly FeedState[]; readonly current: Current; readonly weights: number },
): asked.Broker {
  const { current, weights } = known
  const own = known.feeds.filter(({ report }) => report.brokers.length === 0 || report.brokers.includes(broker))
  const up = own.some(({ report }) => report.state === 'up')
  const problem = own.find(({ report }) => report.problem !== undefined)?.report.problem
  const lastSeen = own
    .flatMap((feed) => feed.seenUntil ?? [])
    .toSorted()
    .at(-1)
  const minute = current.minutes.get(broker)
  return {
    cluster,
    broker,
    weight,
    status: own.length === 0 ? 'unknown' : up ? 'watched' : 'blind',
    ...(problem === undefined ? {} : { problem }),
    ...(lastSeen === undefined ? {} : { lastSeen }),
    ...(minute === undefined ? {} : { minute: minute.minute, perMinute: perMinuteOf(minute) }),
    ...(minute?.connected === undefined ? {} : { connected: minute.connected }),
    ...(minute?.connected === undefined || !current.connected ? {} : { share: minute.connected / current.connected }),
    ...(weights === 0 ? {} : { expectedShare: weight / weights }),
    gauges: minute?.gauges ?? {},
  }
}

function perMinuteOf({ connects, disconnects, abnormal, refused }: Minute) {
  const ends = Object.values(disconnects).reduce((sum, count) => sum + (count ?? 0), 0)
  return { connects, disconnects: ends, abnormal, refused }
}
