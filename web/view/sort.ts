/** Rows in the order a reader chose. */

export interface Sorting {
  readonly key: string
  readonly down: boolean
}

/** Sorted by a value of each row; rows without one come last in both directions. Equal rows keep their order. */
export function sorted<Row>(
  rows: readonly Row[],
  valueOf: (row: Row) => string | number | undefined,
  down: boolean,
): readonly Row[] {
  const keyed = rows.map((row) => ({ row, value: valueOf(row) }))
  return keyed
    .toSorted((a, b) => {
      if (a.value === undefined || b.value === undefined)
        return Number(a.value === undefined) - Number(b.value === undefined)
      return (down ? -1 : 1) * compare(a.value, b.value)
    })
    .map(({ row }) => row)
}

const collator = new Intl.Collator('en', { numeric: true })

function compare(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : collator.compare(String(a), String(b))
}
