/** Alerts, newest first, and one with every transition. */
import * as z from 'zod/mini'
import { type Alert, AlertKindSchema, AlertSchema } from '../../../domain/alert.ts'
import { alertsOf, readAlert } from '../../../store/alerts.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import { clusterName, cursor, from, limit, spanOf, to } from '../parameters.ts'
import { badRequest, notFound, route } from '../route.ts'

const monthMinutes = 30 * 1440
/** Alerts looked at for one page at most. */
const maxLookedAt = 2000

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
    const list = ['alerts', query.status, query.cluster, query.kind, query.from, query.to]
    const place = query.cursor === undefined ? undefined : readCursor(list, query.cursor)
    if (query.cursor !== undefined && place === undefined)
      return badRequest('cursor', 'belongs to no list like this one')
    const span = spanOf(query, nowMs(), 12 * monthMinutes)
    const until = place?.to ?? span.to
    const alerts: Alert[] = []
    let before = place?.after
    let more = true
    let lookedAt = 0
    while (more && alerts.length < query.limit && lookedAt < maxLookedAt) {
      const page = await alertsOf(tables.alerts, {
        status: query.status,
        from: span.from,
        to: until,
        before,
        limit: query.limit - alerts.length,
      })
      more = page.more && page.entries.length > 0
      for (const { key, alert } of page.entries) {
        before = key
        lookedAt += 1
        const wanted =
          (query.cluster === undefined || alert.cluster === query.cluster) &&
          (query.kind === undefined || alert.kind === query.kind)
        if (wanted) alerts.push(alert)
      }
    }
    const next = more && before !== undefined ? { next: writeCursor(list, { after: before, to: until }) } : {}
    return { ok: true, body: { alerts, ...next } }
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
