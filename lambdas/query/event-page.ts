/** One page of events, filtered, with a cap on what is read for it: a short page and `next` instead of a slow one. */
import type { Event } from '../../domain/event.ts'
import type { EventPage, EventRange } from '../../store/events.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { badRequest, type Answer } from './route.ts'

/** Events looked at for one page at most, whatever the filter leaves of them. */
const maxLookedAt = 2000
const pageOfReads = 250

export interface EventPageRequest {
  /** What tells this list from every other: the route and all its parameters but limit and cursor. */
  readonly list: readonly (string | undefined)[]
  readonly span: { readonly from: string; readonly to: string }
  readonly limit: number
  readonly cursor: string | undefined
  readonly keep: (event: Event) => boolean
  readonly read: (range: EventRange) => Promise<EventPage>
}

export async function eventPage(request: EventPageRequest): Promise<Answer<{ events: Event[]; next?: string }>> {
  const place = request.cursor === undefined ? undefined : readCursor(request.list, request.cursor)
  if (request.cursor !== undefined && place === undefined)
    return badRequest('cursor', 'belongs to no list like this one')
  const to = place?.to ?? request.span.to
  const found: Event[] = []
  let before = place?.after
  let more = true
  let lookedAt = 0
  while (more && found.length < request.limit && lookedAt < maxLookedAt) {
    const reads = Math.min(pageOfReads, Math.max(request.limit - found.length, 25))
    const page = await request.read({ from: request.span.from, to, before, limit: reads })
    more = page.more && page.entries.length > 0
    for (const [index, entry] of page.entries.entries()) {
      before = entry.key
      lookedAt += 1
      if (request.keep(entry.event)) found.push(entry.event)
      if (found.length === request.limit) {
        more ||= index < page.entries.length - 1
        break
      }
    }
  }
  const next = more && before !== undefined ? { next: writeCursor(request.list, { after: before, to }) } : {}
  return { ok: true, body: { events: inOrder(found), ...next } }
}

/** Newest first; within one instant by the order the feed received them. */
function inOrder(events: readonly Event[]): Event[] {
  return events.toSorted((a, b) => (a.at === b.at ? b.ordinal - a.ordinal : a.at < b.at ? 1 : -1))
}
