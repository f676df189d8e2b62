/** The fleet's rhythm: how the rate of a 5-minute slot of the local day compares with the usual rate. */
import { slotsPerDay } from '../local-time.ts'

/** One local day of the whole cluster: what was counted, and the clients it is held against, by slot. */
export interface Day {
  /** Days since 1970-01-01 of the local calendar. */
  readonly day: number
  readonly observed: number[]
  /** Clients × minutes, each broker's by how its rate compares with the others'; rounded to tenths. */
  readonly clients: number[]
}

export interface Season {
  /** Factor on the usual rate, by slot; 1 where nothing is known. */
  readonly factors: Float64Array
  /** The same, were it a day of the other kind: a working day at the weekend, a holiday. */
  readonly otherwise: Float64Array
}

/** Days kept: two weeks and a bit, so that every weekday is there twice. */
export const daysKept = 16
const smoothingSlots = 2
/** With fewer counts than this in a smoothed slot, neighbours further away are asked too. */
const enoughCounts = 60
const widestSlots = 9
/** Weight in counts of "as usual" beside what was counted. */
const priorCounts = 6

export const emptyDay = (day: number): Day => ({
  day,
  observed: Array.from({ length: slotsPerDay }, () => 0),
  clients: Array.from({ length: slotsPerDay }, () => 0),
})

export const flatSeason: Season = {
  factors: new Float64Array(slotsPerDay).fill(1),
  otherwise: new Float64Array(slotsPerDay).fill(1),
}

const isWeekend = (day: number) => (day + 3) % 7 >= 5

/** How much a day tells of another: the same weekday most, a working day of a weekend little. */
function likeness(day: number, other: number): number {
  if ((day - other) % 7 === 0) return 2
  return isWeekend(day) === isWeekend(other) ? 1 : 0.02
}

/** The season of one local day, out of the days before it. `unit` is the rate, for each client and minute, of factor 1. */
export function seasonOf(day: number, days: readonly Day[], unit: number): Season {
  const past = days.filter((each) => each.day < day && each.clients.some((clients) => clients > 0))
  if (past.length === 0) return flatSeason
  const weights = past.map((each) => likeness(day, each.day))
  const factors = Float64Array.from({ length: slotsPerDay }, (_, slot) => smoothed(slot, past, weights, unit))
  if (past.every((each) => isWeekend(each.day) === isWeekend(day))) return { factors, otherwise: factors }
  const others = weights.map((weight) => (weight < 1 ? 1 : 0.02))
  return {
    factors,
    otherwise: Float64Array.from({ length: slotsPerDay }, (_, slot) => smoothed(slot, past, others, unit)),
  }
}

/** Rate of a slot and its neighbours over all days, without the worst day where there are four like ones. */
function smoothed(slot: number, past: readonly Day[], weights: readonly number[], unit: number): number {
  let reach = smoothingSlots
  let observed = 0
  let expected = 0
  for (; reach <= widestSlots; reach += 1) {
    observed = 0
    expected = 0
    let worst = { rate: -1, observed: 0, expected: 0 }
    let alike = 0
    for (let n = 0; n < past.length; n += 1) {
      const weight = weights[n] ?? 0
      let dayObserved = 0
      let dayExpected = 0
      for (let at = slot - reach; at <= slot + reach; at += 1) {
        const place = (at + slotsPerDay) % slotsPerDay
        dayObserved += past[n]?.observed[place] ?? 0
        dayExpected += (past[n]?.clients[place] ?? 0) * unit
      }
      observed += weight * dayObserved
      expected += weight * dayExpected
      if (weight < 1 || dayExpected === 0) continue
      alike += 1
      const rate = dayObserved / dayExpected
      if (rate > worst.rate) worst = { rate, observed: weight * dayObserved, expected: weight * dayExpected }
    }
    if (alike >= 4) {
      observed -= worst.observed
      expected -= worst.expected
    }
    if (observed >= enoughCounts) break
  }
  return (observed + priorCounts) / (expected + priorCounts)
}
