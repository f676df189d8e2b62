/** Lanes of a client: where it was connected, how each connection ended, in both views, and when nobody watched. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useNow, useRange } from '../context.tsx'
import type { TimeRange } from '../span.ts'
import type { BlindSpan } from '../view/blind.ts'
import { type Canvas, type Shape, shapeAt, shapesOf, ticksOf } from '../view/client-shapes.ts'
import { itemText } from '../view/client-words.ts'
import {
  markedWindow,
  type Place,
  shiftedWindow,
  type Step,
  stepped,
  windowWith,
  zoomedWindow,
} from '../view/client-window.ts'
import type { Lane, LaneItem, LaneRow } from '../view/lanes.ts'
import { DensityDetails, ItemDetails } from './client-lane-details.tsx'
import { ClientLane } from './client-lane.tsx'
import { keyOf } from './client-lane-row.tsx'
import { LaneTools } from './client-lane-tools.tsx'

export interface LanesProps {
  readonly lanes: readonly Lane[]
  readonly cluster: string
  readonly range: TimeRange
  /** Older events are not loaded. */
  readonly completeFromMs: number
  readonly blind: (broker: string) => readonly BlindSpan[]
}

const steps: Readonly<Record<string, Step>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'first',
  End: 'last',
}

/** Room for the text of a tick, in pixels. */
const tickWidth = 48

/** Moved less than this with the button down, it was a press. */
const leastDrag = 5

export function ClientLanes({ lanes, cluster, range, completeFromMs, blind }: LanesProps) {
  const nowMs = useNow(5)
  const [zoom, setZoom] = useState<TimeRange>()
  const [place, setPlace] = useState<Place>()
  const [hovered, setHovered] = useState<Shape>()
  const [said, setSaid] = useState('')
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number }>()
  const [width, axis] = useWidth()
  const { live } = useRange()
  // A span that is live moves on by itself, and what is looked at stays.
  useEffect(() => setZoom(undefined), [live ? range.toMs - range.fromMs : `${range.fromMs} ${range.toMs}`])
  const window = zoom ?? range
  const rows = useMemo(() => lanes.flatMap((lane) => lane.rows), [lanes])
  const canvas = useMemo<Canvas>(() => ({ range: window, width, nowMs }), [window.fromMs, window.toMs, width, nowMs])
  const shapes = useMemo(() => new Map(rows.map((row) => [row.key, shapesOf(row, canvas)])), [rows, canvas])
  const placed = place === undefined ? undefined : rows[place.row]?.items[place.index]
  const shownItem = placed ?? lastEnd(rows)
  const perMs = width / (window.toMs - window.fromMs)
  const leftOf = (atMs: number) => Math.min(Math.max((atMs - window.fromMs) * perMs, 0), width)
  const ticks = ticksOf(window, width).filter(({ atMs }) => leftOf(atMs) < width - tickWidth)
  const timeAt = (x: number) => window.fromMs + x / perMs

  const go = (to: Place | undefined) => {
    const item = to === undefined ? undefined : rows[to.row]?.items[to.index]
    setPlace(to)
    if (item === undefined) return
    setZoom(zoom === undefined ? undefined : windowWith(item, window, range))
    setSaid(itemText(item, nowMs))
  }
  const pick = (row: LaneRow, shape: Shape | undefined) => {
    if (shape === undefined) return go(undefined)
    if (shape.kind === 'density') return setZoom(markedWindow(shape.fromMs, shape.untilMs, range))
    go({ row: rows.indexOf(row), index: row.items.indexOf(shape.item) })
  }
  const zoomBy = (factor: number) =>
    setZoom(zoomedWindow(window, range, { factor, aroundMs: anchorOf(placed, window) }))
  const shift = (share: number) => setZoom(zoom === undefined ? undefined : shiftedWindow(window, range, share))
  const found = (event: PointerEvent) => {
    const track = event.target instanceof Element ? event.target.closest<HTMLElement>('.lane-track') : null
    const x = event.clientX - (axis.current?.getBoundingClientRect().left ?? 0)
    const row = rows.find(({ key }) => key === track?.dataset['row'])
    return { x, row, shape: row === undefined ? undefined : shapeAt(shapes.get(row.key) ?? [], x) }
  }

  return (
    <div class="lanes">
      <LaneTools
        window={window}
        isZoomed={zoom !== undefined}
        zoomBy={zoomBy}
        shift={shift}
        whole={() => setZoom(undefined)}
      />
      <div
        class="lanes-body"
        role="application"
        tabIndex={0}
        aria-label="Sessions over time. Arrow keys move over sessions, plus and minus zoom, Escape shows the whole span. The same is in the table of events."
        onKeyDown={(event) => {
          if (event.ctrlKey || event.metaKey || event.altKey) return
          const step = steps[event.key]
          if (step !== undefined) go(stepped(rows, place, step))
          else if (event.key === '+' || event.key === '=') zoomBy(0.5)
          else if (event.key === '-') zoomBy(2)
          else if (event.key === 'Enter' && placed !== undefined)
            setZoom(markedWindow(placed.fromMs, Math.min(placed.untilMs, nowMs), range))
          else if (event.key === 'Escape') setZoom(undefined)
          else return
          event.preventDefault()
        }}
        onPointerDown={(event) => {
          const { x, row } = found(event)
          if (event.button !== 0 || row === undefined) return
          setDrag({ from: x, to: x })
          event.currentTarget.setPointerCapture(event.pointerId)
        }}
        onPointerMove={(event) => {
          const { x, shape } = found(event)
          if (drag !== undefined) setDrag({ ...drag, to: x })
          else if (
            shape !== hovered &&
            (shape === undefined || hovered === undefined || keyOf(shape) !== keyOf(hovered))
          )
            setHovered(shape)
        }}
        onPointerLeave={() => setHovered(undefined)}
        onPointerUp={(event) => {
          if (drag === undefined) return
          setDrag(undefined)
          const { x } = found(event)
          if (Math.abs(x - drag.from) >= leastDrag) {
            return setZoom(markedWindow(timeAt(drag.from), timeAt(Math.min(Math.max(x, 0), width)), range))
          }
          const under = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>('.lane-track')
          const row = rows.find(({ key }) => key === under?.dataset['row'])
          if (row !== undefined) pick(row, shapeAt(shapes.get(row.key) ?? [], x))
        }}
        onPointerCancel={() => setDrag(undefined)}
      >
        {lanes.map((lane) => (
          <ClientLane
            key={lane.broker}
            lane={lane}
            cluster={cluster}
            shapes={shapes}
            canvas={canvas}
            picked={placed?.key}
            blind={blind(lane.broker)}
            leftOf={leftOf}
          />
        ))}
        <div class="lane-row">
          <span />
          <div class="lane-axis" ref={axis}>
            {ticks.map(({ atMs, text }) => (
              <span key={atMs} style={{ left: `${leftOf(atMs)}px` }}>
                {text}
              </span>
            ))}
          </div>
        </div>
        <div class="lanes-over" aria-hidden="true">
          {completeFromMs > window.fromMs && (
            <i class="not-loaded" style={{ left: 0, width: `${leftOf(completeFromMs)}px` }}>
              <em>older events are not drawn</em>
            </i>
          )}
          {nowMs > window.fromMs && nowMs < window.toMs && (
            <i class="lane-now" style={{ left: `${leftOf(nowMs)}px` }} />
          )}
          {drag !== undefined && (
            <i
              class="lane-drag"
              style={{ left: `${Math.min(drag.from, drag.to)}px`, width: `${Math.abs(drag.to - drag.from)}px` }}
            />
          )}
        </div>
      </div>
      <span class="visually-hidden" role="status">
        {said}
      </span>
      <Looked hovered={hovered} item={shownItem} isPlaced={placed !== undefined} nowMs={nowMs} />
    </div>
  )
}

