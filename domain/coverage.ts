/** What was watched and what was not: per feed and watcher a time since when, until when, and the gaps between. */
import { minuteMs } from './time.ts'

/** A half-open span of time, epoch milliseconds. */
export interface Span {
  readonly from: number
  readonly until: number
}

/** What one watcher's feed has covered: everything from `first` to `seenUntil` but its gaps. */
export interface FeedCoverage {
  readonly feed: string
  readonly watcher: string
  /** Brokers it tells of; empty when it tells of the whole cluster. */
  readonly brokers: readonly string[]
  /** Connections of Keepwatch's own that the broker counts among its clients. */
  readonly ownConnections: number
  readonly first: number
  readonly seenUntil: number
  readonly gaps: readonly Span[]
  /** The watcher itself said at this time that the feed is down: it need not be waited for before this. */
  readonly downUntil?: number | undefined
}

/** Spans joined where they touch or overlap, in order of time. */
export function joined(spans: readonly Span[]): Span[] {
  const result: Span[] = []
  for (const span of spans.filter((s) => s.until > s.from).toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1)
    if (last !== undefined && span.from <= last.until) {
      result[result.length - 1] = { from: last.from, until: Math.max(last.until, span.until) }
    } else result.push(span)
  }
  return result
}

/** What is left of a span when others are taken out of it. */
export function without(span: Span, holes: readonly Span[]): Span[] {
  const result: Span[] = []
  let from = span.from
  for (const hole of joined(holes)) {
    if (hole.until <= from || hole.from >= span.until) continue
    if (hole.from > from) result.push({ from, until: hole.from })
    from = Math.max(from, hole.until)
  }
  if (from < span.until) result.push({ from, until: span.until })
  return result
}

/** Does this feed tell of this broker? */
export function tellsOf(feed: Pick<FeedCoverage, 'brokers'>, broker: string): boolean {
  return feed.brokers.length === 0 || feed.brokers.includes(broker)
}

/** Times within `window` in which at least one watcher saw the broker. */
export function seenSpans(feeds: readonly FeedCoverage[], broker: string, window: Span): Span[] {
  const seen = feeds
    .filter((feed) => tellsOf(feed, broker))
    .flatMap((feed) => without({ from: feed.first, until: feed.seenUntil }, feed.gaps))
    .map((span) => ({ from: Math.max(span.from, window.from), until: Math.min(span.until, window.until) }))
  return joined(seen)
}

/** Did this feed see anything of the minute? */
export function sawSome(feed: FeedCoverage, minuteStart: number): boolean {
  return seenShare([feed], minuteStart) > 0
}

/** Share of the minute in which any of the feeds saw anything of the cluster, 0 to 1. */
export function seenShare(feeds: readonly FeedCoverage[], minuteStart: number): number {
  return Math.max(0, ...feeds.map((feed) => minuteCoverage([{ ...feed, brokers: [] }], '', minuteStart)))
}

/** Share of the minute in which the broker was seen, 0 to 1. */
export function minuteCoverage(feeds: readonly FeedCoverage[], broker: string, minuteStart: number): number {
  const seen = seenSpans(feeds, broker, { from: minuteStart, until: minuteStart + minuteMs })
  return seen.reduce((sum, span) => sum + span.until - span.from, 0) / minuteMs
}

/** Has the broker's coverage passed this time, or is it known that it will not? */
export function hasPassed(feeds: readonly FeedCoverage[], broker: string, time: number): boolean {
  const own = feeds.filter((feed) => tellsOf(feed, broker))
  return own.some((feed) => Math.max(feed.seenUntil, feed.downUntil ?? 0) >= time)
}
