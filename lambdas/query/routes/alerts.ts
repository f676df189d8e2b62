/** Alerts, newest first, and one with every transition. */
import * as z from 'zod/mini'
import { type Alert, AlertKindSchema, AlertSchema } from '../../../domain/alert.ts'
import { alertsOf, readAlert } from '../../../store/alerts.ts'
import { listPage } from '../list.ts'
import { alertId, brokerName, clusterName, cursor, from, limit, spanOf, to } from '../../http/parameters.ts'
import { nextOf, notFound } from '../../http/route.ts'
import { route } from '../route.ts'

const monthMinutes = 30 * 1440

export const alertList = route({
  path: '/v1/alerts',
  summary: 'Alerts, newest first',
  params: z.strictObject({}),
  query: z.strictObject({
    status: z.optional(z.enum(['open', 'resolved'])),
    cluster: z.optional(clusterName),
    broker: z.optional(brokerName),
    kind: z.optional(AlertKindSchema),
    from,
    to,
    limit,
    cursor,
  }),
  answer: z.strictObject({ alerts: z.array(AlertSchema), next: z.optional(z.string()) }),
  handle: async ({ query }, { tables, nowMs }) => {
    const page = await listPage({
      list: ['alerts', query.status, query.cluster, query.broker, query.kind, query.from, query.to],
      span: spanOf(query, nowMs(), 12 * monthMinutes),
      limit: query.limit,
      cursor: query.cursor,
      keep: (each: Alert) =>
        (query.cluster === undefined || each.cluster === query.cluster) &&
        (query.broker === undefined || each.broker === query.broker) &&
        (query.kind === undefined || each.kind === query.kind),
      read: async (range) => alertsOf(tables.alerts, { status: query.status, ...range }),
    })
    if (!page.ok) return page
    return { ok: true, body: { alerts: page.body.values, ...nextOf(page.body) } }
  },
})

export const alert = route({
  path: '/v1/alerts/:id',
  summary: 'One alert with its transitions, and what operators did to it',
  params: z.strictObject({ id: alertId }),
  query: z.strictObject({}),
  answer: AlertSchema,
  handle: async ({ params }, { tables }) => {
    const found = await readAlert(tables.alerts, params.id)
    return found === undefined ? notFound('no such alert') : { ok: true, body: found }
  },
})
