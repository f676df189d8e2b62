/** Learns a cluster's season while it runs: counts by local day and slot, taken over once an hour. */
import * as z from 'zod/mini'
import { localClock, slotsPerDay } from '../local-time.ts'
import { minuteMs } from '../time.ts'
import { type Day, daysKept, emptyDay, flatSeason, type Season, seasonOf } from './season.ts'

const Slots = z.array(z.number()).check(z.length(slotsPerDay))
/** Whole days: changes once an hour. */
export const RhythmBaselineSchema = z.strictObject({
  days: z.array(z.strictObject({ day: z.number(), observed: Slots, clients: Slots })),
  /** Counts for each one held against, as of the first days: what factor 1 means from then on; 0 until it is known. */
  unit: z.number(),
})
/** The hour that runs: `[day, slot, observed, clients]`. */
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
  /** Counts of all brokers in the minute, and the clients they are held against. */
  readonly learn: (minute: number, observed: number, clients: number) => void
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
  let unit = saved.baseline?.unit ?? 0
  let hour: [number, number, number, number][] = saved.recent?.map((each) => [...each]) ?? []
  let season: Season = flatSeason
  let seasonDay = Number.NaN

  const foldInto = (all: Map<number, Day>) => {
    for (const [day, slot, observed, clients] of hour) {
      const known = all.get(day) ?? emptyDay(day)
      known.observed[slot] = (known.observed[slot] ?? 0) + observed
      known.clients[slot] = Math.round(((known.clients[slot] ?? 0) + clients) * 10) / 10
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
    const known = past.slice(0, daysKept - 1)
    // Fixed once and for all: a scale that moved would move every level with it.
    if (unit === 0) unit = unitOf(known)
    season = seasonOf(day, known, unit)
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
    learn: (minute, observed, clients) => {
      const { day, slot } = clock(minute * minuteMs)
      const last = hour.at(-1)
      if (last !== undefined && last[0] === day && last[1] === slot) {
        last[2] += observed
        last[3] += clients
      } else hour.push([day, slot, observed, clients])
      if (minute % hourMinutes === hourMinutes - 1) foldHour()
    },
    saveRecent: () => hour.map(([day, slot, observed, clients]) => [day, slot, observed, clients]),
    saveBaseline: () => ({ days: [...days.values()], unit }),
  }
}

const copyOf = ({ day, observed, clients }: Day): Day => ({ day, observed: [...observed], clients: [...clients] })

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)

/** Counts of some days for each client and minute, to six digits. */
function unitOf(days: readonly Day[]): number {
  const clients = days.reduce((all, day) => all + sum(day.clients), 0)
  const observed = days.reduce((all, day) => all + sum(day.observed), 0)
  return clients === 0 ? 0 : Number(((observed + 1) / clients).toPrecision(6))
}
