/** Stored events, samples and coverage → a minute of one broker. */
import { isDeepStrictEqual } from 'node:util'
import { type FeedCoverage, minuteCoverage, sawSome, tellsOf } from '../../domain/coverage.ts'
import { deriveMinute, type Minute } from '../../domain/minute.ts'
import { type ClusterSettings } from '../../domain/settings.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { eventsOfBroker } from '../../store/events.ts'
import { readMinute } from '../../store/minutes.ts'
import { samplesOf } from '../../store/samples.ts'
import { feedsOf, gapsSince } from '../../store/coverage.ts'
import { brokersOf } from '../../store/state.ts'
import type { Table } from '../../store/table.ts'

export interface DeriveTables {
  readonly events: Table
  readonly samples: Table
  readonly minutes: Table
  readonly state: Table
  readonly alerts: Table
}

/** What is known of a cluster when its minutes are derived. */
export interface ClusterView {
  /** Configured and found, in order. */
  readonly brokers: readonly string[]
  /** Those among them that count in the sum of the cluster's minute: all but what nobody named or heard of for long. */
  readonly countedAt: (start: number) => readonly string[]
  readonly feeds: readonly FeedCoverage[]
  /** Start of everything that was ever covered, or since when nothing could be; epoch milliseconds. Undefined before the first report. */
  readonly firstSeen: number | undefined
}

/** Minutes derived again lie before the position; gaps are read from so far before it. */
const gapLookBackMs = 10 * minuteMs
/** A broker that is not configured and was not heard of for so long is one that was taken away. */
const takenAwayMs = 30 * minuteMs

/** Reads brokers, coverage and the gaps that ended after `since` (an instant). */
export async function viewOf(
  state: Table,
  cluster: ClusterSettings,
  { since, nowMs }: { readonly since: string; readonly nowMs: number },
): Promise<ClusterView> {
  const from = instant(Date.parse(since) - gapLookBackMs)
  const quietMs = cluster.quietMinutes * minuteMs
  const [known, feeds, gaps] = await Promise.all([
    brokersOf(state, cluster.name, nowMs),
    feedsOf(state, cluster.name),
    gapsSince(state, cluster.name, from),
  ])
  const named = cluster.feeds.flatMap((feed) => feed.broker ?? [])
  const weighted = cluster.brokers.map((broker) => broker.name)
  const coverage = feeds.map((feed): FeedCoverage => {
    const own = gaps.filter((gap) => gap.feed === feed.report.feed && gap.watcher === feed.watcher)
    // A feed that was never up has covered nothing, but its word that it is down need not be waited for.
    const { reportedAt, first = reportedAt, seenUntil = reportedAt } = feed
    return {
      feed: feed.report.feed,
      watcher: feed.watcher,
      brokers: feed.report.brokers,
      ownConnections: feed.report.ownConnections ?? 1,
      first: Date.parse(first),
      // Silence of what is pushed is believed for a while, for want of anything better.
      seenUntil: Date.parse(seenUntil) + (feed.report.pushed === true ? quietMs : 0),
      gaps: own.map((gap) => ({ from: Date.parse(gap.from), until: Date.parse(gap.until) })),
      downUntil: feed.report.state === 'down' ? Date.parse(reportedAt) : undefined,
    }
  })
  const firsts = feeds.map(({ first, report }) => first ?? report.since)
  const heardOf = new Map(known.map(({ broker, at }) => [broker, Date.parse(at)]))
  for (const broker of [...named, ...weighted]) heardOf.set(broker, Number.POSITIVE_INFINITY)
  const brokers = [...heardOf.keys()].toSorted()
  return {
    brokers,
    countedAt: (start) => brokers.filter((broker) => (heardOf.get(broker) ?? 0) >= start - takenAwayMs),
    feeds: coverage,
    firstSeen: firsts.length === 0 ? undefined : Math.min(...firsts.map((first) => Date.parse(first))),
  }
}

export interface Asked {
  readonly cluster: string
  readonly broker: string
  readonly start: number
  readonly feeds: readonly FeedCoverage[]
  /** Important clients of the cluster: what each did is told. */
  readonly watchedClients: ReadonlyMap<string, number>
}

/** Derives a minute from what is stored for it. */
export async function derive(tables: DeriveTables, asked: Asked): Promise<Minute> {
  const { cluster, broker, start, watchedClients } = asked
  const end = start + minuteMs
  // A figure stamped with a minute's start tells how the minute before it ended.
  const figures = { cluster, broker, from: instant(start + 1), to: instant(end + 1) }
  const [events, samples] = await Promise.all([
    eventsOfBroker(tables.events, { cluster, broker, from: instant(start), to: instant(end) }),
    samplesOf(tables.samples, figures),
  ])
  // A feed of one broker is itself one of the broker's clients; a feed of a whole cluster sits on a node not told.
  const ownConnections = asked.feeds
    .filter((feed) => feed.brokers.length > 0 && tellsOf(feed, broker) && sawSome(feed, start))
    .reduce((sum, feed) => sum + feed.ownConnections, 0)
  const coverage = minuteCoverage(asked.feeds, broker, start)
  return deriveMinute({ cluster, broker, start, coverage, ownConnections, events, samples, watchedClients })
}

/** Derives a minute again, keeping what was expected when it was judged; undefined when it never was. */
export async function rederive(
  tables: DeriveTables,
  asked: Asked,
): Promise<{ readonly minute: Minute; readonly isChanged: boolean } | undefined> {
  const stored = await readMinute(tables.minutes, { ...asked, minute: instant(asked.start) })
  const derived = await derive(tables, asked)
  if (stored === undefined) {
    const isSome = derived.coverage > 0 || derived.connects > 0 || derived.abnormal > 0
    return isSome ? { minute: derived, isChanged: true } : undefined
  }
  const minute = stored.band === undefined ? derived : { ...derived, band: stored.band }
  return { minute, isChanged: !isDeepStrictEqual(minute, stored) }
}
