/** Coverage in the state table: what each feed of each watcher has seen, and the gaps. */
import * as z from 'zod/mini'
import { FeedReportSchema, type Gap, GapSchema } from '../domain/batch.ts'
import { InstantSchema } from '../domain/time.ts'
import { keyText } from './key-text.ts'
import { keys } from './keys.ts'
import { putIf, readItem, readItems, stateKey } from './state-item.ts'
import { contentOf, expiresAt, type Item, number, type Table, text } from './table.ts'

/** What is stored of one feed of one watcher: its last report, and what it covered so far. */
export const FeedStateSchema = z.strictObject({
  report: FeedReportSchema,
  watcher: z.string(),
  /** When the last report was made, by the watcher's clock. */
  reportedAt: InstantSchema,
  /** Start of everything ever covered, and the span of the link that stands or stood last; absent before the first. */
  first: z.optional(InstantSchema),
  seenFrom: z.optional(InstantSchema),
  seenUntil: z.optional(InstantSchema),
})
export type FeedState = Readonly<z.infer<typeof FeedStateSchema>>

const feedItem = (feed: string, watcher: string) => `feed#${keyText(feed)}#${keyText(watcher)}`

export async function readFeed(table: Table, asked: { cluster: string; feed: string; watcher: string }) {
  const item = await readItem(table, asked.cluster, feedItem(asked.feed, asked.watcher))
  if (item === undefined) return undefined
  return { value: FeedStateSchema.parse(contentOf(item)), revision: Number(item['revision']?.N ?? 0) }
}

/** Writes a feed's state if nobody wrote it since `revision` was read (undefined: if there was none). */
export async function writeFeed(table: Table, feed: FeedState, revision: number | undefined): Promise<boolean> {
  const item: Item = {
    ...stateKey(feed.report.cluster, feedItem(feed.report.feed, feed.watcher)),
    revision: number((revision ?? 0) + 1),
    content: text(JSON.stringify(feed)),
  }
  return revision === undefined
    ? putIf(table, item, { expression: 'attribute_not_exists(revision)' })
    : putIf(table, item, { expression: 'revision = :revision', values: { ':revision': number(revision) } })
}

export async function feedsOf(table: Table, cluster: string): Promise<FeedState[]> {
  const feeds: FeedState[] = []
  for await (const item of readItems(table, cluster, 'feed#', 'feed$'))
    feeds.push(FeedStateSchema.parse(contentOf(item)))
  return feeds
}

/**
 * Stores a gap under its end. Of two with one end the longer stays: a watcher that was killed tells only of the time
 * since it started again. Where both begin alike, what the watcher told stays over what was concluded from silence.
 */
export async function writeGap(table: Table, gap: Gap, options: { inferred: boolean; nowMs: number; days: number }) {
  const item: Item = {
    ...stateKey(gap.cluster, `gap#${gap.until}#${keyText(gap.feed)}#${keyText(gap.watcher)}`),
    [keys.state.ttl]: expiresAt(options.nowMs, options.days),
    since: text(gap.from),
    content: text(JSON.stringify(gap)),
  }
  const expression = `attribute_not_exists(content) OR since ${options.inferred ? '>' : '>='} :since`
  await putIf(table, item, { expression, values: { ':since': text(gap.from) } })
}

/** Gaps that ended at `from` or later, oldest end first; of many only the first `limit`. */
export async function gapsSince(
  table: Table,
  cluster: string,
  from: string,
  limit = Number.POSITIVE_INFINITY,
): Promise<Gap[]> {
  const gaps: Gap[] = []
  for await (const item of readItems(table, cluster, `gap#${from}`, 'gap$')) {
    gaps.push(GapSchema.parse(contentOf(item)))
    if (gaps.length >= limit) break
  }
  return gaps
}
