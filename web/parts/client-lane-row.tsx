/** One row of a lane: what one view told, drawn in the window of time. */
import { useMemo } from 'preact/hooks'
import type { Cause } from '../../domain/cause.ts'
import { causeTone } from '../view/causes.ts'
import { type Canvas, type DensityShape, runsOf, type Shape } from '../view/client-shapes.ts'
import { causeCode, densityText, endText, itemText } from '../view/client-words.ts'
import { figureText } from '../view/figures.ts'
import type { LaneItem, LaneRow } from '../view/lanes.ts'
import { shown } from './shown.tsx'

/** About what a letter takes of a bar, in pixels. */
const letter = 6.4
const capWidth = 14

export function LaneRowTrack({
  row,
  shapes,
  canvas,
  picked,
}: {
  row: LaneRow
  shapes: readonly Shape[]
  canvas: Canvas
  /** The key of the item that is looked at. */
  picked: string | undefined
}) {
  const { nowMs } = canvas
  // Drawn anew only when something moved; what is picked is laid on top.
  const drawn = useMemo(
    () => [
      ...shapes.map((shape, index) => (
        <ShapeMark key={keyOf(shape)} shape={shape} room={roomAfter(shapes, index, canvas.width)} nowMs={nowMs} />
      )),
      ...runsOf(shapes)
        .filter(({ width, count }) => width >= letter * (figureText(count).length + 2))
        .map(({ x, width, count }) => (
          <b key={`r${x}`} class="lane-count" style={{ left: `${x + width / 2}px` }}>
            ×{figureText(count)}
          </b>
        )),
    ],
    [shapes, canvas.width],
  )
  return (
    <div class="lane-track" data-row={row.key}>
      {drawn}
      <Picked row={row} canvas={canvas} picked={picked} />
    </div>
  )
}

/** The key of what is drawn. */
export function keyOf(shape: Shape): string {
  return shape.kind === 'density' ? `d${shape.x}` : shape.item.key
}

function roomAfter(shapes: readonly Shape[], index: number, width: number): number {
  const shape = shapes[index]
  return shape === undefined ? 0 : (shapes[index + 1]?.x ?? width) - shape.x
}

function toneOf(cause: Cause | undefined, end: LaneItem['end']): string {
  if (end === 'open') return 'var(--good)'
  return cause === undefined ? 'var(--ink-quiet)' : `var(${causeTone(cause)})`
}

function ShapeMark({ shape, room, nowMs }: { shape: Shape; room: number; nowMs: number }) {
  if (shape.kind === 'density') return <Density shape={shape} nowMs={nowMs} />
  const { item } = shape
  const code = item.cause === undefined ? '' : causeCode(item.cause)
  const style = { left: `${shape.x}px`, '--tone': toneOf(item.cause, item.end) }
  const title = shown(itemText(item, nowMs), 400)
  if (shape.kind === 'mark') {
    const form = 'attempt' in item.of ? 'attempt' : item.beginUnknown ? 'lone-end' : 'short'
    return (
      <i class={`lane-mark ${form}`} style={style} title={title}>
        {room >= 2 * letter + 12 && <em>{code}</em>}
      </i>
    )
  }
  const text = item.end === 'open' ? 'connected' : item.end === 'untold' ? 'end not told' : endText(item)
  const fits = (length: number) => shape.width >= length * letter + capWidth
  const classes = [
    'lane-bar',
    item.end,
    ...(shape.begins ? [] : ['cut-left']),
    ...(shape.ends ? [] : ['cut-right']),
    ...(item.beginUnknown ? ['lone-end'] : []),
  ]
  return (
    <i class={classes.join(' ')} style={{ ...style, width: `${shape.width}px` }} title={title}>
      {fits(text.length) ? <em>{text}</em> : fits(2) && <em>{code}</em>}
    </i>
  )
}

/** Shares of the causes one above the other. */
function Density({ shape, nowMs }: { shape: DensityShape; nowMs: number }) {
  const sum = shape.sessions + shape.attempts
  let reached = 0
  const stops = shape.causes.flatMap(([cause, count]) => {
    const from = reached
    reached += (count / sum) * 100
    const tone = toneOf(cause, 'told')
    return [`${tone} ${from}%`, `${tone} ${reached}%`]
  })
  return (
    <i
      class="lane-density"
      style={{
        left: `${shape.x}px`,
        width: `${shape.width - 1}px`,
        backgroundImage: `linear-gradient(${stops.join(',')})`,
      }}
      title={shown(densityText(shape, nowMs), 400)}
    />
  )
}

/** A frame around the item that is looked at, wherever it is drawn. */
function Picked({ row, canvas, picked }: { row: LaneRow; canvas: Canvas; picked: string | undefined }) {
  const item = useMemo(() => row.items.find(({ key }) => key === picked), [row, picked])
  if (item === undefined) return null
  const { range, width, nowMs } = canvas
  const perMs = width / (range.toMs - range.fromMs)
  const left = Math.max(-2, (item.fromMs - range.fromMs) * perMs - 2)
  const right = Math.min(width + 2, (Math.min(item.untilMs, nowMs) - range.fromMs) * perMs + 2)
  if (right < -2 || left > width + 2) return null
  return <i class="lane-picked" style={{ left: `${left - 2}px`, width: `${Math.max(right - left, 6) + 4}px` }} />
}
