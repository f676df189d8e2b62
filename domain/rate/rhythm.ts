/** Learns a cluster's season while it runs: counts by local day and slot, taken over once an hour. */
import * as z from 'zod/mini'
import { localClock, slotsPerDay } from '../local-time.ts'
import { minuteMs } from '../time.ts'
import { type Day, daysKept, emptyDay, flatSeason, type Season, seasonOf } from './season.ts'

const Slots = z.array(z.number()).check(z.length(slotsPerDay))
/** Whole days: changes once an hour. */
export const RhythmBaselineSchema = z.strictObject({
  days: z.array(z.strictObject({ day: z.number(), observed: Slots, expected: Slots })),
  /** The first day. On it and the next no level was known yet: their shape counts, not their height. */
  first: z.number(),
})
/** The hour that runs: `[day, slot, observed, expected]`. */
export const RhythmRecentSchema = z.array(z.tuple([z.number(), z.number(), z.number(), z.number()]))

/** Where in the local day a minute lies, and the season's factor on the usual rate. */
export interface RhythmNow {
  readonly day: number
  readonly slot: number
  readonly factor: number
  /** The factor if this were a day of the other kind (a holiday), over `factor`. */
  readonly otherwise: number
}

export interface Rhythm {
  readonly at: (minute: number) => RhythmNow
  /** Was this local day seen? */
  readonly knows: (day: number) => boolean
  /** Counts of all brokers in the minute, against what their levels alone let expect, and against their clients. */
  readonly learn: (minute: number, counts: { observed: number; byLevel: number; byClients: number }) => void
  readonly saveRecent: () => z.infer<typeof RhythmRecentSchema>
  readonly saveBaseline: () => z.infer<typeof RhythmBaselineSchema>
}

const hourMinutes = 60

export function openRhythm(
  timezone: string,
  saved: { recent?: z.infer<typeof RhythmRecentSchema>; baseline?: z.infer<typeof RhythmBaselineSchema> },
): Rhythm {
  const clock = localClock(timezone)
  const days = new Map<number, Day>(saved.baseline?.days.map((day) => [day.day, day]))
  let first = saved.baseline?.first ?? -1
  let hour: [number, number, number, number][] = saved.recent?.map((each) => [...each]) ?? []
  let season: Season = flatSeason
  let seasonDay = Number.NaN

  const foldInto = (all: Map<number, Day>) => {
    for (const [day, slot, observed, expected] of hour) {
      const known = all.get(day) ?? emptyDay(day)
      known.observed[slot] = (known.observed[slot] ?? 0) + observed
      known.expected[slot] = Math.round(((known.expected[slot] ?? 0) + expected) * 100) / 100
      all.set(day, known)
    }
  }
  const foldHour = () => {
    foldInto(days)
    hour = []
    const kept = [...days.keys()].toSorted((a, b) => b - a).slice(0, daysKept)
    for (const day of days.keys()) if (!kept.includes(day)) days.delete(day)
  }
  /** The same whenever in the day it is asked: out of the days before, with what is not folded yet. */
  const seasonFor = (day: number): Season => {
    if (day === seasonDay) return season
    seasonDay = day
    const all = new Map([...days].map(([each, known]) => [each, copyOf(known)]))
    foldInto(all)
    const past = [...all.values()].filter((each) => each.day < day).toSorted((a, b) => b.day - a.day)
    // Of the first day only a part was seen.
    const known = past.slice(0, daysKept - 1).filter((each) => each.day !== first || past.length <= 2)
    season = seasonOf(
      day,
      known.map((each) => (each.day <= first + 1 ? levelled(each) : each)),
    )
    return season
  }
  return {
    at: (minute) => {
      const local = clock(minute * minuteMs)
      const { factors, otherwise } = seasonFor(local.day)
      const factor = factors[local.slot] ?? 1
      return { day: local.day, slot: local.slot, factor, otherwise: (otherwise[local.slot] ?? factor) / factor }
    },
    knows: (day) => days.has(day),
    learn: (minute, { observed, byLevel, byClients }) => {
      const { day, slot } = clock(minute * minuteMs)
      if (first < 0) first = day
      const expected = day <= first + 1 ? byClients : byLevel
      const last = hour.at(-1)
      if (last !== undefined && last[0] === day && last[1] === slot) {
        last[2] += observed
        last[3] += expected
      } else hour.push([day, slot, observed, expected])
      if (minute % hourMinutes === hourMinutes - 1) foldHour()
    },
    saveRecent: () => hour.map(([day, slot, observed, expected]) => [day, slot, observed, expected]),
    saveBaseline: () => ({ days: [...days.values()], first }),
  }
}

const copyOf = ({ day, observed, expected }: Day): Day => ({ day, observed: [...observed], expected: [...expected] })

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)

/** A day with the height taken out. */
function levelled(day: Day): Day {
  const scale = sum(day.expected) === 0 ? 1 : (sum(day.observed) + 1) / (sum(day.expected) + 1)
  return { ...day, expected: day.expected.map((value) => value * scale) }
}
