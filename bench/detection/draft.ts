/** A scenario while it is being written: what was decided so far, and where in its time there is room. */
import type { AlertKind } from '../../domain/alert.ts'
import { minuteMs } from '../../domain/time.ts'
import type { Random } from './random.ts'
import { type Effect, type FleetPlan, type Label, type Scenario, warmUpDays } from './scenario.ts'

const dayMinutes = 1440
/** Calm before an incident and after it, so that every alert has its one reason. */
const calmMinutes = 240
/** The same for what is no incident. */
const shortCalmMinutes = 30

export interface Draft {
  readonly plan: FleetPlan
  readonly random: Random
  readonly effects: Effect[]
  readonly labels: Label[]
  readonly maintenance: { from: string; to: string }[]
  readonly watchedClients: Scenario['watchedClients'][number][]
  readonly busy: { readonly from: number; readonly to: number }[]
}

/** Finds a place of that length after the warm-up, far from anything else; none where there is no room. */
export function place(draft: Draft, minutes: number, calm: 'long' | 'short' = 'long'): number | undefined {
  const margin = calm === 'long' ? calmMinutes : shortCalmMinutes
  const first = warmUpDays * dayMinutes + 60
  const last = draft.plan.days * dayMinutes - minutes - 120
  if (last < first) return undefined
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const from = draft.random.whole(first, last)
    const to = from + minutes
    if (draft.busy.some((taken) => from - margin < taken.to && to + margin > taken.from)) continue
    keep(draft, from, to)
    return from
  }
  return undefined
}

export function keep(draft: Draft, from: number, to: number): void {
  draft.busy.push({ from, to })
}

/** Says what should be told of these minutes. */
export function label(
  draft: Draft,
  what: {
    readonly kind: AlertKind
    readonly type: string
    readonly from: number
    readonly to: number
    /** Without: of all. */
    readonly broker?: number
    readonly clientId?: string
  },
): void {
  draft.labels.push(labelOf(draft, what, true))
}

/** Says what may be told: it is true, but nobody must notice. */
export function allow(draft: Draft, kinds: readonly AlertKind[], what: { from: number; to: number; broker?: number }) {
  for (const kind of kinds) draft.labels.push(labelOf(draft, { kind, type: 'allowed', ...what }, false))
}

function labelOf(draft: Draft, what: Parameters<typeof label>[1], scored: boolean): Label {
  const { kind, type, from, to, broker, clientId } = what
  const brokers = draft.plan.brokers.filter((_, index) => broker === undefined || broker === index)
  return {
    kind,
    type,
    scored,
    brokers: brokers.map(({ name }) => name),
    fromMs: draft.plan.startMs + from * minuteMs,
    toMs: draft.plan.startMs + to * minuteMs,
    ...(clientId === undefined ? {} : { clientId }),
  }
}

/** One of the brokers, by chance. */
export function anyBroker(draft: Draft): number {
  return draft.random.whole(0, draft.plan.brokers.length - 1)
}
