/** Minutes that were judged already and came out otherwise now: events came late, or the index lagged. */
import type { Minute } from '../../domain/minute.ts'
import { minuteMs } from '../../domain/time.ts'
import { writeMinutes } from '../../store/minutes.ts'
import { clearMark, type Mark } from '../../store/state.ts'
import { type Asked, type DeriveTables, rederive } from './derive.ts'

/** Minutes before the first one due that are derived again in any case. */
const derivedAgain = 2
/** Minutes derived at once. */
const atOnce = 25

export interface Corrections {
  /** In order of time, as they are now. */
  readonly minutes: readonly Minute[]
  /** Marks that they settle. */
  readonly marks: readonly Mark[]
}

/** Derives again what may have changed before `dueFromMs`. A mark of a minute that is not judged yet waits until it is. */
export async function findCorrections(
  tables: DeriveTables,
  work: Omit<Asked, 'broker' | 'start'> & {
    readonly brokers: readonly string[]
    readonly marks: readonly Mark[]
    readonly dueFromMs: number
    /** Whether there is a minute to judge: without one, only what is marked is looked at. */
    readonly isDue: boolean
  },
): Promise<Corrections> {
  const { brokers, marks, dueFromMs, isDue, ...asked } = work
  const passed = marks.filter((mark) => Date.parse(mark.minute) < dueFromMs)
  const again = new Map<string, { broker: string; start: number }>()
  const add = (broker: string, start: number) => again.set(`${start} ${broker}`, { broker, start })
  for (const { broker, minute } of passed) add(broker, Date.parse(minute))
  const minutesBefore = isDue ? derivedAgain : 0
  for (let n = 1; n <= minutesBefore; n += 1) {
    for (const broker of brokers) add(broker, dueFromMs - n * minuteMs)
  }
  const wanted = [...again.values()].toSorted((one, other) => one.start - other.start)
  const minutes: Minute[] = []
  for (let from = 0; from < wanted.length; from += atOnce) {
    const some = wanted.slice(from, from + atOnce)
    const changed = await Promise.all(some.map(async (each) => rederive(tables, { ...asked, ...each })))
    minutes.push(...changed.flatMap((minute) => minute ?? []))
  }
  return { minutes, marks: passed }
}

/** Writes the corrected minutes, then takes their marks away: whoever dies in between does it again. */
export async function writeCorrections(
  tables: DeriveTables,
  cluster: string,
  work: { readonly corrections: Corrections; readonly nowMs: number; readonly days: number },
): Promise<void> {
  const { corrections, ...retention } = work
  await writeMinutes(tables.minutes, corrections.minutes, retention)
  for (const mark of corrections.marks) await clearMark(tables.state, cluster, mark)
}
