/** The numbers of a chart, newest first. */
import type { Chart } from '../view/chart.ts'
import { figureText } from '../view/figures.ts'
import { fullText } from '../view/time.ts'
import { type Column, VirtualTable } from './virtual-table.tsx'

export function ChartTable({ title, chart }: { title: string; chart: Chart }) {
  const { times, series, band } = chart
  const rows = times.map((_, index) => times.length - 1 - index)
  const columns: Column<number>[] = [
    { key: 'time', title: 'From', width: 'minmax(9rem, 2fr)', cell: (index) => <TimeCell atMs={times[index] ?? 0} /> },
    ...series.map(
      ({ name, values }): Column<number> => ({
        key: name,
        title: name,
        width: 'minmax(6rem, 1fr)',
        numeric: true,
        cell: (index) => figureText(values[index]),
      }),
    ),
    ...(band === undefined
      ? []
      : [
          {
            key: 'band',
            title: band.name,
            width: 'minmax(8rem, 1fr)',
            numeric: true,
            cell: (index: number) => `${figureText(band.lower[index])} – ${figureText(band.upper[index])}`,
          },
        ]),
  ]
  return <VirtualTable label={`${title}, as numbers`} columns={columns} rows={rows} keyOf={String} rowHeight={28} />
}

const format = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })

function TimeCell({ atMs }: { atMs: number }) {
  return (
    <time dateTime={new Date(atMs).toISOString()} title={fullText(atMs)}>
      {format.format(atMs)}
    </time>
  )
}
