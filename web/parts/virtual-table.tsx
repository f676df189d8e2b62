/** A table of any length: only the rows in view are in the document. Scrolls by itself, also by keys. */
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type Sorting, sorted } from '../view/sort.ts'
import { rowsInView } from '../view/window.ts'

export interface Column<Row> {
  readonly key: string
  readonly title: string
  readonly cell: (row: Row) => ComponentChildren
  /** Of the grid, such as `8rem` or `minmax(10rem, 2fr)`. */
  readonly width: string
  /** What it is sorted by; absent: it cannot be sorted. */
  readonly value?: (row: Row) => string | number | undefined
  readonly numeric?: boolean
}

export interface VirtualTableProps<Row> {
  /** What is listed, for screen readers. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  /** Pixels; every row has this height. */
  readonly rowHeight?: number
  readonly sorting?: Sorting
  /** Called when the last rows come into view: there may be more to ask for. */
  readonly onEnd?: () => void
  /** How many there are in all, where more than `rows` are known of. */
  readonly total?: number
}

export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const { label, columns, rows, keyOf, rowHeight = 36, onEnd, total } = props
  const [sorting, setSorting] = useState(props.sorting)
  const [viewport, setViewport] = useState({ scrollTop: 0, height: 0 })
  const scroller = useRef<HTMLDivElement>(null)
  const column = columns.find(({ key }) => key === sorting?.key)
  const ordered = useMemo(
    () => (column?.value === undefined ? rows : sorted(rows, column.value, sorting?.down === true)),
    [rows, column?.key, sorting?.down],
  )
  const { first, end } = rowsInView(viewport, { count: ordered.length, rowHeight })
  useEffect(() => {
    const box = scroller.current
    if (box === null) return
    const measure = () => setViewport({ scrollTop: box.scrollTop, height: box.clientHeight })
    const observer = new ResizeObserver(measure)
    observer.observe(box)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    if (end === ordered.length && viewport.height > 0) onEnd?.()
  }, [end, ordered.length, viewport.height > 0])
  const grid = { gridTemplateColumns: columns.map(({ width }) => width).join(' ') }
  return (
    <div
      class="table"
      ref={scroller}
      role="table"
      aria-label={label}
      aria-rowcount={(total ?? ordered.length) + 1}
      aria-colcount={columns.length}
      tabIndex={0}
      onScroll={({ currentTarget }) =>
        setViewport({ scrollTop: currentTarget.scrollTop, height: currentTarget.clientHeight })
      }
    >
      <div role="rowgroup" class="table-head">
        <div role="row" aria-rowindex={1} class="table-row" style={grid}>
          {columns.map((each) => (
            <Heading key={each.key} column={each} sorting={sorting} sort={setSorting} />
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        style={{ paddingTop: `${first * rowHeight}px`, paddingBottom: `${(ordered.length - end) * rowHeight}px` }}
      >
        {ordered.slice(first, end).map((row, index) => (
          <div
            role="row"
            aria-rowindex={first + index + 2}
            class="table-row"
            key={keyOf(row)}
            style={{ ...grid, height: `${rowHeight}px` }}
          >
            {columns.map(({ key, cell, numeric }) => (
              <div role="cell" key={key} class={numeric === true ? 'number' : undefined}>
                {cell(row)}
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  )
}

function Heading<Row>({
  column,
  sorting,
  sort,
}: {
  column: Column<Row>
  sorting: Sorting | undefined
  sort: (sorting: Sorting) => void
}) {
  const { key, title, value, numeric } = column
  const own = sorting?.key === key
  const order = !own ? 'none' : sorting.down ? 'descending' : 'ascending'
  return (
    <div
      role="columnheader"
      class={numeric === true ? 'number' : undefined}
      aria-sort={value === undefined ? undefined : order}
    >
      {value === undefined ? (
        title
      ) : (
        <button type="button" class="plain" onClick={() => sort({ key, down: own ? !sorting.down : numeric === true })}>
          {title}
          <span aria-hidden="true">{own ? (sorting.down ? ' ▾' : ' ▴') : ''}</span>
        </button>
      )}
    </div>
  )
}
