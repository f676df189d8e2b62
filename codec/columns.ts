/** Rows ⇄ columns: records of many alike events pack smaller and faster when each field stands together. */

/**
 * A field of all rows: one value for all of them, or a value a row, `null` where the row lacks it. `steps` holds whole
 * numbers as the first one and the differences between neighbours: times come in order and differ little.
 */
type Column = { readonly all: unknown } | { readonly each: readonly unknown[] } | { readonly steps: readonly number[] }

export interface Columns {
  readonly rows: number
  readonly fields: Readonly<Record<string, Column>>
}

/** More fields than any row has; with the bound on rows it bounds what a small text may unfold to. */
const maxFields = 100
/** Fields whose numbers are packed as differences. */
const stepped = new Set(['atMs', 'connectedAtMs', 'ordinal'])

/**
 * Rows as columns. `names` are the fields there can be: asking every row for each is faster than listing its own.
 * A field that is `undefined` or `null` in a row counts as lacking there.
 */
export function columnsOf<Name extends string>(
  rows: readonly Readonly<Partial<Record<Name, unknown>>>[],
  names: readonly Name[],
): Columns {
  const fields: Record<string, Column> = {}
  for (const name of names) {
    const first = rows[0]?.[name]
    let same = 1
    while (same < rows.length && rows[same]?.[name] === first) same += 1
    if (same < rows.length || typeof first === 'object') {
      const values = rows.map((row) => row[name])
      fields[name] = (stepped.has(name) ? stepsOf(values) : undefined) ?? { each: values }
    } else if (first !== undefined) fields[name] = { all: first }
  }
  return { rows: rows.length, fields }
}

/** Undefined where a value or a difference is no whole number. */
function stepsOf(values: readonly unknown[]): Column | undefined {
  let before = 0
  const steps: number[] = []
  for (const value of values) {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined
    const step = value - before
    // Two whole numbers far apart may have no exact difference.
    if (!Number.isSafeInteger(step)) return undefined
    steps.push(step)
    before = value
  }
  return { steps }
}

/**
 * Columns as rows; what is no such thing gives `undefined`. The rows themselves are unchecked. `maxRows` bounds what a
 * small text may unfold to.
 */
export function rowsOf(columns: unknown, maxRows: number): Record<string, unknown>[] | undefined {
  if (!isRecord(columns) || !isRecord(columns['fields'])) return undefined
  const count = columns['rows']
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > maxRows) return undefined
  const fields = Object.entries(columns['fields'])
  if (fields.length > maxFields) return undefined
  const rows = Array.from({ length: count }, (): Record<string, unknown> => ({}))
  for (const [name, column] of fields) {
    const values = valuesOf(column, count)
    if (values === undefined || name === '__proto__') return undefined
    rows.forEach((row, index) => {
      const value = values(index)
      if (value !== null) row[name] = value
    })
  }
  return rows
}

function valuesOf(column: unknown, count: number): ((index: number) => unknown) | undefined {
  if (!isRecord(column)) return undefined
  const { all, each, steps } = column
  if (all !== undefined) return () => all
  if (Array.isArray(each)) return each.length === count ? (index) => each[index] : undefined
  if (!Array.isArray(steps) || steps.length !== count) return undefined
  let value = 0
  return (index) => {
    const step: unknown = steps[index]
    value += typeof step === 'number' ? step : Number.NaN
    return value
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
