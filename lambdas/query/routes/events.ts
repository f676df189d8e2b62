/** What happened: the events of a client, and those of a broker. */
import * as z from 'zod/mini'
import { CauseSchema } from '../../../domain/cause.ts'
import { type Event, EventSchema, EventTypeSchema, ViewSchema } from '../../../domain/event.ts'
import { JoinedEventSchema, joinSessions, newestFirst } from '../../../domain/session.ts'
import { instant } from '../../../domain/time.ts'
import { brokerEvents, clientEvents } from '../../../store/events.ts'
import { listPage } from '../list.ts'
import {
  brokerName,
  clientId,
  clusterName,
  cursor,
  findCluster,
  from,
  limit,
  spanOf,
  to,
} from '../../http/parameters.ts'
import { nextOf, notFound } from '../../http/route.ts'
import { route } from '../route.ts'

/** Sessions that began before the page are looked for in so many events more. */
const lookBehind = 25
const dayMinutes = 1440

export const clientHistory = route({
  path: '/v1/clients/events',
  summary: 'A client’s history, newest first, sessions joined',
  params: z.strictObject({}),
  query: z.strictObject({
    clientId,
    cluster: z.optional(clusterName),
    from,
    to,
    view: z.optional(ViewSchema),
    limit,
    cursor,
  }),
  answer: z.strictObject({ events: z.array(JoinedEventSchema), next: z.optional(z.string()) }),
  handle: async ({ query }, { settings, tables, nowMs }) => {
    const cluster = findCluster(settings, query.cluster)
    if (cluster === undefined) return notFound('no such cluster; name one by ?cluster=')
    const span = spanOf(query, nowMs(), 30 * dayMinutes)
    const asked = { cluster: cluster.name, client: query.clientId }
    const page = await listPage({
      list: ['client', cluster.name, query.clientId, query.from, query.to, query.view],
      span,
      limit: query.limit,
      cursor: query.cursor,
      keep: (event: Event) => query.view === undefined || event.view === query.view,
      read: async (range) => clientEvents(tables.events, { ...asked, ...range }),
    })
    if (!page.ok) return page
    const found = newestFirst(page.body.values)
    const last = found.at(-1)
    const older =
      last === undefined
        ? []
        : (await clientEvents(tables.events, { ...asked, from: instant(0), to: last.at, limit: lookBehind })).entries
    const events = joinSessions(
      found,
      older.map((entry) => entry.value),
    )
    return { ok: true, body: { events, ...nextOf(page.body) } }
  },
})

export const brokerHistory = route({
  path: '/v1/clusters/:cluster/brokers/:broker/events',
  summary: 'A broker’s events, newest first',
  params: z.strictObject({ cluster: clusterName, broker: brokerName }),
  query: z.strictObject({
    from,
    to,
    type: z.optional(EventTypeSchema),
    cause: z.optional(CauseSchema),
    limit,
    cursor,
  }),
  answer: z.strictObject({ events: z.array(EventSchema), next: z.optional(z.string()) }),
  handle: async ({ params, query }, { settings, tables, nowMs }) => {
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
  },
})
