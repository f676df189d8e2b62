/** Writes page after page; a connection that breaks is tried again, and an interrupt leaves what can be gone on with. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Row, writeCsv } from '../../api/csv.ts'
import { secondMs } from '../../domain/time.ts'
import { jsonLine } from '../json.ts'
import { isPassing } from '../passing.ts'
import { createStatusLine } from '../progress.ts'
import type { Target } from '../target.ts'
import type { Terminal } from '../terminal.ts'
import type { Place, Sink } from './partial.ts'
import { legsOf, legText, type Plan } from './plan.ts'
import { columnsOf, type Page, readPage, timeOf } from './read.ts'

/** Waits before a broken connection is tried again. */
const waitsMs = [0.5, 1, 2, 4, 8, 16, 30, 30, 30].map((seconds) => seconds * secondMs)

export interface Export {
  readonly target: Target
  readonly plan: Plan
  readonly from: Place
  /** Nothing was written yet. */
  readonly isNew: boolean
  readonly sink: Sink
  readonly signal: AbortSignal
  readonly terminal: Terminal
}

/**
 * Writes what is left from a place on. Gives where it stopped: behind the last leg unless it was interrupted.
 * @throws Failure where trying again did not help; what was written stays
 */
export async function runExport({ target, plan, from, isNew, sink, signal, terminal }: Export): Promise<Place> {
  const legs = legsOf(plan)
  const status = createStatusLine(terminal)
  const startedMs = performance.now()
  let place = from
  try {
    if (plan.format === 'csv' && isNew) {
      await sink.write(writeCsv(columnsOf[plan.what], []), place)
    }
    for (let leg = legs[place.leg]; leg !== undefined && !signal.aborted; leg = legs[place.leg]) {
      const current = leg
      const page = await persistently(async () => readPage(target, plan, current, place.cursor), { signal, terminal })
      if (page === undefined) break
      const rows = place.rows + page.rows.length
      place = page.next === undefined ? { leg: place.leg + 1, rows } : { leg: place.leg, cursor: page.next, rows }
      await sink.write(textOf(plan, page), place)
      status.show(() => {
        const rate = Math.round((secondMs * (rows - from.rows)) / (performance.now() - startedMs))
        const last = page.rows.at(-1)?.[timeOf[plan.what]]
        const at = typeof last === 'string' ? last : ''
        const where = [legText(current), at.slice(0, 19)].filter((words) => words !== '').join(' ')
        return `${rows} rows, ${place.leg} of ${legs.length} parts, at ${where}, ${rate} a second`
      })
    }
    return place
  } finally {
    status.hide()
  }
}

/** Is everything written? */
export const isWhole = (plan: Plan, { leg }: Place): boolean => leg >= legsOf(plan).length

function textOf({ what, format }: Plan, { rows }: Page): string {
  if (format === 'jsonl') return rows.map((row: Row) => jsonLine(row)).join('')
  const text = writeCsv(columnsOf[what], rows)
  // Each page comes with the names of its columns, which stand above the first already.
  return text.slice(text.indexOf('\r\n') + 2)
}

/** Undefined: interrupted meanwhile. */
async function persistently(
  read: () => Promise<Page>,
  { signal, terminal }: Pick<Export, 'signal' | 'terminal'>,
): Promise<Page | undefined> {
  for (const waitMs of [...waitsMs, undefined]) {
    try {
      return await read()
    } catch (error) {
      if (waitMs === undefined || !isPassing(error)) throw error
      if (waitMs === waitsMs[0]) terminal.err(`${error.message} Trying again.\n`)
      await sleep(waitMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return undefined
    }
  }
  return undefined
}
