/** Rows as a table as wide as the terminal; whole where it is written to a file or another program. Pure. */
import { harmless } from '../domain/text.ts'
import { displayedWidth, fitted } from './cells.ts'
import { wrapped } from './render.ts'
import { type Tone, toned } from './tone.ts'
import type { Terminal } from './terminal.ts'

export interface Column<Row> {
  readonly title: string
  /** Untrusted text may stand in it; numbers stand right, absence is a dash. */
  readonly cell: (row: Row) => string | number | undefined
  /** Where the terminal is narrow, the column with the highest number is left out first; without one, never. */
  readonly leaves?: number
  /** How narrow its cells may become before a column is left out; by default they are not cut. */
  readonly least?: number
  readonly tone?: (row: Row) => Tone | undefined
}

const between = '  '
const absent = '–'
const longestCell = 4000
/** Of a column that must stay in a terminal that is too narrow for those that must. */
const narrowest = 4

interface Laid<Row> {
  readonly column: Column<Row>
  readonly texts: readonly string[]
  readonly isRight: boolean
  readonly full: number
  readonly width: number
}

/** The table with its titles; nothing where there are no rows. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  terminal: Pick<Terminal, 'columns' | 'hasColours'>,
): string {
  if (rows.length === 0) return ''
  const all = columns.map((column) => laid(column, rows))
  const shown = terminal.columns === undefined ? all : fit(all, terminal.columns)
  const titles = shown.map((each) => toned(aligned(each, each.column.title), 'strong', terminal))
  const lines = rows.map((row, index) =>
    shown.map((each) => toned(aligned(each, each.texts[index] ?? ''), each.column.tone?.(row), terminal)).join(between),
  )
  const left = columns.filter((column) => !shown.some((each) => each.column === column)).map(({ title }) => title)
  const note =
    left.length === 0
      ? []
      : wrapped(`Too narrow for: ${left.join(', ')}.`, terminal.columns ?? 100).map((line) =>
          toned(line, 'faint', terminal),
        )
  return `${[titles.join(between), ...lines, ...note].map((line) => line.trimEnd()).join('\n')}\n`
}

function laid<Row>(column: Column<Row>, rows: readonly Row[]): Laid<Row> {
  const values = rows.map(column.cell)
  const texts = values.map((value) =>
    value === undefined || value === '' ? absent : harmless(String(value), longestCell),
  )
  const isRight =
    values.some((value) => typeof value === 'number') && values.every((value) => typeof value !== 'string')
  const full = Math.max(displayedWidth(column.title), ...texts.map(displayedWidth))
  return { column, texts, isRight, full, width: full }
}

function aligned<Row>({ isRight, width }: Laid<Row>, text: string): string {
  return isRight
    ? ' '.repeat(Math.max(0, width - displayedWidth(text))) + fitted(text, Math.min(width, displayedWidth(text)))
    : fitted(text, width)
}

/** Cells are cut first, as far as they may; then columns are left out; at last what must stay is cut too. */
function fit<Row>(all: readonly Laid<Row>[], columns: number): readonly Laid<Row>[] {
  const narrow = cut(all, columns, ({ column, full }) =>
    Math.min(full, Math.max(column.least ?? full, displayedWidth(column.title))),
  )
  if (widthOf(narrow) <= columns) return narrow
  const last = Math.max(...all.map(({ column }) => column.leaves ?? 0))
  if (last <= 0) return cut(all, columns, ({ full }) => Math.min(full, narrowest))
  const index = all.findLastIndex(({ column }) => (column.leaves ?? 0) === last)
  return fit(all.toSpliced(index, 1), columns)
}

/** The widest of those that may become narrower gives way, until all fit or none may. */
function cut<Row>(all: readonly Laid<Row>[], columns: number, leastOf: (each: Laid<Row>) => number): Laid<Row>[] {
  const widths = all.map(({ full }) => full)
  for (let over = widthOf(all) - columns; over > 0; over -= 1) {
    const widest = all.reduce(
      (best, each, index) =>
        (widths[index] ?? 0) > leastOf(each) && (widths[index] ?? 0) > (widths[best] ?? 0) ? index : best,
      -1,
    )
    if (widest < 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return all.map((each, index) => ({ ...each, width: widths[index] ?? each.full }))
}

const widthOf = <Row>(all: readonly Laid<Row>[]): number =>
  all.reduce((sum, { width }) => sum + width, between.length * (all.length - 1))
