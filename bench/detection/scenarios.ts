/** Writes a scenario out of its specification and a seed. */
import { dayMs, minuteMs } from '../../domain/time.ts'
import type { Draft } from './draft.ts'
import { fleetMinutes } from './fleet.ts'
import { type Random, random } from './random.ts'
import type { Fleet, FleetPlan, Label, Scenario } from './scenario.ts'
import { berlin, newYork, type Range, type Spec, specs } from './specs.ts'
import { holiday } from './traps.ts'

export const scenarioNames: readonly string[] = Object.keys(specs)

/** Writes a scenario out of its name and a seed: always the same one. */
export function scenario(name: string, seed: number, days: number): Scenario {
  const spec = specs[name]
  if (spec === undefined) throw new Error(`There is no scenario ${name}; there are ${scenarioNames.join(', ')}.`)
  const draws = random(`${name}/${seed}/plan`)
  const plan = planOf(spec, days, draws)
  const draft: Draft = { plan, random: draws, effects: [], labels: [], maintenance: [], watchedClients: [], busy: [] }
  for (const befall of spec.befalls) befall(draft)
  const { effects, labels, maintenance, watchedClients } = draft
  return {
    name,
    seed,
    plan,
    labels,
    maintenance,
    watchedClients,
    minutes: () =>
      fleetMinutes({
        cluster: name,
        plan,
        effects,
        random: random(`${name}/${seed}/run`),
        onMinute: (fleet, minute) => lookForUneven(fleet, minute, plan, labels),
      }),
  }
}

function planOf(spec: Spec, days: number, draws: Random): FleetPlan {
  const between = ([low, high]: Range) => draws.between(low, high)
  const timezone = spec.timezone ?? draws.pick([berlin, newYork, 'UTC', 'Asia/Kolkata'])
  const anyDay = Date.parse('2026-01-05') + draws.whole(0, 300) * dayMs
  const startMs = spec.change === undefined ? anyDay : Date.parse(spec.change) - draws.whole(9, 16) * dayMs
  return {
    timezone,
    startMs,
    days,
    brokers: spec.weights.map((weight, index) => ({ name: `b${index + 1}`, weight })),
    clients: Math.round(Math.exp(draws.between(Math.log(spec.clients[0]), Math.log(spec.clients[1])))),
    dropsPerMinute: between(spec.drops),
    amplitude: between(spec.amplitude ?? [0, 0.5]),
    weekendFactor: between(spec.weekend ?? [0.7, 1.1]),
    scatter: between(spec.scatter ?? [0.02, 0.12]),
    wander: between(spec.wander ?? [0.02, 0.08]),
    wanderMinutes: draws.between(1, 12) * 60,
    wanderShared: draws.next(),
    shareWander: between(spec.shareWander ?? [0.02, 0.08]),
    growthPerDay: spec.growthPerDay ?? 0,
    holidays: spec.holiday ? holiday(startMs, days, draws.pick) : [],
  }
}

/** An imbalance can be seen from the moment a broker is 20 % over, or 30 % under, its fair load. */
function lookForUneven(fleet: Fleet, minute: number, plan: FleetPlan, labels: readonly Label[]): void {
  const atMs = plan.startMs + minute * minuteMs
  for (const label of labels) {
    if (label.kind !== 'imbalance' || !label.scored || label.fromMs > atMs || label.toMs < atMs) continue
    if (label.unevenMs !== undefined) continue
    let total = 0
    let weights = 0
    for (const [index, { weight }] of plan.brokers.entries()) {
      if (fleet.present[index] === 0) continue
      total += fleet.connected[index] ?? 0
      weights += weight
    }
    const ratios = plan.brokers.flatMap(({ weight }, index) =>
      fleet.present[index] === 0 ? [] : [((fleet.connected[index] ?? 0) * weights) / (total * weight)],
    )
    if (Math.max(...ratios) > 1.2 || Math.min(...ratios) < 0.7) label.unevenMs = atMs
  }
}
