/** Times in which nobody watched a broker: what looks calm then need not have been. Pure. */
import type { Coverage } from '../../api/health.ts'
import { type FeedCoverage, seenSpans, tellsOf, without } from '../../domain/coverage.ts'

export interface Blind {
  readonly cluster: string
  /** Undefined: all of the cluster. */
  readonly broker: string | undefined
  readonly fromMs: number
  /** So far, where it is still going on. */
  readonly untilMs: number
  readonly isOpen: boolean
  readonly reason: string
}

interface Feed extends FeedCoverage {
  readonly openUntil: number | undefined
}

/** Times from `sinceMs` on that none of a broker's watchers saw, of these brokers or of all that feeds name; oldest first. */
export function blindTimes(
  coverage: Coverage,
  {
    cluster,
    broker,
    sinceMs,
  }: { readonly cluster: string; readonly broker: string | undefined; readonly sinceMs: number },
): Blind[] {
  const feeds = coverage.feeds.filter((each) => each.cluster === cluster).flatMap((each) => feedOf(each, coverage))
  const named = broker === undefined ? [...new Set(feeds.flatMap(({ brokers }) => brokers))] : [broker]
  const names: readonly (string | undefined)[] = named.length === 0 ? [undefined] : named
  return names
    .flatMap((name) => blindOf(name, { feeds, coverage, cluster, sinceMs }))
    .toSorted((a, b) => a.fromMs - b.fromMs)
}

function feedOf(
  { cluster, feed, watcher, brokers, first, seenUntil }: Coverage['feeds'][number],
  { gaps }: Coverage,
): Feed[] {
  if (first === undefined || seenUntil === undefined) return []
  const own = gaps.filter((gap) => gap.cluster === cluster && gap.feed === feed && gap.watcher === watcher)
  const open = own.find((gap) => gap.open === true)
  return [
    {
      feed,
      watcher,
      brokers,
      ownConnections: 0,
      first: Date.parse(first),
      seenUntil: Date.parse(seenUntil),
      gaps: own.map(({ from, until }) => ({ from: Date.parse(from), until: Date.parse(until) })),
      openUntil: open === undefined ? undefined : Date.parse(open.until),
    },
  ]
}

function blindOf(
  broker: string | undefined,
  {
    feeds,
    coverage,
    cluster,
    sinceMs,
  }: { feeds: readonly Feed[]; coverage: Coverage; cluster: string; sinceMs: number },
): Blind[] {
  const name = broker ?? ''
  const own = feeds.filter((feed) => tellsOf(feed, name))
  if (own.length === 0) return []
  // What came after a watcher's last word may only not have been told yet.
  const openUntil = own.every((feed) => feed.openUntil !== undefined)
    ? Math.max(...own.map((feed) => feed.openUntil ?? 0))
    : undefined
  const window = { from: sinceMs, until: openUntil ?? Math.max(...own.map(({ seenUntil }) => seenUntil)) }
  if (window.until <= window.from) return []
  return without(window, seenSpans(own, name, window)).map(({ from, until }) => ({
    cluster,
    broker,
    fromMs: from,
    untilMs: until,
    isOpen: openUntil !== undefined && until === window.until,
    reason:
      coverage.gaps.find(
        (gap) =>
          gap.cluster === cluster &&
          own.some(({ feed }) => feed === gap.feed) &&
          Date.parse(gap.from) < until &&
          Date.parse(gap.until) > from,
      )?.reason ?? 'nobody watched yet',
  }))
}
