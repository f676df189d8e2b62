/** Clients that stood out in a span of time, and the watched ones. */
import * as asked from '../../../api/clients.ts'
import { contextOf } from '../../../domain/cluster-context.ts'
import { clientsIn, type TellingMinute } from '../../../domain/found-clients.ts'
import { minutesOf, wholeMinutesOf } from '../../../store/minutes.ts'
import type { Page, Range } from '../../../store/page.ts'
import { findCluster, spanOf } from '../../http/asked.ts'
import { badRequest, notFound } from '../../http/route.ts'
import { newestOf } from '../list.ts'
import { type QueryPorts, route } from '../route.ts'

const hourMinutes = 60

export const foundClients = route(asked.foundClients, async ({ params, query }, ports) => {
  const cluster = findCluster(ports.settings, params.cluster)
  if (cluster === undefined) return notFound('no such cluster')
  const span = spanOf(query, ports.nowMs(), hourMinutes)
  if (span.to <= span.from) return badRequest('to', 'must be after `from`')
  const { values, cut } = await newestOf(span, async (range) =>
    query.broker === undefined
      ? wholeMinutesOf(ports.tables.minutes, { ...range, cluster: cluster.name })
      : ofBroker(ports, { ...range, cluster: cluster.name, broker: query.broker }),
  )
  const { watchedClients } = contextOf(ports.settings, cluster)
  const clients = clientsIn(values, watchedClients, query.limit)
  return { ok: true, body: { clients, lookedAt: { ...span, events: 0, minutes: values.length, cut } } }
})

async function ofBroker(
  { tables }: QueryPorts,
  wanted: Range & { readonly cluster: string; readonly broker: string },
): Promise<Page<TellingMinute>> {
  const { broker } = wanted
  const page = await minutesOf(tables.minutes, wanted)
  const entries = page.entries.map(({ key, value: { minute, topClients, watched = [] } }) => {
    const value = {
      minute,
      topClients: topClients.map((each) => ({ ...each, brokers: [broker] })),
      watched: watched.map((each) => ({ ...each, broker })),
    }
    return { key, value }
  })
  return { entries, more: page.more }
}