function Looked(props: { hovered: Shape | undefined; item: LaneItem | undefined; isPlaced: boolean; nowMs: number }) {
  const { hovered, item, isPlaced, nowMs } = props
  if (hovered?.kind === 'density') return <DensityDetails shape={hovered} />
  const of = hovered?.item ?? item
  if (of === undefined) return null
  return (
    <>
      <p class="quiet lane-which">
        {hovered !== undefined ? 'Under the pointer' : isPlaced ? 'Chosen' : 'The last that ended'} ·{' '}
        {itemText(of, nowMs)}
      </p>
      <ItemDetails item={of} />
    </>
  )
}

/** What is shown before anything is chosen: the session that ended last, by the broker's word where there is one. */
function lastEnd(rows: readonly LaneRow[]): LaneItem | undefined {
  const ended = rows.flatMap(({ items }) => items.findLast(({ end, of }) => end === 'told' && 'session' in of) ?? [])
  const told = ended.filter(({ view }) => view === 'broker')
  const [newest] = (told.length > 0 ? told : ended).toSorted((a, b) => b.untilMs - a.untilMs)
  return newest ?? rows.flatMap(({ items }) => items.slice(-1))[0]
}

function anchorOf(item: LaneItem | undefined, { fromMs, toMs }: TimeRange): number | undefined {
  if (item === undefined) return undefined
  return [item.fromMs, item.untilMs].find((ms) => ms > fromMs && ms < toMs)
}

function useWidth() {
  const [width, setWidth] = useState(600)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = box.current
    if (element === null) return
    const observer = new ResizeObserver(() => setWidth(Math.max(element.clientWidth, 60)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [width, box] as const
}
