/** How a client is: connected or not, where, since when, and what its last day was like. */
import * as z from 'zod/mini'
import { CauseSchema } from '../../../domain/cause.ts'
import { JoinedEventSchema, joinSessions, newestFirst } from '../../../domain/session.ts'
import { dayMs, InstantSchema, instant } from '../../../domain/time.ts'
import { clientEvents } from '../../../store/events.ts'
import { clientId, clusterName, findCluster } from '../../http/parameters.ts'
import { notFound } from '../../http/route.ts'
import { route } from '../route.ts'

/** Events of the day looked at for the summary; with more it is cut, and says so. */
const summaryEvents = 500

const Count = z.number()

const ClientSchema = z.strictObject({
  clientId: z.string(),
  cluster: z.string(),
  status: z.enum(['connected', 'disconnected', 'refused']),
  broker: z.string(),
  since: InstantSchema,
  last: JoinedEventSchema,
  day: z.strictObject({
    connects: Count,
    refused: Count,
    disconnects: z.partialRecord(CauseSchema, Count),
    cut: z.boolean(),
  }),
})

export const client = route({
  path: '/v1/clients',
  summary: 'A client’s status, broker, since when, and a summary of the last 24 hours',
  params: z.strictObject({}),
  query: z.strictObject({ clientId, cluster: z.optional(clusterName) }),
  answer: ClientSchema,
  handle: async ({ query }, { settings, tables, nowMs }) => {
    const cluster = findCluster(settings, query.cluster)
    if (cluster === undefined) return notFound('no such cluster; name one by ?cluster=')
    const page = await clientEvents(tables.events, {
      cluster: cluster.name,
      client: query.clientId,
      from: instant(0),
      to: instant(nowMs() + dayMs),
      limit: summaryEvents,
    })
    const events = newestFirst(page.entries.map((entry) => entry.value))
    const joined = joinSessions(events.filter((event) => event.view === 'broker'))
    const last = joined[0]
    if (last === undefined) return notFound('no event of such a client is stored')
    const since = instant(nowMs() - dayMs)
    const day = joined.filter((event) => event.at >= since)
    const disconnects: Partial<Record<z.infer<typeof CauseSchema>, number>> = {}
    for (const { type, cause } of day) {
      if (type === 'disconnected' && cause !== undefined) disconnects[cause] = (disconnects[cause] ?? 0) + 1
    }
    const body: z.infer<typeof ClientSchema> = {
      clientId: last.clientId ?? '',
      cluster: cluster.name,
      status: last.type === 'connected' ? 'connected' : last.type === 'refused' ? 'refused' : 'disconnected',
      broker: last.broker,
      since: last.at,
      last,
      day: {
        connects: day.filter((event) => event.type === 'connected').length,
        refused: day.filter((event) => event.type === 'refused').length,
        disconnects,
        cut: page.more && day.length === joined.length,
      },
    }
    return { ok: true, body }
  },
})
