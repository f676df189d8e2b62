/** A history that is loaded page by page, newest first, and goes on growing at its new end. Pure. */
import type { JoinedEvent } from '../../domain/session.ts'
import { minuteMs } from '../../domain/time.ts'

export interface Loaded {
  /** Newest first, each once. */
  readonly events: readonly JoinedEvent[]
  /** Where older ones go on, within the span. */
  readonly next?: string
  readonly pages: number
}

export interface HistoryPage {
  readonly events: readonly JoinedEvent[]
  readonly next?: string | undefined
}

/** Events may be told so long after they happened, by clients that could not. */
const lateMs = 10 * minuteMs

/** Adds the next older page. */
export function withOlder(loaded: Loaded | undefined, { events, next }: HistoryPage): Loaded {
  return {
    events: merged(loaded?.events ?? [], events),
    ...(next === undefined ? {} : { next }),
    pages: (loaded?.pages ?? 0) + 1,
  }
}

/** Adds what was told since. Where that is more than a page and joins nothing that is known, it is begun anew. */
export function withNewer(loaded: Loaded, page: HistoryPage): Loaded {
  if (page.events.length === 0) return loaded
  const oldest = page.events.at(-1)?.at ?? ''
  const known = new Set(
    loaded.events
      .slice(
        0,
        firstIndex(loaded.events, ({ at }) => at < oldest),
      )
      .map(({ id }) => id),
  )
  if (page.next !== undefined && !page.events.some(({ id }) => known.has(id))) return withOlder(undefined, page)
  if (page.events.every(({ id }) => known.has(id))) return loaded
  return { ...loaded, events: merged(loaded.events, page.events) }
}

/** From when on it is asked what came since; undefined while nothing is known. */
export function askedAgainFrom({ events }: Loaded): number | undefined {
  const newest = events[0]
  return newest === undefined ? undefined : Date.parse(newest.at) - lateMs
}

/** All that happened since is known: from the oldest event while there are more, else from the begin of the span. */
export function completeFrom({ events, next }: Loaded, spanFromMs: number): number {
  const oldest = events.at(-1)
  return next === undefined || oldest === undefined ? spanFromMs : Date.parse(oldest.at)
}

/** Only where the page lies anything is put in order anew: a history may be long, and what comes in time is little. */
function merged(events: readonly JoinedEvent[], page: readonly JoinedEvent[]): readonly JoinedEvent[] {
  const [newest, oldest] = [page[0]?.at, page.at(-1)?.at]
  if (newest === undefined || oldest === undefined) return events
  const first = firstIndex(events, ({ at }) => at <= newest)
  const end = firstIndex(events, ({ at }) => at < oldest)
  const byId = new Map([...events.slice(first, end), ...page].map((event) => [event.id, event]))
  const ordered = [...byId.values()].toSorted((x, y) => (x.at === y.at ? y.ordinal - x.ordinal : x.at < y.at ? 1 : -1))
  return [...events.slice(0, first), ...ordered, ...events.slice(end)]
}

function firstIndex(events: readonly JoinedEvent[], is: (event: JoinedEvent) => boolean): number {
  const found = events.findIndex(is)
  return found < 0 ? events.length : found
}
