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

/** Sessions that began before what was looked at are looked for in so many events more. */
const lookBehind = 25
const dayMinutes = 1440

export const clientHistory = route(asked.clientHistory, async ({ query }, { settings, tables, nowMs }) => {
  const cluster = findCluster(settings, query.cluster)
  if (cluster === undefined) return notFound('no such cluster; name one by ?cluster=')
  const ofClient = { cluster: cluster.name, client: query.clientId }
  // Sessions are joined of all that was looked at: their begins may not be asked for.
  const looked: Event[] = []
  const page = await listPage({
    list: ['client', cluster.name, query.clientId, query.from, query.to, ...filtersOf(query)],
    span: spanOf(query, nowMs(), 30 * dayMinutes),
    limit: query.limit,
    cursor: query.cursor,
    keep: keepOf(query),
    read: async (range) => {
      const read = await clientEvents(tables.events, { ...ofClient, ...range })
      looked.push(...read.entries.map(({ value }) => value))
      return read
    },
  })
  if (!page.ok) return page
  const found = newestFirst(looked)
  const last = found.at(-1)
  const older =
    last === undefined
      ? []
      : (await clientEvents(tables.events, { ...ofClient, from: instant(0), to: last.at, limit: lookBehind })).entries
  const kept = new Set(page.body.values.map(({ id }) => id))
  const events = joinSessions(
    found,
    older.map(({ value }) => value),
  ).filter(({ id }) => kept.has(id))
  return { ok: true, body: { events, ...nextOf(page.body) } }
})

export const brokerHistory = route(asked.brokerHistory, async ({ params, query }, { settings, tables, nowMs }) => {
  if (findCluster(settings, params.cluster) === undefined) return notFound('no such cluster')
  const page = await listPage({
    list: ['broker', params.cluster, params.broker, query.from, query.to, ...filtersOf(query)],
    span: spanOf(query, nowMs(), dayMinutes),
    limit: query.limit,
    cursor: query.cursor,
    keep: keepOf(query),
    read: async (range) => brokerEvents(tables.events, { ...params, ...range }),
  })
  if (!page.ok) return page
  return { ok: true, body: { events: newestFirst(page.body.values), ...nextOf(page.body) } }
})

/** Which events are asked for; what is absent leaves none out. */
interface Filters {
  readonly type?: string | undefined
  readonly cause?: string | undefined
  readonly view?: string | undefined
  readonly peer?: string | undefined
  readonly broker?: string | undefined
}

/** In order, as part of what tells one list from another. */
function filtersOf({ type, cause, view, peer, broker }: Filters): readonly (string | undefined)[] {
  return [type, cause, view, peer, broker]
}

function keepOf({ type, cause, view, peer, broker }: Filters): (event: Event) => boolean {
  return (event) =>
    (type === undefined || event.type === type) &&
    (cause === undefined || event.cause === cause) &&
    (view === undefined || event.view === view) &&
    (broker === undefined || event.broker === broker) &&
    (peer === undefined || event.peer?.startsWith(peer) === true)
}
