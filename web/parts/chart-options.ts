/** How a chart is drawn: options of uPlot, with the colours of the style sheet as they are now. */
import uPlot from 'uplot'
import type { TimeRange } from '../span.ts'
import { colourOf } from '../theme.ts'
import type { Chart, ChartGap, ChartMark } from '../view/chart.ts'
import { axisText } from '../view/figures.ts'

/** Room for the numbers at the left, and at the right, in pixels: marks above the plot are laid out by it. */
export const plotLeft = 46
export const plotRight = 16

export interface Drawn {
  readonly range: TimeRange
  readonly gaps: readonly ChartGap[]
  readonly marks: readonly ChartMark[]
  readonly zoom: (range: TimeRange) => void
  readonly hover: (index: number | undefined) => void
}

/** `now` gives what is to be drawn at the moment: options outlive the data. */
export function optionsOf(chart: Chart, now: () => Drawn, size: { width: number; height: number }): uPlot.Options {
  const ink = colourOf('--ink-quiet')
  const line = colourOf('--line')
  const axis = {
    stroke: ink,
    font: '11px system-ui, sans-serif',
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
  }
  const series = chart.stacked === true ? chart.series.toReversed() : chart.series
  const bandAt = series.length + 1
  return {
    ...size,
    padding: [6, plotRight, 0, 0],
    legend: { show: false },
    cursor: {
      // Charts show the same moment; a part is marked in one of them, and means all.
      sync: {
        key: 'time',
        setSeries: false,
        filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' },
      },
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
      y: false,
    },
    scales: {
      x: { time: true, range: () => [now().range.fromMs / 1000, now().range.toMs / 1000] },
      y: {
        range: (_, low, high) =>
          verticalRange(
            low ?? 0,
            high ?? 0,
            chart.stacked === true || chart.series.some(({ kind }) => kind === 'bars'),
          ),
      },
    },
    axes: [
      { ...axis, size: 24, space: 70, values: timeValues },
      { ...axis, size: plotLeft, space: 26, gap: 4, values: (_, ticks) => ticks.map(axisText), incrs: wholeSteps },
    ],
    series: [
      {},
      ...series.map(({ name, tone, kind }): uPlot.Series => {
        const colour = colourOf(tone)
        const steps = uPlot.paths.stepped?.({ align: 1 })
        const common = { label: name, stroke: colour, width: 1.5, points: { show: false } }
        if (kind === 'bars' || chart.stacked === true) {
          const bars = uPlot.paths.bars?.({ size: [1, 60], align: 1, gap: chart.times.length > 120 ? 0 : 1 })
          return { ...common, width: 0, alpha: 0.85, fill: colour, ...(bars === undefined ? {} : { paths: bars }) }
        }
        if (kind === 'expected') {
          return { ...common, dash: [4, 3], width: 1.25, ...(steps === undefined ? {} : { paths: steps }) }
        }
        return { ...common, points: { show: true, filter: lonely, size: 4, fill: colour } }
      }),
      ...(chart.band === undefined ? [] : [bandEdge(), bandEdge()]),
    ],
    ...(chart.band === undefined ? {} : { bands: [{ series: [bandAt, bandAt + 1], fill: colourOf('--band') }] }),
    hooks: {
      drawClear: [(plot) => drawGaps(plot, now().gaps, colourOf('--hatch'))],
      draw: [(plot) => drawMarks(plot, now().marks)],
      setSelect: [(plot) => select(plot, now().zoom)],
      setCursor: [(plot) => now().hover(plot.cursor.idx ?? undefined)],
    },
  }
}

const wholeSteps = [0.1, 0.2, 0.5, 1, 2, 5].concat(
  Array.from({ length: 9 }, (_, power) => [1, 2, 2.5, 5].map((each) => each * 10 ** (power + 1))).flat(),
)

/** Bars begin at nothing. A line that stays far from it would be flat: then the axis begins nearer, and its numbers say so. */
function verticalRange(low: number, high: number, fromZero: boolean): [number, number] {
  if (high <= 0) return [0, 1]
  const span = Math.max(high - low, high * 0.1)
  const bottom = fromZero || low < high * 0.6 ? 0 : Math.max(0, low - span)
  return [bottom, high + (high - bottom) * 0.08]
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

/** Times of the day; the date at midnight. */
function timeValues(_: uPlot, ticks: number[]): string[] {
  return ticks.map((seconds) => {
    const text = clock.format(seconds * 1000)
    return text === '00:00' ? day.format(seconds * 1000) : text
  })
}

function bandEdge(): uPlot.Series {
  const paths = uPlot.paths.stepped?.({ align: 1 })
  return { label: 'band', width: 0, points: { show: false }, ...(paths === undefined ? {} : { paths }) }
}

/** Values with nothing known on either side: a line does not show them. */
function lonely(plot: uPlot, seriesIndex: number): number[] {
  const values = plot.data[seriesIndex] ?? []
  const isKnown = (index: number) => typeof values[index] === 'number'
  return Array.from(values, (_, index) => index).filter(
    (index) => isKnown(index) && !isKnown(index - 1) && !isKnown(index + 1),
  )
}

function drawGaps(plot: uPlot, gaps: readonly ChartGap[], colour: string): void {
  const { ctx, bbox } = plot
  for (const { fromMs, untilMs } of gaps) {
    const left = Math.max(plot.valToPos(fromMs / 1000, 'x', true), bbox.left)
    const right = Math.min(plot.valToPos(untilMs / 1000, 'x', true), bbox.left + bbox.width)
    if (right <= left) continue
    ctx.save()
    ctx.beginPath()
    ctx.rect(left, bbox.top, Math.max(right - left, 2), bbox.height)
    ctx.clip()
    ctx.strokeStyle = colour
    ctx.lineWidth = devicePixelRatio
    const apart = 7 * devicePixelRatio
    for (let x = left - bbox.height - (left % apart); x < right; x += apart) {
      ctx.moveTo(x, bbox.top + bbox.height)
      ctx.lineTo(x + bbox.height, bbox.top)
    }
    ctx.stroke()
    ctx.restore()
  }
}

function drawMarks(plot: uPlot, marks: readonly ChartMark[]): void {
  const { ctx, bbox } = plot
  for (const { atMs, tone } of marks) {
    const x = plot.valToPos(atMs / 1000, 'x', true)
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.save()
    ctx.strokeStyle = colourOf(tone === undefined || tone === 'calm' ? '--ink-quiet' : `--${tone}`)
    ctx.lineWidth = devicePixelRatio
    ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio])
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    ctx.restore()
  }
}

function select(plot: uPlot, zoom: Drawn['zoom']): void {
  const { left, width } = plot.select
  if (width < 4) return
  const fromMs = Math.round(plot.posToVal(left, 'x') * 1000)
  const toMs = Math.round(plot.posToVal(left + width, 'x') * 1000)
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  zoom({ fromMs, toMs })
}
