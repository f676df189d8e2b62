/** One lane: a broker, with a row for what it told and rows for what the client told; below, when nobody watched it. */
import { useAddress } from '../context.tsx'
import type { BlindSpan } from '../view/blind.ts'
import type { Canvas, Shape } from '../view/client-shapes.ts'
import type { Lane, LaneRow } from '../view/lanes.ts'
import { LaneRowTrack } from './client-lane-row.tsx'
import { shown } from './shown.tsx'

export interface LaneProps {
  readonly lane: Lane
  readonly cluster: string
  readonly shapes: ReadonlyMap<string, readonly Shape[]>
  readonly canvas: Canvas
  readonly picked: string | undefined
  readonly blind: readonly BlindSpan[]
  readonly leftOf: (atMs: number) => number
}

export function ClientLane({ lane, cluster, shapes, canvas, picked, blind, leftOf }: LaneProps) {
  const { href } = useAddress()
  const { fromMs, toMs } = canvas.range
  const gaps = blind.filter((gap) => gap.fromMs < toMs && gap.untilMs > fromMs)
  return (
    <div class="lane">
      <a class="lane-broker" href={href({ page: 'broker', cluster, broker: lane.broker })}>
        <bdi>{shown(lane.broker, 60)}</bdi>
      </a>
      {lane.rows.map((row) => (
        <div class="lane-row" key={row.key}>
          <span class="lane-view" title={titleOf(row)}>
            {row.view === 'broker' ? 'broker' : row.process === undefined ? 'client' : <>client {processText(row)}</>}
          </span>
          <div class="lane-tracks">
            {gaps.map((gap) => (
              <i
                key={gap.fromMs}
                class="lane-blind"
                style={{ left: `${leftOf(gap.fromMs)}px`, width: `${leftOf(gap.untilMs) - leftOf(gap.fromMs)}px` }}
              />
            ))}
            <LaneRowTrack row={row} shapes={shapes.get(row.key) ?? []} canvas={canvas} picked={picked} />
          </div>
        </div>
      ))}
      {gaps.length > 0 && (
        <div class="lane-row">
          <span class="lane-view">blind</span>
          <ul class="lane-gaps" aria-label={`When ${shown(lane.broker, 60)} was not watched`}>
            {gaps.map((gap) => (
              <li
                key={gap.fromMs}
                title={shown(blindText(gap), 400)}
                style={{ left: `${leftOf(gap.fromMs)}px`, width: `${leftOf(gap.untilMs) - leftOf(gap.fromMs)}px` }}
              >
                <span>{shown(blindText(gap), 160)}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}

function blindText({ unwatched, reason }: BlindSpan): string {
  return unwatched ? 'not watched yet' : `we were blind: ${reason}`
}

function processText({ process = '' }: LaneRow): string {
  return shown(process, 60).slice(0, 4)
}

function titleOf({ view, process }: LaneRow): string {
  if (view === 'broker') return 'As the broker told it'
  return process === undefined
    ? 'As the client itself told it'
    : `As process ${shown(process, 60)} of the client told it`
}
