/** How a client is: connected or not, where, since when, what its last day was like, and why its connections end. */
import * as asked from '../../../api/clients.ts'
import type { Cause } from '../../../domain/cause.ts'
import type { Event } from '../../../domain/event.ts'
import { type JoinedEvent, joinSessions, newestFirst } from '../../../domain/session.ts'
import { dayMs, instant } from '../../../domain/time.ts'
import { clientEvents } from '../../../store/events.ts'
import type { Table } from '../../../store/table.ts'
import { findCluster, spanOf } from '../../http/asked.ts'
import { badRequest, notFound } from '../../http/route.ts'
import { route } from '../route.ts'
import { caseOf, whyOf } from './diagnosis.ts'

/** Events of the day looked at for the summary; with more it is cut, and says so. */
const summaryEvents = 500
/** Where the newest are all claims of the client, the broker's word is looked for among so many. */
const searchedEvents = 4 * summaryEvents
const dayMinutes = 1440

export const client = route(asked.client, async ({ query }, ports) => {
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
  const body: asked.Client = {
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
})

/** A client's newest events; more where they are all its own claims: however many it makes, the broker's word counts. */
async function lastEvents(
  table: Table,
  { cluster, client: named, nowMs }: { readonly cluster: string; readonly client: string; readonly nowMs: number },
): Promise<{ events: Event[]; more: boolean }> {
  const events: Event[] = []
  let before: string | undefined
  let more = true
  while (more && events.length < searchedEvents && !events.some(({ view }) => view === 'broker')) {
    const span = { from: instant(0), to: instant(nowMs + dayMs), before, limit: summaryEvents }
    const page = await clientEvents(table, { cluster, client: named, ...span })
    events.push(...page.entries.map(({ value }) => value))
    before = page.entries.at(-1)?.key
    more = page.more && before !== undefined
  }
  return { events, more }
}

function statusOf({ type }: Event): asked.Client['status'] {
  if (type === 'connected' || type === 'refused') return type
  return 'disconnected'
}

function summaryOf(
  joined: readonly JoinedEvent[],
  { sinceMs, more }: { readonly sinceMs: number; readonly more: boolean },
): asked.Client['day'] {
  const day = joined.filter(({ at }) => Date.parse(at) >= sinceMs)
  const disconnects: Partial<Record<Cause, number>> = {}
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
