/** Pages of a list, newest first, of which the first goes on while later ones stay. Pure. */

export interface ListPage<Row> {
  readonly rows: readonly Row[]
  readonly next?: string | undefined
}

/**
 * The first page as it is now before the pages as they were. Where so much is new that the two do not meet, what lies
 * between is not known: then only the first is shown.
 */
export function withLater<Row>(
  first: ListPage<Row>,
  later: ListPage<Row> | undefined,
  keyOf: (row: Row) => string,
): ListPage<Row> {
  if (later === undefined || later.rows.length === 0) return first
  const fresh = new Set(first.rows.map(keyOf))
  if (!later.rows.some((row) => fresh.has(keyOf(row)))) return first
  return { rows: [...first.rows, ...later.rows.filter((row) => !fresh.has(keyOf(row)))], next: later.next }
}
