/** The fleet's rhythm: how the rate of a 5-minute slot of the local day compares with the usual rate. */
import { slotsPerDay } from '../local-time.ts'

/** One local day of the whole cluster: what was counted and what the brokers' levels alone let expect, by slot. */
export interface Day {
  /** Days since 1970-01-01 of the local calendar. */
  readonly day: number
  readonly observed: number[]
  /** Rounded to tenths. */
  readonly expected: number[]
}

export interface Season {
  /** Factor on the usual rate, by slot; 1 where nothing is known. */
  readonly factors: Float64Array
  /** Slots in which a short spike recurs, day by day. */
  readonly isSpiky: Uint8Array
  /** Days it rests on. */
  readonly days: number
}

/** Days kept: two weeks and a bit, so that every weekday is there twice. */
export const daysKept = 16
const smoothingSlots = 2
/** With fewer counts than this in a smoothed slot, neighbours further away are asked too. */
const enoughCounts = 60
const widestSlots = 9
/** A slot is spiky when, in the median over days, it has so many times the rate of its surroundings. */
const spikeRatio = 1.9
const spikeDays = 3
const surroundings = 8
/** Of the peaks seen, this quantile is expected. */
const spikeQuantile = 0.8
/** Weight in counts of "as usual" beside what was counted. */
const priorCounts = 6

export const emptyDay = (day: number): Day => ({
  day,
  observed: Array.from({ length: slotsPerDay }, () => 0),
  expected: Array.from({ length: slotsPerDay }, () => 0),
})

export const flatSeason: Season = {
  factors: new Float64Array(slotsPerDay).fill(1),
  isSpiky: new Uint8Array(slotsPerDay),
  days: 0,
}

const isWeekend = (day: number) => (day + 3) % 7 >= 5

/** How much a day tells of another: the same weekday most, a working day of a weekend little. */
function likeness(day: number, other: number): number {
  if ((day - other) % 7 === 0) return 2
  return isWeekend(day) === isWeekend(other) ? 1 : 0.02
}

/** The season of one local day, out of the days before it. */
export function seasonOf(day: number, days: readonly Day[]): Season {
  const past = days.filter((each) => each.day < day && total(each.expected) > 0)
  if (past.length === 0) return flatSeason
  const weights = past.map((each) => likeness(day, each.day))
  const alike = past.filter((_, n) => (weights[n] ?? 0) >= 1)
  const spikes = alike.length >= spikeDays ? spikesOf(alike) : new Float64Array(slotsPerDay)
  const factors = new Float64Array(slotsPerDay)
  const isSpiky = new Uint8Array(slotsPerDay)
  for (let slot = 0; slot < slotsPerDay; slot += 1) {
    const spike = spikes[slot] ?? 0
    isSpiky[slot] = spike > 0 ? 1 : 0
    factors[slot] = spike > 0 ? spike : smoothed(slot, past, weights, spikes)
  }
  return { factors, isSpiky, days: past.length }
}

/** Rate of a slot and its neighbours over all days, without the worst day where there are four like ones. */
function smoothed(slot: number, past: readonly Day[], weights: readonly number[], spikes: Float64Array): number {
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
        if ((spikes[place] ?? 0) > 0 && (spikes[slot] ?? 0) === 0) continue
        dayObserved += past[n]?.observed[place] ?? 0
        dayExpected += past[n]?.expected[place] ?? 0
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

/** Factor of the peak where a spike recurs at this slot or beside it, else 0. */
function spikesOf(alike: readonly Day[]): Float64Array {
  const spikes = new Float64Array(slotsPerDay)
  for (let slot = 0; slot < slotsPerDay; slot += 1) {
    const peaks: number[] = []
    const ratios: number[] = []
    for (const day of alike) {
      let peak = 0
      let around = 0
      let aroundExpected = 0
      for (let at = slot - surroundings; at <= slot + surroundings; at += 1) {
        const place = (at + slotsPerDay) % slotsPerDay
        const observed = day.observed[place] ?? 0
        const expected = day.expected[place] ?? 0
        if (Math.abs(at - slot) <= 1) peak = Math.max(peak, expected > 0 && observed >= 4 ? observed / expected : 0)
        else if (Math.abs(at - slot) > 3) {
          around += observed
          aroundExpected += expected
        }
      }
      if (aroundExpected === 0) continue
      peaks.push(peak)
      ratios.push(peak / ((around + 2) / (aroundExpected + 2)))
    }
    if (ratios.length >= spikeDays && quantile(ratios, 0.5) > spikeRatio) spikes[slot] = quantile(peaks, spikeQuantile)
  }
  return spikes
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
