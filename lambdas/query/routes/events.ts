/** What happened: the events of a client, and those of a broker. */
import * as asked from '../../../api/events.ts'
import type { Event } from '../../../domain/event.ts'
import { joinSessions, newestFirst } from '../../../domain/session.ts'
import { instant } from '../../../domain/time.ts'
import { brokerEvents, clientEvents } from '../../../store/events.ts'
import { listPage } from '../list.ts'
import { findCluster, spanOf } from '../../http/asked.ts'
import { nextOf, notFound } from '../../http/route.ts'
import { route } from '../route.ts'

/** Sessions that began before the page are looked for in so many events more. */
const lookBehind = 25
const dayMinutes = 1440

export const clientHistory = route(asked.clientHistory, async ({ query }, { settings, tables, nowMs }) => {
  const cluster = findCluster(settings, query.cluster)
  if (cluster === undefined) return notFound('no such cluster; name one by ?cluster=')
  const span = spanOf(query, nowMs(), 30 * dayMinutes)
  const ofClient = { cluster: cluster.name, client: query.clientId }
  const page = await listPage({
    list: ['client', cluster.name, query.clientId, query.from, query.to, query.view],
    span,
    limit: query.limit,
    cursor: query.cursor,
    keep: (event: Event) => query.view === undefined || event.view === query.view,
    read: async (range) => clientEvents(tables.events, { ...ofClient, ...range }),
  })
  if (!page.ok) return page
  const found = newestFirst(page.body.values)
  const last = found.at(-1)
  const older =
    last === undefined
      ? []
      : (await clientEvents(tables.events, { ...ofClient, from: instant(0), to: last.at, limit: lookBehind })).entries
  const events = joinSessions(
    found,
    older.map((entry) => entry.value),
  )
  return { ok: true, body: { events, ...nextOf(page.body) } }
})

export const brokerHistory = route(asked.brokerHistory, async ({ params, query }, { settings, tables, nowMs }) => {
  if (findCluster(settings, params.cluster) === undefined) return notFound('no such cluster')
  const page = await listPage({
    list: ['broker', params.cluster, params.broker, query.from, query.to, query.type, query.cause],
    span: spanOf(query, nowMs(), dayMinutes),
    limit: query.limit,
    cursor: query.cursor,
    keep: (event: Event) =>
      (query.type === undefined || event.type === query.type) &&
      (query.cause === undefined || event.cause === query.cause),
    read: async (range) => brokerEvents(tables.events, { ...params, ...range }),
  })
  if (!page.ok) return page
  return { ok: true, body: { events: newestFirst(page.body.values), ...nextOf(page.body) } }
})
