/** Incidents in which a cluster's load becomes uneven: what imbalance should tell. */
import type { Cause } from '../../domain/cause.ts'
import { comingBack, dropping, dying } from './disconnect-incidents.ts'
import { anyBroker, type Draft, label, place } from './draft.ts'
import type { Effect } from './scenario.ts'

const hour = 60
/** In which the load is put right again at the end. */
const recoveryMinutes = 90

/** The balancer prefers one broker: its share rises by a point every hour. */
export function gradual(draft: Draft): void {
  const minutes = draft.random.whole(20, 28) * hour
  const from = place(draft, minutes + recoveryMinutes)
  if (from === undefined) return
  const broker = anyBroker(draft)
  const usual = shareOf(draft, broker)
  const uneven: Effect = {
    from,
    to: from + minutes,
    apply: (fleet, minute) => {
      const share = Math.min(0.95, usual + (0.01 * (minute - from)) / hour)
      fleet.target[broker] = (share * (1 - usual)) / (usual * (1 - share))
      fleet.move = { pace: 0.2, cause: 'client_requested' }
    },
  }
  until(draft, 'gradual', { from, to: from + minutes, effects: [uneven] })
}

/** A broker dies for minutes, and those who went to the others stay there. */
export function notGivenBack(draft: Draft): void {
  const minutes = draft.random.whole(10, 30) * hour
  const from = place(draft, minutes + recoveryMinutes)
  if (from === undefined) return
  const broker = anyBroker(draft)
  const up = from + draft.random.whole(3, 12)
  const stays = draft.random.between(0.02, 0.15)
  const empty: Effect = {
    from: up,
    to: from + minutes,
    apply: (fleet) => {
      fleet.target[broker] = stays
    },
  }
  dropping(draft, 'failover', { from, to: from + 5, broker })
  until(draft, 'failover not given back', {
    from,
    to: from + minutes,
    effects: [dying(broker, from, up, false), empty],
  })
}

/** The balancer loses the weights, and spreads the load evenly. */
export function weightsIgnored(draft: Draft): void {
  const minutes = draft.random.whole(18, 30) * hour
  const from = place(draft, minutes + recoveryMinutes)
  if (from === undefined) return
  const pace = draft.random.between(0.005, 0.03)
  const even: Effect = {
    from,
    to: from + minutes,
    apply: (fleet) => {
      for (const [broker, { weight }] of draft.plan.brokers.entries()) fleet.target[broker] = 1 / weight
      fleet.move = { pace, cause: 'client_requested' }
    },
  }
  until(draft, 'weights ignored', { from, to: from + minutes, effects: [even] })
}

/** A broker is emptied and stays so. */
export function drained(draft: Draft): void {
  const minutes = draft.random.whole(8, 24) * hour
  const from = place(draft, minutes + recoveryMinutes)
  if (from === undefined) return
  const broker = anyBroker(draft)
  const pace = draft.random.between(0.01, 0.1)
  const cause: Cause = 'server_redirect'
  const draining: Effect = {
    from,
    to: from + minutes,
    apply: (fleet) => {
      fleet.target[broker] = 0.02
      fleet.move = { pace, cause }
    },
  }
  until(draft, 'drained', { from, to: from + minutes, effects: [draining] })
}

function until(draft: Draft, type: string, what: { from: number; to: number; effects: Effect[] }): void {
  const to = what.to + recoveryMinutes
  draft.effects.push(...what.effects, comingBack(what.to, to))
  label(draft, { kind: 'imbalance', type, from: what.from, to })
}

function shareOf({ plan }: Draft, broker: number): number {
  const sum = plan.brokers.reduce((all, { weight }) => all + weight, 0)
  return (plan.brokers[broker]?.weight ?? 0) / sum
}
