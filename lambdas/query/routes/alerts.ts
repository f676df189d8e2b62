/** Alerts, newest first, and one with every transition. */
import * as asked from '../../../api/alerts.ts'
import type { Alert } from '../../../domain/alert.ts'
import { alertsOf, readAlert } from '../../../store/alerts.ts'
import { listPage } from '../list.ts'
import { spanOf } from '../../http/asked.ts'
import { nextOf, notFound } from '../../http/route.ts'
import { route } from '../route.ts'

const monthMinutes = 30 * 1440

export const alertList = route(asked.alertList, async ({ query }, { tables, nowMs }) => {
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
})

export const alert = route(asked.alert, async ({ params }, { tables }) => {
  const found = await readAlert(tables.alerts, params.id)
  return found === undefined ? notFound('no such alert') : { ok: true, body: found }
})
