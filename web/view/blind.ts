/** When nobody watched a broker: times in which every watcher of its feeds has a gap. Pure. */
import type { Coverage } from '../../api/health.ts'
import { type FeedCoverage, joined, type Span, tellsOf, without } from '../../domain/coverage.ts'
import { minuteMs } from '../../domain/time.ts'
import type { TimeRange } from '../span.ts'
import type { ChartGap } from './chart.ts'

export interface BlindSpan extends ChartGap {
  readonly cluster: string
  /** Absent: the feed tells of the whole cluster. */
  readonly broker?: string
  readonly reason: string
  /** It lasts. */
  readonly open: boolean
  /** Before the first watching there was nothing that could have been seen. */
  readonly unwatched: boolean
}

/** Blind times of one broker, or of every broker that feeds of the cluster name. Short ones are left out. */
export function blindSpans(
  { feeds, gaps }: Coverage,
  {
    cluster,
    broker,
    range,
  }: { readonly cluster?: string | undefined; readonly broker?: string; readonly range: TimeRange },
): BlindSpan[] {
  const clusters = [...new Set(feeds.map((feed) => feed.cluster))].filter(
    (name) => cluster === undefined || name === cluster,
  )
  return clusters.flatMap((name) => {
    const own = feeds.filter((feed) => feed.cluster === name)
    const named = [...new Set(own.flatMap((feed) => feed.brokers))]
    const targets = broker !== undefined ? [broker] : named.length > 0 ? named : ['']
    return targets.flatMap((target) => {
      const telling = own.filter((feed) => tellsOf(feed, target) || target === '')
      const gapsOf = (feed: (typeof own)[number]) =>
        gaps.filter((gap) => gap.cluster === name && gap.feed === feed.feed && gap.watcher === feed.watcher)
      const seen = joined(telling.flatMap((feed) => seenOf(coverageOf(feed, gapsOf(feed)), range)))
      return without({ from: range.fromMs, until: range.toMs }, seen)
        .filter(({ from, until }) => until - from >= shortestMs)
        .map((span) => wordsOf({ span, cluster: name, broker: target, gaps: telling.flatMap(gapsOf) }))
    })
  })
}

/** What is shorter is not worth a word: links take a moment to come back. */
const shortestMs = 2000

function coverageOf(feed: Coverage['feeds'][number], gaps: Coverage['gaps']): FeedCoverage {
  return {
    feed: feed.feed,
    watcher: feed.watcher,
    brokers: feed.brokers,
    ownConnections: 0,
    first: feed.first === undefined ? Number.POSITIVE_INFINITY : Date.parse(feed.first),
    // What is late is no gap: the API tells one as open when it has been late for long.
    seenUntil: Number.POSITIVE_INFINITY,
    gaps: gaps.map((gap) => ({
      from: Date.parse(gap.from),
      until: gap.open === true ? Number.POSITIVE_INFINITY : Date.parse(gap.until),
    })),
  }
}

function seenOf({ first, gaps }: FeedCoverage, { fromMs, toMs }: TimeRange): Span[] {
  return without({ from: Math.max(first, fromMs), until: toMs }, gaps)
}

function wordsOf(about: {
  readonly span: Span
  readonly cluster: string
  readonly broker: string
  readonly gaps: Coverage['gaps']
}): BlindSpan {
  const { span, cluster, broker, gaps } = about
  const own = gaps.filter(
    (gap) => Date.parse(gap.from) < span.until && (gap.open === true || Date.parse(gap.until) > span.from),
  )
  const reason = own[0]?.reason ?? 'not watched yet'
  const whom = broker === '' ? `cluster ${cluster}` : `broker ${broker} of ${cluster}`
  return {
    fromMs: span.from,
    untilMs: span.until,
    cluster,
    ...(broker === '' ? {} : { broker }),
    reason,
    open: own.some((gap) => gap.open === true && Date.parse(gap.from) <= span.from + shortestMs),
    unwatched: own.length === 0,
    text: `${whom}: ${reason}`,
  }
}

/** One chart shows many brokers: blind is where any of them was not seen. */
export function mergedGaps(spans: readonly BlindSpan[]): ChartGap[] {
  return joined(spans.map(({ fromMs, untilMs }) => ({ from: fromMs, until: untilMs }))).map(({ from, until }) => ({
    fromMs: from,
    untilMs: until,
    text: spans.find((span) => span.fromMs < until && span.untilMs > from)?.text ?? '',
  }))
}

/** Blind times of several brokers, told at once: with one reason, at about the same time. */
export interface BlindTime {
  readonly cluster: string
  /** Empty: the whole cluster. */
  readonly brokers: readonly string[]
  readonly fromMs: number
  readonly untilMs: number
  readonly reason: string
  readonly open: boolean
}

/** Those that last first, then the newest. What was never watched is no time of blindness. */
export function blindTimes(spans: readonly BlindSpan[]): readonly BlindTime[] {
  const alike = Map.groupBy(
    spans.filter(({ unwatched }) => !unwatched),
    ({ cluster, reason, open, fromMs }) => JSON.stringify([cluster, reason, open, Math.round(fromMs / minuteMs)]),
  )
  return [...alike.values()]
    .flatMap((own) => {
      const [first] = own
      if (first === undefined) return []
      const { cluster, reason, open } = first
      const brokers = own.flatMap(({ broker }) => broker ?? [])
      const fromMs = Math.min(...own.map((span) => span.fromMs))
      return [{ cluster, brokers, reason, open, fromMs, untilMs: Math.max(...own.map((span) => span.untilMs)) }]
    })
    .toSorted((a, b) => Number(b.open) - Number(a.open) || b.untilMs - a.untilMs)
}

/** `brokers b1, b2 and 7 more of c`. */
export function blindToText({ cluster, brokers }: Pick<BlindTime, 'cluster' | 'brokers'>, most = 3): string {
  if (brokers.length === 0) return `cluster ${cluster}`
  if (brokers.length === 1) return `broker ${brokers[0]} of ${cluster}`
  const more = brokers.length > most ? ` and ${brokers.length - most} more` : ''
  return `brokers ${brokers.slice(0, most).join(', ')}${more} of ${cluster}`
}
