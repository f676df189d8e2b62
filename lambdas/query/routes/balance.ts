/** How the load of a cluster is spread, and what would have to move. */
import * as asked from '../../../api/brokers.ts'
import { spreadOf } from '../../../domain/balance.ts'
import { contextOf } from '../../../domain/cluster-context.ts'
import { rebalancingOf } from '../../../domain/rebalancing.ts'
import { instant, minuteMs } from '../../../domain/time.ts'
import { alertsOf } from '../../../store/alerts.ts'
import { findCluster } from '../../http/asked.ts'
import { notFound } from '../../http/route.ts'
import { currentOf, membersOf } from '../current.ts'
import { type QueryPorts, route } from '../route.ts'

/** Of the open alerts so many of the newest are looked through for the one that tells of it. */
const alertsLookedAt = 500
/** A broker that is not configured and not heard of for so long was taken away: it is not missed. */
const takenAwayMinutes = 30

export const balance = route(asked.balance, async ({ params }, ports) => {
  const cluster = findCluster(ports.settings, params.cluster)
  if (cluster === undefined) return notFound('no such cluster')
  const since = instant(ports.nowMs() - takenAwayMinutes * minuteMs)
  const members = (await membersOf(cluster, ports)).filter(
    ({ isConfigured, heardOf = '' }) => isConfigured || heardOf >= since,
  )
  const all = members.map(({ broker }) => broker)
  const [current, alert] = await Promise.all([
    currentOf({ cluster: cluster.name, brokers: all, all }, ports),
    openImbalance(cluster.name, ports),
  ])
  const context = contextOf(ports.settings, cluster)
  const loads = members.map(({ broker, weight }) => {
    const minute = current.minutes.get(broker)
    const { imbalance: settings, limits } = context.detectionOf(broker)
    const connected = minute !== undefined && minute.coverage > 0 ? minute.connected : undefined
    return { broker, weight, connected, settings, shareLimit: limits.share }
  })
  const spread = spreadOf(loads, alert?.summary)
  const minute = [...current.minutes.values()][0]?.minute
  const { connected = 0, moves, brokers } = spread
  const command =
    spread.verdict === 'imbalanced' ? rebalancingOf(cluster.dialect, { moves, brokers, connected }) : undefined
  return {
    ok: true,
    body: {
      cluster: cluster.name,
      dialect: cluster.dialect,
      ...(minute === undefined ? {} : { minute }),
      ...spread,
      ...(alert === undefined ? {} : { alert: alert.id }),
      ...(command === undefined ? {} : { command }),
    },
  }
})

async function openImbalance(cluster: string, { tables, nowMs }: QueryPorts) {
  const range = { from: instant(0), to: instant(nowMs() + minuteMs), limit: alertsLookedAt }
  const { entries } = await alertsOf(tables.alerts, { status: 'open', ...range })
  return entries.find(({ value }) => value.cluster === cluster && value.kind === 'imbalance')?.value
}
