/** A feed's report → what its watcher has covered: the span grows, a new link after silence leaves a gap. */
import type { FeedReport, Gap, ReceivedBatch } from '../../domain/batch.ts'
import type { Settings } from '../../domain/settings.ts'
import { minuteMs, secondMs } from '../../domain/time.ts'
import { type FeedState, readFeed, writeFeed, writeGap } from '../../store/coverage.ts'
import type { Table } from '../../store/table.ts'

interface CoverPorts {
  readonly tables: { readonly state: Table }
  readonly retention: Settings['retention']
  readonly nowMs: number
}

/** A report that says nothing new is written this often at most: writes cost, and analysis looks once a minute. */
const quietWriteMs = 4 * secondMs
const maxAttempts = 5

/** Stores a gap as its watcher told it. */
export async function coverGap(gap: Gap, ports: CoverPorts): Promise<void> {
  await writeGap(ports.tables.state, gap, { inferred: false, ...gapRetention(ports) })
}

function gapRetention(ports: CoverPorts) {
  return { nowMs: ports.nowMs, days: ports.retention.eventsDays }
}

/** Stores one report. Reports may come late, twice or in any order. */
export async function coverReport(
  report: FeedReport,
  told: Pick<ReceivedBatch, 'watcher' | 'sentAt'>,
  ports: CoverPorts,
): Promise<void> {
  const { watcher, sentAt } = told
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const known = await readFeed(ports.tables.state, { cluster: report.cluster, feed: report.feed, watcher })
    const next = nextState(known?.value, { report, watcher, reportedAt: sentAt })
    if (next === undefined) return
    const silence = silenceBetween(known?.value, report)
    if (silence !== undefined) {
      const gap = { cluster: report.cluster, feed: report.feed, watcher, ...silence }
      await writeGap(ports.tables.state, gap, { inferred: true, ...gapRetention(ports) })
    }
    if (await writeFeed(ports.tables.state, next, known?.revision)) return
  }
  throw new Error(`The state of feed ${report.feed} changed ${maxAttempts} times while it was being written`)
}

/** The state after a report; undefined when the report is old or not worth a write. */
export function nextState(
  known: FeedState | undefined,
  told: { readonly report: FeedReport; readonly watcher: string; readonly reportedAt: string },
): FeedState | undefined {
  const { report } = told
  if (known !== undefined && told.reportedAt < known.reportedAt) return undefined
  if (known !== undefined && isQuiet(known, told)) return undefined
  // A push says that we are reached, not that we were watching since the last one: it only ever moves the end on.
  const pushed = report.pushed === true && known?.seenFrom !== undefined
  const newer = report.seenFrom !== undefined && (known?.seenFrom === undefined || report.seenFrom >= known.seenFrom)
  const seenFrom = newer && !pushed ? report.seenFrom : known?.seenFrom
  const seenUntil = newer ? later(known?.seenUntil, report.seenUntil) : known?.seenUntil
  const first = known?.first ?? report.seenFrom
  return {
    ...told,
    ...(first === undefined ? {} : { first }),
    ...(seenFrom === undefined ? {} : { seenFrom }),
    ...(seenUntil === undefined ? {} : { seenUntil }),
  }
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a
}

function isQuiet(known: FeedState, told: { report: FeedReport; reportedAt: string }): boolean {
  const { report } = told
  const same =
    known.report.state === report.state && known.report.problem === report.problem && known.seenFrom === report.seenFrom
  const before = Date.parse(known.seenUntil ?? known.reportedAt)
  const after = Date.parse(report.seenUntil ?? told.reportedAt)
  const sameMinute = Math.floor(before / minuteMs) === Math.floor(after / minuteMs)
  return same && sameMinute && Date.parse(told.reportedAt) - Date.parse(known.reportedAt) < quietWriteMs
}

/**
 * A link that begins after what was covered leaves a gap, also when the watcher died and told nothing; unless the broker
 * kept our session, and with it all that it sent meanwhile.
 */
function silenceBetween(known: FeedState | undefined, report: FeedReport) {
  if (known?.seenUntil === undefined || known.seenFrom === undefined || report.seenFrom === undefined) return undefined
  if (report.pushed === true || report.seenFrom <= known.seenFrom) return undefined
  const { keptFrom = report.seenFrom } = report
  if (report.seenFrom <= known.seenUntil || keptFrom <= known.seenUntil) return undefined
  return { from: known.seenUntil, until: keptFrom, reason: 'the watcher told nothing: it was stopped or killed' }
}
