/** One page of a list, filtered, with a cap on what is read for it: a short page and `next` instead of a slow one. */
import { endOfStep, startOfStep } from '../../domain/stepped-minutes.ts'
import type { Page, Range } from '../../store/page.ts'
import { type Place, readCursor, writeCursor } from './cursor.ts'
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
  const placed = placeOf(request)
  if (!placed.ok) return placed
  const place = placed.body
  const to = place?.to ?? request.span.to
  const values: T[] = []
  let before = place?.after
  let more = true
  let lookedAt = 0
  let wider = 0
  while (more && values.length < request.limit && lookedAt < maxLookedAt) {
    const limit = Math.min(mostPerRead, Math.max(request.limit - values.length, leastPerRead, wider))
    const kept = values.length
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
    // Where a filter leaves little, fewer and larger reads.
    wider = 2 * (values.length - kept) < page.entries.length ? 2 * limit : 0
  }
  const next = more && before !== undefined ? { next: writeCursor(request.list, { after: before, to }) } : {}
  return { ok: true, body: { values, ...next } }
}

/** The place a request goes on from; undefined for the first page. */
export function placeOf({ list, cursor }: Pick<ListRequest<unknown>, 'list' | 'cursor'>): Answer<Place | undefined> {
  if (cursor === undefined) return { ok: true, body: undefined }
  const place = readCursor(list, cursor)
  return place === undefined ? badRequest('cursor', 'belongs to no list like this one') : { ok: true, body: place }
}

/** Minutes read at once. */
const minutesPerRead = 500

/**
 * Minutes of so many steps at most, newest first. The span is widened to whole steps, and a page ends where a step begins:
 * every minute is on one page, with all others of its step. At most 2,000 minutes are read, and no step has more.
 */
export async function steppedPage<T extends { readonly minute: string }>(
  request: Omit<ListRequest<T>, 'keep'> & { readonly step: number },
): Promise<Answer<{ values: T[]; next?: string }>> {
  const { step, span } = request
  const placed = placeOf(request)
  if (!placed.ok) return placed
  const from = startOfStep(span.from, step)
  const to = placed.body?.to ?? endOfStep(span.to, step)
  const steps = Math.min(request.limit, Math.floor(maxLookedAt / step))
  const values: T[] = []
  let before = placed.body?.after
  let more = true
  let begun = 0
  let last = ''
  // One step more is begun, so that the last one of the page is known to be whole.
  while (more && begun <= steps && values.length < maxLookedAt) {
    const limit = Math.min(minutesPerRead, steps * step + 1 - values.length, maxLookedAt - values.length)
    const page = await request.read({ from, to, before, limit: Math.max(1, limit) })
    for (const { key, value } of page.entries) {
      const start = startOfStep(value.minute, step)
      if (start !== last) begun += 1
      last = start
      before = key
      values.push(value)
      if (begun > steps) break
    }
    more = page.more && page.entries.length > 0
  }
  if (!more && begun <= steps) return { ok: true, body: { values } }
  const whole = values.filter(({ minute }) => startOfStep(minute, step) !== last)
  const after = startOfStep(whole.at(-1)?.minute ?? '', step)
  return { ok: true, body: { values: whole, next: writeCursor(request.list, { after, to }) } }
}

/** The newest of a span, as many as are looked at for one request; `cut`: there are more. */
export async function newestOf<T>(
  span: { readonly from: string; readonly to: string },
  read: (range: Range) => Promise<Page<T>>,
): Promise<{ values: T[]; cut: boolean }> {
  const values: T[] = []
  let before: string | undefined
  let more = true
  while (more && values.length < maxLookedAt) {
    const page = await read({ ...span, before, limit: Math.min(minutesPerRead, maxLookedAt - values.length) })
    values.push(...page.entries.map(({ value }) => value))
    before = page.entries.at(-1)?.key
    more = page.more && before !== undefined
  }
  return { values, cut: more }
}
