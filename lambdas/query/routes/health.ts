/** Is each step alive, how far behind; what was watched, and what was not. */
import * as asked from '../../../api/health.ts'
import { instant } from '../../../domain/time.ts'
import { feedsOf, gapsSince } from '../../../store/coverage.ts'
import { readProgress } from '../../../store/analysis.ts'
import { spanOf } from '../../http/asked.ts'
import { notFound } from '../../http/route.ts'
import { route } from '../route.ts'

const dayMinutes = 1440
const mostGaps = 1000
/** Longer without a report or a run, and a step is not alive. */
const aliveSeconds = 180

export const health = route(asked.health, async (_, { settings, tables, nowMs }) => {
  const now = nowMs()
  const names = settings.clusters.map((cluster) => cluster.name)
  const feeds = (await Promise.all(names.map(async (name) => feedsOf(tables.state, name)))).flat()
  const records = await Promise.all(names.map(async (name) => readProgress(tables.state, name)))
  const watch = feeds.map(({ report, watcher, reportedAt, seenUntil }) => ({
    cluster: report.cluster,
    feed: report.feed,
    watcher,
    state: report.state,
    since: report.since,
    ...(report.problem === undefined ? {} : { problem: report.problem }),
    reportedAt,
    ...(seenUntil === undefined ? {} : { behindSeconds: secondsSince(seenUntil, now) }),
    ...(report.protocol === undefined ? {} : { protocol: report.protocol }),
    ...(report.clockOffsetMs === undefined ? {} : { clockOffsetMs: report.clockOffsetMs }),
    rejected: report.rejected,
    rejectionSamples: report.rejectionSamples,
  }))
  const analyze = names.map((cluster, index) => {
    const record = records[index]
    return {
      cluster,
      ...(record === undefined
        ? {}
        : { ranAt: record.ranAt, position: record.position, behindSeconds: secondsSince(record.position, now) - 60 }),
      alertsToTell: record?.pendingAlerts ?? 0,
    }
  })
  const expected = settings.clusters.reduce((sum, cluster) => sum + cluster.feeds.length, 0)
  const alive =
    watch.length >= expected &&
    watch.every((feed) => feed.state === 'up' && secondsSince(feed.reportedAt, now) < aliveSeconds) &&
    analyze.every(({ ranAt }) => ranAt !== undefined && secondsSince(ranAt, now) < aliveSeconds)
  const body: asked.Health = { status: alive ? 'ok' : 'degraded', watch, analyze }
  return { ok: true, body }
})

export const coverage = route(asked.coverage, async ({ query }, { settings, tables, nowMs }) => {
  const names = settings.clusters.map((each) => each.name).filter((name) => !query.cluster || name === query.cluster)
  if (names.length === 0) return notFound('no such cluster')
  const now = nowMs()
  const span = spanOf(query, now, dayMinutes)
  const feeds = (await Promise.all(names.map(async (name) => feedsOf(tables.state, name)))).flat()
  const lists = names.map(async (name) => gapsSince(tables.state, name, span.from, mostGaps + 1))
  const told = (await Promise.all(lists)).flat()
  const open = feeds.flatMap(({ report, watcher, seenUntil }) => {
    if (seenUntil === undefined || secondsSince(seenUntil, now) < aliveSeconds / 3) return []
    const { cluster, feed } = report
    const reason = report.problem ?? 'the watcher tells nothing'
    return [{ cluster, feed, watcher, from: seenUntil, until: instant(now), reason, open: true }]
  })
  return {
    ok: true,
    body: {
      feeds: feeds.map(({ report, watcher, first, seenUntil }) => ({
        cluster: report.cluster,
        feed: report.feed,
        watcher,
        brokers: report.brokers,
        ...(first === undefined ? {} : { first }),
        ...(seenUntil === undefined ? {} : { seenUntil }),
      })),
      gaps: [...told.filter((gap) => gap.from < span.to).slice(0, mostGaps), ...open],
      cut: told.length > mostGaps,
    },
  }
})

function secondsSince(at: string, nowMs: number): number {
  return Math.max(0, Math.round((nowMs - Date.parse(at)) / 1000))
}
