/** What was recorded, of any clusters → alerts, under one configuration or several at once. */
import type { Alert } from '../../domain/alert.ts'
import { createAssembler, type Assembler } from './assemble.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { openLane } from './lane.ts'
import type { Plan } from './plan.ts'
import type { Recorded } from './recorded.ts'
import type { Remarks } from './remarks.ts'

export interface Run {
  readonly take: (recorded: Recorded) => void
  /** All was taken: judges what is left. */
  readonly end: () => void
  readonly tally: () => Tally
}

/** What was replayed. */
export interface Tally {
  readonly clusters: number
  /** Recorded minutes of brokers. */
  readonly recorded: number
  /** Minutes of clusters that were judged, the missing ones too. */
  readonly judged: number
  readonly gaps: { readonly count: number; readonly minutes: number }
  /** Begin of the first and of the last minute judged, epoch milliseconds. */
  readonly firstMs: number | undefined
  readonly lastMs: number | undefined
}

export interface RunPorts {
  /** Called with the place of the plan in the list, and an alert whose last transition is new. */
  readonly onChange: (plan: number, alert: Alert) => void
  readonly remarks: Remarks
}

export function createRun(plans: readonly Plan[], { onChange, remarks }: RunPorts): Run {
  const clusters = new Map<string, Assembler>()
  let recorded = 0
  let judged = 0
  let firstMs = Infinity
  let lastMs = -Infinity

  // Clusters and configurations share their minutes.
  let lastEnd = { startMs: Number.NaN, text: '' }
  const endOf = (startMs: number) => {
    if (startMs !== lastEnd.startMs) lastEnd = { startMs, text: instant(startMs + minuteMs) }
    return lastEnd.text
  }

  const begin = (cluster: string): Assembler => {
    const lanes = plans.map((plan) => openLane(cluster, plan(cluster)))
    const assembler = createAssembler(cluster, {
      endOf,
      remarks,
      onMinute: (minute) => {
        judged += 1
        recorded += minute.recorded.size
        firstMs = Math.min(firstMs, minute.startMs)
        lastMs = Math.max(lastMs, minute.startMs)
        lanes.forEach((lane, index) => {
          for (const alert of lane.judge(minute)) onChange(index, alert)
        })
      },
    })
    clusters.set(cluster, assembler)
    return assembler
  }

  return {
    take: (each) => (clusters.get(each.minute.cluster) ?? begin(each.minute.cluster)).take(each),
    end: () => {
      const lasts = [...clusters.values()].flatMap((assembler) => assembler.close() ?? [])
      // A cluster whose record stops before the others' was not seen since.
      for (const assembler of clusters.values()) assembler.passUntil(Math.max(...lasts) + minuteMs)
    },
    tally: () => {
      const gaps = [...clusters.values()].map((assembler) => assembler.gaps())
      return {
        clusters: clusters.size,
        recorded,
        judged,
        gaps: {
          count: gaps.reduce((sum, { count }) => sum + count, 0),
          minutes: gaps.reduce((sum, { minutes }) => sum + minutes, 0),
        },
        firstMs: judged === 0 ? undefined : firstMs,
        lastMs: judged === 0 ? undefined : lastMs,
      }
    },
  }
}
