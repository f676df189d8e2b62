/** Brokers as they are now. */
import * as asked from '../../../api/brokers.ts'
import type { ClusterSettings } from '../../../domain/settings.ts'
import { instant, minuteMs, startOfMinute } from '../../../domain/time.ts'
import { minutesOf } from '../../../store/minutes.ts'
import { feedsOf } from '../../../store/coverage.ts'
import { brokersOf } from '../../../store/state.ts'
import { notFound } from '../../http/route.ts'
import { type QueryPorts, route } from '../route.ts'

/** A broker whose last judged minute is older than this is not shown with figures. */
const currentMinutes = 5

export const brokers = route(asked.brokers, async ({ query }, ports) => {
  const named = ports.settings.clusters.filter(({ name }) => query.cluster === undefined || name === query.cluster)
  if (named.length === 0) return notFound('no such cluster')
  const lists = await Promise.all(named.map(async (cluster) => brokersOfCluster(cluster, ports)))
  return { ok: true, body: { brokers: lists.flat() } }
})

async function brokersOfCluster(cluster: ClusterSettings, { tables, nowMs }: QueryPorts): Promise<asked.Broker[]> {
  const [known, feeds] = await Promise.all([
    brokersOf(tables.state, cluster.name, nowMs()),
    feedsOf(tables.state, cluster.name),
  ])
  const named = cluster.feeds.flatMap((feed) => feed.broker ?? [])
  const names = [...new Set([...named, ...known.map((each) => each.broker)])].toSorted()
  const soon = instant(nowMs() + minuteMs)
  const current = instant(startOfMinute(nowMs()) - currentMinutes * minuteMs)
  const latest = await Promise.all(
    names.map(async (broker) => {
      const { entries } = await minutesOf(tables.minutes, {
        cluster: cluster.name,
        broker,
        from: current,
        to: soon,
        limit: 1,
      })
      return entries[0]?.value
    }),
  )
  const total = latest.reduce((sum, minute) => sum + (minute?.connected ?? 0), 0)
  const weightOf = (broker: string) => cluster.brokers.find(({ name }) => name === broker)?.weight ?? 1
  const weights = names.reduce((sum, broker) => sum + weightOf(broker), 0)
  return names.map((broker, index): asked.Broker => {
    const own = feeds.filter(({ report }) => report.brokers.length === 0 || report.brokers.includes(broker))
    const up = own.some(({ report }) => report.state === 'up')
    const problem = own.find(({ report }) => report.problem !== undefined)?.report.problem
    const lastSeen = own
      .flatMap((feed) => feed.seenUntil ?? [])
      .toSorted()
      .at(-1)
    const minute = latest[index]
    const disconnects = Object.values(minute?.disconnects ?? {}).reduce((sum, count) => sum + (count ?? 0), 0)
    return {
      cluster: cluster.name,
      broker,
      weight: weightOf(broker),
      status: own.length === 0 ? 'unknown' : up ? 'watched' : 'blind',
      ...(problem === undefined ? {} : { problem }),
      ...(lastSeen === undefined ? {} : { lastSeen }),
      ...(minute === undefined
        ? {}
        : {
            minute: minute.minute,
            perMinute: { connects: minute.connects, disconnects, abnormal: minute.abnormal, refused: minute.refused },
          }),
      ...(minute?.connected === undefined ? {} : { connected: minute.connected }),
      ...(minute?.connected === undefined || total === 0 ? {} : { share: minute.connected / total }),
      ...(weights === 0 ? {} : { expectedShare: weightOf(broker) / weights }),
      gauges: minute?.gauges ?? {},
    }
  })
}
