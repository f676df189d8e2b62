/** Minutes that were judged already and came out otherwise now: events came late, or the index lagged. */
import type { Minute } from '../../domain/minute.ts'
import { minuteMs } from '../../domain/time.ts'
import { joinBrokers, type WholeMinute } from '../../domain/whole-minute.ts'
import { minutesAt, readWholeMinute, writeMinutes, writeWholeMinutes } from '../../store/minutes.ts'
import { clearMark, type Mark } from '../../store/state.ts'
import { type Asked, type ClusterView, type DeriveTables, rederive } from './derive.ts'

/** Minutes before the first one due that are derived again in any case. */
const derivedAgain = 2
/** Minutes derived at once. */
const atOnce = 25

export interface Corrections {
  /** In order of time, as they are now. */
  readonly minutes: readonly Minute[]
  /** The cluster's, where any of its brokers' came out otherwise. */
  readonly wholes: readonly WholeMinute[]
  /** Marks that they settle. */
  readonly marks: readonly Mark[]
}

/** Derives again what may have changed before `dueFromMs`. A mark of a minute that is not judged yet waits until it is. */
export async function findCorrections(
  tables: DeriveTables,
  work: Omit<Asked, 'broker' | 'start' | 'feeds'> & {
    readonly view: ClusterView
    readonly marks: readonly Mark[]
    readonly dueFromMs: number
    /** Whether there is a minute to judge: without one, only what is marked is looked at. */
    readonly isDue: boolean
  },
): Promise<Corrections> {
  const { view, marks, dueFromMs, isDue, ...rest } = work
  const asked = { ...rest, feeds: view.feeds }
  const passed = marks.filter((mark) => Date.parse(mark.minute) < dueFromMs)
  const again = new Map<string, { broker: string; start: number }>()
  const add = (broker: string, start: number) => again.set(`${start} ${broker}`, { broker, start })
  for (const { broker, minute } of passed) add(broker, Date.parse(minute))
  const minutesBefore = isDue ? derivedAgain : 0
  for (let n = 1; n <= minutesBefore; n += 1) {
    for (const broker of view.brokers) add(broker, dueFromMs - n * minuteMs)
  }
  const wanted = [...again.values()].toSorted((one, other) => one.start - other.start)
  const minutes: Minute[] = []
  const same: Minute[] = []
  for (let from = 0; from < wanted.length; from += atOnce) {
    const some = wanted.slice(from, from + atOnce)
    for (const found of await Promise.all(some.map(async (each) => rederive(tables, { ...asked, ...each })))) {
      if (found !== undefined) (found.isChanged ? minutes : same).push(found.minute)
    }
  }
  const wholes: WholeMinute[] = []
  for (const minute of new Set(minutes.map((each) => each.minute))) {
    const known = [...minutes, ...same].filter((each) => each.minute === minute)
    wholes.push(...(await joinAgain(tables, { cluster: work.cluster, minute, known, view })))
  }
  return { minutes, wholes, marks: passed }
}

/** The minute of the cluster out of those that are known anew and the others as stored, with what was expected of it. */
async function joinAgain(
  tables: DeriveTables,
  asked: {
    readonly cluster: string
    readonly minute: string
    readonly known: readonly Minute[]
    readonly view: ClusterView
  },
): Promise<WholeMinute[]> {
  const { cluster, minute, view } = asked
  const counted = new Set(view.countedAt(Date.parse(minute)))
  const known = asked.known.filter(({ broker }) => counted.has(broker))
  const brokers = new Set(counted)
  for (const { broker } of known) brokers.delete(broker)
  const [others, before] = await Promise.all([
    minutesAt(tables.minutes, { cluster, minute, brokers: [...brokers] }),
    readWholeMinute(tables.minutes, { cluster, minute }),
  ])
  return [joinBrokers([...known, ...others], before?.band) ?? []].flat()
}

/** Writes the corrected minutes, then takes their marks away: whoever dies in between does it again. */
export async function writeCorrections(
  tables: DeriveTables,
  cluster: string,
  work: { readonly corrections: Corrections; readonly nowMs: number; readonly days: number },
): Promise<void> {
  const { corrections, ...retention } = work
  // First the sums: whoever dies in between finds the brokers' minutes changed again, and joins them again.
  await writeWholeMinutes(tables.minutes, corrections.wholes, retention)
  await writeMinutes(tables.minutes, corrections.minutes, retention)
  for (const mark of corrections.marks) await clearMark(tables.state, cluster, mark)
}
