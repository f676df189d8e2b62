/** Alerts, newest first, and one with every transition. */
import * as z from 'zod/mini'
import { type Alert, AlertKindSchema, AlertSchema } from '../../../domain/alert.ts'
import { alertsOf, readAlert } from '../../../store/alerts.ts'
import { listPage } from '../list.ts'
import { clusterName, cursor, from, limit, spanOf, to } from '../parameters.ts'
import { nextOf, notFound, route } from '../route.ts'

const monthMinutes = 30 * 1440

export const alertList = route({
  path: '/v1/alerts',
  summary: 'Alerts, newest first',
  params: z.strictObject({}),
  query: z.strictObject({
    status: z.optional(z.enum(['open', 'resolved'])),
    cluster: z.optional(clusterName),
    kind: z.optional(AlertKindSchema),
    from,
    to,
    limit,
    cursor,
  }),
  answer: z.strictObject({ alerts: z.array(AlertSchema), next: z.optional(z.string()) }),
  handle: async ({ query }, { tables, nowMs }) => {
    const page = await listPage({
      list: ['alerts', query.status, query.cluster, query.kind, query.from, query.to],
      span: spanOf(query, nowMs(), 12 * monthMinutes),
      limit: query.limit,
      cursor: query.cursor,
      keep: (each: Alert) =>
        (query.cluster === undefined || each.cluster === query.cluster) &&
        (query.kind === undefined || each.kind === query.kind),
      read: async (range) => alertsOf(tables.alerts, { status: query.status, ...range }),
    })
    if (!page.ok) return page
    return { ok: true, body: { alerts: page.body.values, ...nextOf(page.body) } }
  },
})

export const alert = route({
  path: '/v1/alerts/:id',
  summary: 'One alert with every transition',
  params: z.strictObject({ id: z.string().check(z.minLength(1), z.maxLength(1024)) }),
  query: z.strictObject({}),
  answer: AlertSchema,
  handle: async ({ params }, { tables }) => {
    const found = await readAlert(tables.alerts, params.id)
    return found === undefined ? notFound('no such alert') : { ok: true, body: found }
  },
})
