/** Sessions that pile up at a broker: their number rises, and that of its clients does not. */
import type { Facts } from '../facts.ts'
import type { Minute } from '../minute.ts'
import type { Session } from './two-views.ts'

const leastGrown = 20
/** Of the new sessions so many may be of clients that are still there. */
const mostStaying = 0.25
/** And so many of them at least must be of ids that came once and left. */
const leastOnce = 0.5

export interface Pile {
  readonly broker: string
  /** The number of sessions, first and last. */
  readonly from: number
  readonly to: number
  /** By how many more clients were connected at the end. */
  readonly staying: number
  /** Sessions that are kept, of ids that came once. */
  readonly orphans: readonly Session[]
}

/** Of each broker that is asked of, where its sessions pile up and the ids that left them are told. */
export function pilesOf({ asked, clients, minutes }: Facts): Pile[] {
  const { subject } = asked
  const once = [...clients.values()].flatMap(({ sessions: [only, ...others] }) =>
    only !== undefined && others.length === 0 && isKept(only) && only.endedMs !== undefined ? [only] : [],
  )
  const byBroker = Map.groupBy(once, ({ broker }) => broker)
  return [...minutes].flatMap(([broker, all]): Pile[] => {
    if (subject.of === 'broker' && subject.broker !== broker) return []
    const orphans = byBroker.get(broker) ?? []
    const [from, to] = [
      all.find(({ gauges }) => gauges.sessions !== undefined)?.gauges.sessions,
      all.findLast(({ gauges }) => gauges.sessions !== undefined)?.gauges.sessions,
    ]
    const grown = (to ?? 0) - (from ?? 0)
    if (from === undefined || to === undefined || grown < leastGrown || orphans.length < leastOnce * grown) return []
    const staying = stayingIn(all)
    return staying > mostStaying * grown ? [] : [{ broker, from, to, staying, orphans }]
  })
}

/** Asked to be kept when its client was gone. */
export function isKept({ begin, claim }: Session): boolean {
  return (begin ?? claim.begin)?.cleanStart === false
}

/** While its sessions were counted: as the broker told its number of clients, else by what began and ended. */
function stayingIn(all: readonly Minute[]): number {
  const from = all.findIndex(({ gauges }) => gauges.sessions !== undefined)
  const to = all.findLastIndex(({ gauges }) => gauges.sessions !== undefined)
  const minutes = all.slice(from, to + 1)
  const told = minutes.flatMap(({ connected }) => connected ?? [])
  const [first, last] = [told[0], told.at(-1)]
  if (first !== undefined && last !== undefined && told.length > 1) return Math.max(0, last - first)
  return minutes.slice(1).reduce((sum, { connects, disconnects }) => {
    return sum + connects - Object.values(disconnects).reduce((ends, count) => ends + count, 0)
  }, 0)
}
