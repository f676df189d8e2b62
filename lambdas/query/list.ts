/** One page of a list, filtered, with a cap on what is read for it: a short page and `next` instead of a slow one. */
import type { Page, Range } from '../../store/page.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { type Answer, badRequest } from '../http/route.ts'

/** Items looked at for one page at most, whatever the filter leaves of them. */
const maxLookedAt = 2000
/** Items per read: not fewer than this, so that a filter that leaves little does not make many reads. */
const leastPerRead = 25
const mostPerRead = 250

export interface ListRequest<T> {
  /** What tells this list from every other: the route and all its parameters but limit and cursor. */
  readonly list: readonly (string | undefined)[]
  readonly span: { readonly from: string; readonly to: string }
  readonly limit: number
  readonly cursor: string | undefined
  /** Leaves out what was not asked for. */
  readonly keep?: (value: T) => boolean
  readonly read: (range: Range) => Promise<Page<T>>
}

/** Reads on from the cursor's place until the page is full, the list ends, or enough was looked at. */
export async function listPage<T>(request: ListRequest<T>): Promise<Answer<{ values: T[]; next?: string }>> {
  const { keep = () => true } = request
  const place = request.cursor === undefined ? undefined : readCursor(request.list, request.cursor)
  if (request.cursor !== undefined && place === undefined)
    return badRequest('cursor', 'belongs to no list like this one')
  const to = place?.to ?? request.span.to
  const values: T[] = []
  let before = place?.after
  let more = true
  let lookedAt = 0
  while (more && values.length < request.limit && lookedAt < maxLookedAt) {
    const limit = Math.min(mostPerRead, Math.max(request.limit - values.length, leastPerRead))
    const page = await request.read({ from: request.span.from, to, before, limit })
    more = page.more && page.entries.length > 0
    for (const [index, { key, value }] of page.entries.entries()) {
      before = key
      lookedAt += 1
      if (keep(value)) values.push(value)
      if (values.length < request.limit) continue
      more ||= index < page.entries.length - 1
      break
    }
  }
  const next = more && before !== undefined ? { next: writeCursor(request.list, { after: before, to }) } : {}
  return { ok: true, body: { values, ...next } }
}
