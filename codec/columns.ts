/** Rows ⇄ columns: records of many alike events pack smaller and faster when each field stands together. */

/**
 * A field of all rows: one value for all of them, or a value a row, `null` where the row lacks it. `steps` holds whole
 * numbers as the first one and the differences between neighbours: times come in order and differ little. `under` holds
 * how much less a row's number is than its number in the field `of`: a session began before it ended, or with the event.
 */
type Column =
  | { readonly all: unknown }
  | { readonly each: readonly unknown[] }
  | { readonly steps: readonly number[] }
  | { readonly of: string; readonly under: readonly (number | null)[] }

export interface Columns {
  readonly rows: number
  readonly fields: Readonly<Record<string, Column>>
}

/** More fields than any row has; with the bound on rows it bounds what a small text may unfold to. */
const maxFields = 100
/** Fields whose numbers are packed as differences between neighbours. */
const stepped = new Set(['atMs', 'ordinal'])
/** Fields whose numbers are packed as differences from another field. */
const relative: ReadonlyMap<string, string> = new Map([['connectedAtMs', 'atMs']])

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
      const of = names.find((other) => other === relative.get(name))
      const packed = of === undefined ? undefined : { of, base: rows.map((row) => row[of]) }
      fields[name] = (stepped.has(name) ? stepsOf(values) : packed && underOf(values, packed)) ?? { each: values }
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

/** Undefined where a number, or a difference, is not whole. */
function underOf(
  values: readonly unknown[],
  { of, base }: { of: string; base: readonly unknown[] },
): Column | undefined {
  const under: (number | null)[] = []
  for (const [index, value] of values.entries()) {
    const other = base[index]
    if (value === undefined || value === null) {
      under.push(null)
      continue
    }
    if (typeof value !== 'number' || typeof other !== 'number') return undefined
    const difference = other - value
    if (![value, other, difference].every(Number.isSafeInteger)) return undefined
    under.push(difference)
  }
  return { of, under }
}

/**
 * Columns as rows; what is no such thing gives `undefined`. The rows themselves are unchecked. `maxRows` bounds what a
 * small text may unfold to.
 */
export function rowsOf(columns: unknown, maxRows: number): Record<string, unknown>[] | undefined {
  if (!isRecord(columns) || !isRecord(columns['fields'])) return undefined
  const count = columns['rows']
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > maxRows) return undefined
  // What is told by its difference from another field comes after that one.
  const fields = Object.entries(columns['fields']).toSorted(
    ([, a], [, b]) => Number(isRelative(a)) - Number(isRelative(b)),
  )
  if (fields.length > maxFields) return undefined
  const rows = Array.from({ length: count }, (): Record<string, unknown> => ({}))
  for (const [name, column] of fields) {
    const values = valuesOf(column, count)
    if (values === undefined || name === '__proto__') return undefined
    rows.forEach((row, index) => {
      const value = values(index, row)
      if (value !== null) row[name] = value
    })
  }
  return rows
}

function isRelative(column: unknown): boolean {
  return isRecord(column) && column['under'] !== undefined
}

type ValueAt = (index: number, row: Readonly<Record<string, unknown>>) => unknown

function valuesOf(column: unknown, count: number): ValueAt | undefined {
  if (!isRecord(column)) return undefined
  const { all, each, steps, of, under } = column
  if (Array.isArray(under) && typeof of === 'string' && under.length === count) {
    return (index, row) => {
      const [difference, base]: unknown[] = [under[index], Object.hasOwn(row, of) ? row[of] : undefined]
      if (difference === null) return null
      return typeof difference === 'number' && typeof base === 'number' ? base - difference : Number.NaN
    }
  }
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
