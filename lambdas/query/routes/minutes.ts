/** Time series of a broker and of a whole cluster: minutes, or several joined into one. */
import * as asked from '../../../api/minutes.ts'
import { stepsOfBroker, stepsOfCluster } from '../../../domain/stepped-minutes.ts'
import { minutesOf, wholeMinutesOf } from '../../../store/minutes.ts'
import { findCluster, spanOf } from '../../http/asked.ts'
import { nextOf, notFound } from '../../http/route.ts'
import { steppedPage } from '../list.ts'
import { route } from '../route.ts'

const hourMinutes = 60

export const brokerMinutes = route(asked.brokerMinutes, async ({ params, query }, { settings, tables, nowMs }) => {
  if (findCluster(settings, params.cluster) === undefined) return notFound('no such cluster')
  const page = await steppedPage({
    list: ['minutes', params.cluster, params.broker, query.from, query.to, String(query.step)],
    span: spanOf(query, nowMs(), hourMinutes),
    step: query.step,
    limit: query.limit,
    cursor: query.cursor,
    read: async (range) => minutesOf(tables.minutes, { ...params, ...range }),
  })
  if (!page.ok) return page
  return { ok: true, body: { minutes: stepsOfBroker(page.body.values, query.step), ...nextOf(page.body) } }
})

export const clusterMinutes = route(asked.clusterMinutes, async ({ params, query }, { settings, tables, nowMs }) => {
  if (findCluster(settings, params.cluster) === undefined) return notFound('no such cluster')
  const page = await steppedPage({
    list: ['cluster minutes', params.cluster, query.from, query.to, String(query.step)],
    span: spanOf(query, nowMs(), hourMinutes),
    step: query.step,
    limit: query.limit,
    cursor: query.cursor,
    read: async (range) => wholeMinutesOf(tables.minutes, { ...params, ...range }),
  })
  if (!page.ok) return page
  return { ok: true, body: { minutes: stepsOfCluster(page.body.values, query.step), ...nextOf(page.body) } }
})
