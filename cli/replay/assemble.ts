/** One cluster's recorded minutes in order → each minute once with all that was recorded of it, gaps included. */
import { dayMs, instant, minuteMs } from '../../domain/time.ts'
import type { Recorded } from './recorded.ts'
import type { Remarks } from './remarks.ts'

/** A minute of a cluster. */
export interface AssembledMinute {
  readonly startMs: number
  /** End of the minute, as an instant. */
  readonly end: string
  /** By broker. Empty: nothing was recorded, the cluster was not seen. */
  readonly recorded: ReadonlyMap<string, Recorded>
}

export interface Gaps {
  /** How many times minutes of a cluster are missing. */
  readonly count: number
  readonly minutes: number
}

export interface Assembler {
  readonly take: (recorded: Recorded) => void
  /** Nothing comes after what was taken. Gives the last minute. */
  readonly close: () => number | undefined
  /** Time went on until then without a word of this cluster. */
  readonly passUntil: (startMs: number) => void
  readonly gaps: () => Gaps
}

/** So much of a gap is judged minute by minute: no detector looks back further for what is not a baseline. */
const judgedOfGapMs = dayMs
/** A minute so far ahead of its neighbours is believed once another minute follows it. */
const strayMs = dayMs
const nothing: ReadonlyMap<string, Recorded> = new Map()

export interface AssemblerPorts {
  readonly onMinute: (minute: AssembledMinute) => void
  /** Begin of a minute → its end, as an instant. */
  readonly endOf: (startMs: number) => string
  readonly remarks: Remarks
}

export function createAssembler(cluster: string, { onMinute, endOf, remarks }: AssemblerPorts): Assembler {
  /** Collected, and not handed on before a later minute begins. */
  let open: { readonly startMs: number; readonly recorded: Map<string, Recorded> } | undefined
  let handedOnMs: number | undefined
  let gaps: Gaps = { count: 0, minutes: 0 }

  const passUntil = (startMs: number) => {
    if (handedOnMs === undefined || startMs <= handedOnMs + minuteMs) return
    const firstMs = handedOnMs + minuteMs
    gaps = { count: gaps.count + 1, minutes: gaps.minutes + (startMs - firstMs) / minuteMs }
    const untilMs = Math.min(startMs, firstMs + judgedOfGapMs)
    for (let ms = firstMs; ms < untilMs; ms += minuteMs) onMinute({ startMs: ms, end: endOf(ms), recorded: nothing })
    if (untilMs === startMs) return
    const days = Math.round((startMs - firstMs) / dayMs)
    remarks.note(
      `more than a day of a cluster is missing: the first day of it was judged as unseen, the rest stepped over`,
      () => `${cluster}, ${instant(firstMs)}, ${days} ${days === 1 ? 'day' : 'days'}`,
    )
  }
  const close = () => {
    if (open === undefined) return
    passUntil(open.startMs)
    onMinute({ ...open, end: endOf(open.startMs) })
    handedOnMs = open.startMs
    open = undefined
  }
  const begin = (recorded: Recorded) => {
    open = { startMs: recorded.startMs, recorded: new Map([[recorded.minute.broker, recorded]]) }
  }
  /** Was the open minute a leap that what follows does not confirm? */
  const isStray = (openMs: number, nextMs: number) =>
    openMs - nextMs > strayMs && (handedOnMs === undefined || (nextMs > handedOnMs && openMs - handedOnMs > strayMs))

  return {
    take: (recorded) => {
      const { startMs, minute } = recorded
      if (open === undefined) return begin(recorded)
      if (startMs === open.startMs) {
        if (open.recorded.has(minute.broker)) {
          remarks.note('a broker’s minute is there again: the last one counts', () => placeOf(recorded))
        }
        open.recorded.set(minute.broker, recorded)
        return
      }
      if (startMs > open.startMs) {
        close()
        return begin(recorded)
      }
      if (!isStray(open.startMs, startMs)) {
        const now = instant(open.startMs)
        remarks.refuse('late', () => `${placeOf(recorded)} is of ${minute.minute}, and ${cluster} is at ${now} already`)
        return
      }
      for (const each of open.recorded.values()) {
        remarks.refuse(
          'stray',
          () => `${placeOf(each)} is of ${each.minute.minute}, and after it comes ${minute.minute}`,
        )
      }
      begin(recorded)
    },
    close: () => {
      close()
      return handedOnMs
    },
    passUntil,
    gaps: () => gaps,
  }
}

/** Where it stood, for people. */
function placeOf({ line, minute }: Recorded): string {
  return line === 0 ? `${minute.cluster}/${minute.broker} ${minute.minute}` : `line ${line}`
}
