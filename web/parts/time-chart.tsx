/** A chart over time, with its words: legend, a sentence for who does not see it, its numbers as a table on demand. */
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import { useNow } from '../context.tsx'
import type { TimeRange } from '../span.ts'
import { onTheme } from '../theme.ts'
import { type Chart, type ChartGap, type ChartMark, columnsOf, summaryOf } from '../view/chart.ts'
import { figureText } from '../view/figures.ts'
import { clockText } from '../view/time.ts'
import { Swatch } from './cause-label.tsx'
import { type Drawn, optionsOf, plotLeft, plotRight } from './chart-options.ts'
import { ChartTable } from './chart-table.tsx'
import { shown } from './shown.tsx'

export interface TimeChartProps {
  readonly title: string
  readonly chart: Chart
  readonly range: TimeRange
  readonly gaps?: readonly ChartGap[]
  readonly marks?: readonly ChartMark[]
  /** A part of the time axis was marked with the pointer. */
  readonly onZoom?: (range: TimeRange) => void
  /** Pixels. */
  readonly height?: number
  /** A series may be chosen by its name in the legend: which is, if any, and what follows. */
  readonly choice?: { readonly chosen: string | undefined; readonly choose: (name: string) => void }
}

/** The newest that are marked; a chart is no list. */
const mostMarks = 40

export function TimeChart(props: TimeChartProps) {
  const { title, chart, range, gaps = [], marks = [], onZoom, height = 150, choice } = props
  const [hovered, setHovered] = useState<number>()
  const [asTable, setAsTable] = useState(false)
  const nowMs = useNow(60)
  const box = useRef<HTMLDivElement>(null)
  const inRange = marks.filter(({ atMs }) => atMs >= range.fromMs && atMs <= range.toMs).slice(-mostMarks)
  const drawn: Drawn = { range, gaps, marks: inRange, zoom: (to) => onZoom?.(to), hover: setHovered }
  usePlot(box, chart, drawn, height)
  const id = useId()
  const clock = (atMs: number) => clockText(atMs, nowMs)
  const summary = summaryOf(title, chart, { gaps: gaps.length, marks: inRange.length, clock })
  const at = hovered === undefined ? undefined : chart.times[hovered]
  return (
    <figure class="chart" aria-labelledby={id}>
      <figcaption>
        <h3 id={id}>{title}</h3>
        <ul class="legend">
          {chart.series.map(({ name, tone, kind, values }) => (
            <li key={name} class={kind === 'expected' ? 'expected' : undefined}>
              <Chosen name={name} choice={choice}>
                <Swatch tone={tone} />
                {name}
                <b class="number">
                  {figureText(hovered === undefined ? values.findLast((each) => each !== null) : values[hovered])}
                </b>
              </Chosen>
            </li>
          ))}
        </ul>
        <span class="quiet chart-at">{at === undefined ? '' : clock(at)}</span>
        <button type="button" class="small" aria-expanded={asTable} onClick={() => setAsTable(!asTable)}>
          Table<span class="visually-hidden"> of {title}</span>
        </button>
      </figcaption>
      <Marks marks={inRange} range={range} />
      <div class="plot" ref={box} role="img" aria-label={summary} style={{ height: `${height}px` }} />
      {asTable && <ChartTable title={title} chart={chart} />}
    </figure>
  )
}

function Chosen({
  name,
  choice,
  children,
}: {
  name: string
  choice: TimeChartProps['choice']
  children: ComponentChildren
}) {
  if (choice === undefined) return <>{children}</>
  return (
    <button type="button" class="plain" aria-pressed={choice.chosen === name} onClick={() => choice.choose(name)}>
      {children}
    </button>
  )
}

/** Links above the plot, at their times. */
function Marks({ marks, range }: { marks: readonly ChartMark[]; range: TimeRange }) {
  if (marks.length === 0) return null
  const left = (atMs: number) => `${((atMs - range.fromMs) / (range.toMs - range.fromMs)) * 100}%`
  return (
    <ul class="marks" style={{ marginLeft: `${plotLeft}px`, marginRight: `${plotRight}px` }} aria-label="Alerts">
      {marks.map(({ atMs, text, href, tone = 'calm' }) => (
        <li key={href} style={{ left: left(atMs) }}>
          <a href={href} class={`mark ${tone}`} title={shown(text)}>
            <span class="visually-hidden">{shown(text)}</span>
          </a>
        </li>
      ))}
    </ul>
  )
}

/** Keeps one plot in the box: drawn anew when series or colours change, else only given the new data. */
function usePlot(box: { readonly current: HTMLDivElement | null }, chart: Chart, drawn: Drawn, height: number): void {
  const plot = useRef<uPlot>()
  const latest = useRef({ chart, drawn })
  latest.current = { chart, drawn }
  const [theme, setTheme] = useState(0)
  useEffect(() => onTheme(() => setTheme((count) => count + 1)), [])
  const form = chart.series.map(({ name, tone, kind }) => `${name} ${tone} ${kind}`).join('\n')
  useEffect(() => {
    const target = box.current
    if (target === null) return
    const width = () => Math.max(target.clientWidth, 120)
    const { chart: first } = latest.current
    const options = optionsOf(first, () => latest.current.drawn, { width: width(), height })
    const own = new uPlot(options, columnsOf(first), target)
    plot.current = own
    const observer = new ResizeObserver(() => own.setSize({ width: width(), height }))
    observer.observe(target)
    return () => {
      observer.disconnect()
      own.destroy()
      plot.current = undefined
    }
  }, [form, chart.stacked, chart.band === undefined, theme, height])
  useEffect(() => plot.current?.setData(columnsOf(chart)), [chart, drawn.range, drawn.gaps.length, drawn.marks.length])
}
