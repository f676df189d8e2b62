/** Short bursts of a broker that recur at the same local time of day: a nightly batch, a shift that ends. */
import { slotsPerDay } from '../local-time.ts'

/** A slot of a local day that had a burst, with its ratio over what was expected. */
export type Burst = readonly [day: number, slot: number, ratio: number]

/** What counts as a burst: so many times what was expected, and so many more. */
const leastRatio = 1.9
const leastSurplus = 6
/** Days looked back, and on how many of the like ones it must have come. */
const rememberedDays = 21
const leastDays = 3
const leastSameWeekdays = 2
const leastShare = 0.5
/** Or on so many of the last days of any kind. */
const recentDays = 6
const leastRecent = 3
/** Of the ratios seen, this quantile is expected. */
const expectedQuantile = 0.8
/** Remembered at most: with more, nothing recurs, everything bursts. */
const most = 400

/** Notes the burst of a slot, if it was one. Answers the bursts remembered. */
export function noteBurst(
  bursts: readonly Burst[],
  slot: { readonly day: number; readonly slot: number; readonly observed: number; readonly expected: number },
): readonly Burst[] {
  const { day, observed, expected } = slot
  if (observed < leastRatio * expected || observed - expected < leastSurplus) return bursts
  const ratio = Math.round((100 * observed) / Math.max(expected, 1)) / 100
  return [...bursts.filter(([past]) => past > day - rememberedDays), [day, slot.slot, ratio] as const].slice(-most)
}

/**
 * How many times the usual rate is due in a slot: 1, or the upper end of what came at this time (a slot more or less) on
 * at least half of the like days, or of the same weekdays.
 */
export function dueRatio(
  bursts: readonly Burst[],
  day: number,
  slot: number,
  isKnown: (day: number) => boolean,
): number {
  if (bursts.length < leastSameWeekdays) return 1
  const peaks = new Map<number, number>()
  for (const [past, at, ratio] of bursts) {
    const apart = Math.abs(at - slot)
    if (past >= day || (apart > 1 && apart < slotsPerDay - 1)) continue
    peaks.set(past, Math.max(peaks.get(past) ?? 0, ratio))
  }
  if (peaks.size < leastSameWeekdays) return 1
  const weekend = isWeekend(day)
  let like = 0
  let same = 0
  const likePeaks: number[] = []
  const samePeaks: number[] = []
  for (let past = day - rememberedDays; past < day; past += 1) {
    if (!isKnown(past) || isWeekend(past) !== weekend) continue
    const peak = peaks.get(past)
    like += 1
    if (peak !== undefined) likePeaks.push(peak)
    if ((day - past) % 7 !== 0) continue
    same += 1
    if (peak !== undefined) samePeaks.push(peak)
  }
  const recent = [...peaks].filter(([past]) => past >= day - recentDays)
  if (recent.length >= leastRecent) return quantile(recent.map(([, ratio]) => ratio))
  if (likePeaks.length >= leastDays && likePeaks.length >= leastShare * like) return quantile(likePeaks)
  if (samePeaks.length >= leastSameWeekdays && samePeaks.length > leastShare * same) return quantile(samePeaks)
  return 1
}

const isWeekend = (day: number) => (day + 3) % 7 >= 5

function quantile(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(expectedQuantile * sorted.length))] ?? 1
}
