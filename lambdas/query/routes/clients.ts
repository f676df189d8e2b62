/** How a client is: connected or not, where, since when, what its last day was like, and why its connections end. */
import * as z from 'zod/mini'
import { CauseSchema } from '../../../domain/cause.ts'
import { type Event, ViewSchema } from '../../../domain/event.ts'
import { type JoinedEvent, JoinedEventSchema, joinSessions, newestFirst } from '../../../domain/session.ts'
import { dayMs, InstantSchema, instant } from '../../../domain/time.ts'
import { clientEvents } from '../../../store/events.ts'
import type { Table } from '../../../store/table.ts'
import { clientId, clusterName, described, findCluster, from, spanOf, to } from '../../http/parameters.ts'
import { badRequest, notFound } from '../../http/route.ts'
import { route } from '../route.ts'
import { caseOf, whyOf, whyShape } from './diagnosis.ts'

/** Events of the day looked at for the summary; with more it is cut, and says so. */
const summaryEvents = 500
/** Where the newest are all claims of the client, the broker's word is looked for among so many. */
const searchedEvents = 4 * summaryEvents
const dayMinutes = 1440

const Count = z.number()

const ClientSchema = z.strictObject({
  clientId: z.string(),
  cluster: z.string(),
  status: z.enum(['connected', 'disconnected', 'refused']),
  statusView: described(
    ViewSchema,
    'Whose word the status and the day are: the broker’s; `client` where only the client itself told anything',
  ),
  broker: z.string(),
  since: InstantSchema,
  last: JoinedEventSchema,
  day: z.strictObject({
    connects: Count,
    refused: Count,
    disconnects: z.partialRecord(CauseSchema, Count),
    cut: z.boolean(),
  }),
  ...whyShape,
})

export const client = route({
  path: '/v1/clients',
  summary: 'A client’s status, broker, since when, a summary of the last 24 hours, and why its connections end',
  params: z.strictObject({}),
  query: z.strictObject({
    clientId,
    cluster: z.optional(clusterName),
    from: described(from, 'Begin of what is diagnosed (RFC 3339); by default 24 hours before its end'),
    to: described(to, 'End of what is diagnosed (RFC 3339); by default now'),
  }),
  answer: ClientSchema,
  handle: async ({ query }, ports) => {
    const { settings, tables, nowMs } = ports
    const cluster = findCluster(settings, query.cluster)
    if (cluster === undefined) return notFound('no such cluster; name one by ?cluster=')
    const span = spanOf(query, nowMs(), dayMinutes)
    if (span.to <= span.from) return badRequest('to', 'must be after `from`')
    const subject = { of: 'client', clientId: query.clientId } as const
    const [{ events, more }, found] = await Promise.all([
      lastEvents(tables.events, { cluster: cluster.name, client: query.clientId, nowMs: nowMs() }),
      caseOf(cluster, { subject, ...span }, ports),
    ])
    const statusView = events.some(({ view }) => view === 'broker') ? 'broker' : 'client'
    const joined = joinSessions(newestFirst(events.filter(({ view }) => view === statusView)))
    // Being offline and trying again are told too; how it is follows from what became of the last connection or attempt.
    const last = joined.find(({ type }) => type !== 'offline' && type !== 'reconnecting') ?? joined[0]
    if (last === undefined) return notFound('no event of such a client is stored')
    const body: z.infer<typeof ClientSchema> = {
      clientId: last.clientId ?? '',
      cluster: cluster.name,
      status: statusOf(last),
      statusView,
      broker: last.broker,
      since: last.at,
      last,
      day: summaryOf(joined, { sinceMs: nowMs() - dayMs, more }),
      ...whyOf(found),
    }
    return { ok: true, body }
  },
})

/** A client's newest events; more where they are all its own claims: however many it makes, the broker's word counts. */
async function lastEvents(
  table: Table,
  { cluster, client: asked, nowMs }: { readonly cluster: string; readonly client: string; readonly nowMs: number },
): Promise<{ events: Event[]; more: boolean }> {
  const events: Event[] = []
  let before: string | undefined
  let more = true
  while (more && events.length < searchedEvents && !events.some(({ view }) => view === 'broker')) {
    const span = { from: instant(0), to: instant(nowMs + dayMs), before, limit: summaryEvents }
    const page = await clientEvents(table, { cluster, client: asked, ...span })
    events.push(...page.entries.map(({ value }) => value))
    before = page.entries.at(-1)?.key
    more = page.more && before !== undefined
  }
  return { events, more }
}

function statusOf({ type }: Event): z.infer<typeof ClientSchema>['status'] {
  if (type === 'connected' || type === 'refused') return type
  return 'disconnected'
}

function summaryOf(
  joined: readonly JoinedEvent[],
  { sinceMs, more }: { readonly sinceMs: number; readonly more: boolean },
): z.infer<typeof ClientSchema>['day'] {
  const day = joined.filter(({ at }) => Date.parse(at) >= sinceMs)
  const disconnects: Partial<Record<z.infer<typeof CauseSchema>, number>> = {}
  for (const { type, cause } of day) {
    if (type === 'disconnected' && cause !== undefined) disconnects[cause] = (disconnects[cause] ?? 0) + 1
  }
  return {
    connects: day.filter(({ type }) => type === 'connected').length,
    refused: day.filter(({ type }) => type === 'refused').length,
    disconnects,
    cut: more && day.length === joined.length,
  }
}
