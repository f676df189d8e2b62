/** What the detector of disconnects remembers, and its form in the store. */
import * as z from 'zod/mini'
import type { Saved } from '../detector.ts'
import { type BrokerTrack, newBrokerTrack } from './broker-track.ts'
import { openCauses, saveCauses } from './cause-windows.ts'
import { type Rhythm, RhythmBaselineSchema, RhythmRecentSchema } from './rhythm.ts'
import { newTrack, predictorCount, speedCount, type Track } from './track.ts'
import { openWindows, saveWindows, windowCount } from './windows.ts'

export interface Memory {
  readonly brokers: Map<string, BrokerTrack>
  /** The brokers that do not stand out by themselves, together. */
  whole: BrokerTrack
  /** Scatter of the brokers together, by window and speed; renewed every hour. */
  variance: Float32Array
  readonly rhythm: { recent?: z.infer<typeof RhythmRecentSchema>; baseline?: z.infer<typeof RhythmBaselineSchema> }
}

const Numbers = z.array(z.number())
const TrackSchema = z.strictObject({
  connected: z.number(),
  told: z.number(),
  bursts: z.array(z.tuple([z.number(), z.number(), z.number()])),
  due: z.strictObject({ slot: z.number(), ratio: z.number() }),
  firing: z.optional(z.strictObject({ since: z.number(), window: z.number(), calmMinutes: z.number() })),
  newest: z.number(),
  observed: Numbers,
  exposure: Numbers,
  calmed: z.array(z.tuple([z.number(), z.number()])),
  spiky: Numbers,
  counted: Numbers,
  exposed: Numbers,
  history: Numbers,
  others: Numbers,
  peaks: Numbers,
  surprise: Numbers,
  square: Numbers,
  samples: Numbers,
  experience: z.number(),
  causes: z.strictObject({
    newest: z.number(),
    counts: z.array(z.tuple([z.number(), z.number(), z.number()])),
    usual: Numbers,
    usualAll: z.number(),
  }),
})
type SavedTrack = z.infer<typeof TrackSchema>
const RecentSchema = z.strictObject({
  brokers: z.record(z.string(), TrackSchema),
  whole: TrackSchema,
  variance: Numbers,
  rhythm: RhythmRecentSchema,
})

export function brokerOf(memory: Memory, name: string): BrokerTrack {
  const known = memory.brokers.get(name)
  if (known !== undefined) return known
  const broker = newBrokerTrack()
  memory.brokers.set(name, broker)
  return broker
}

/** A broker that no minute named for so long is forgotten. */
const forgottenMinutes = 7 * 1440

/** Forgets brokers that are known no more. */
export function forgetBrokers(memory: Memory, at: number): void {
  for (const [name, { track }] of memory.brokers) {
    if (at - track.windows.newest > forgottenMinutes) memory.brokers.delete(name)
  }
}

export function openMemory(saved: Saved): Memory {
  const recent = RecentSchema.safeParse(saved.recent)
  const baseline = RhythmBaselineSchema.safeParse(saved.baseline)
  if (!recent.success) {
    return {
      brokers: new Map(),
      whole: newBrokerTrack(),
      variance: new Float32Array(windowCount * predictorCount),
      rhythm: baseline.success ? { baseline: baseline.data } : {},
    }
  }
  const { brokers, whole, variance, rhythm } = recent.data
  return {
    brokers: new Map(Object.entries(brokers).map(([name, track]) => [name, openTrack(track)])),
    whole: openTrack(whole),
    variance: filled(windowCount * predictorCount, variance),
    rhythm: { recent: rhythm, ...(baseline.success ? { baseline: baseline.data } : {}) },
  }
}

export function saveMemory(memory: Memory, rhythm: Rhythm | undefined): Saved {
  return {
    recent: {
      brokers: Object.fromEntries([...memory.brokers].map(([name, track]) => [name, saveTrack(track)])),
      whole: saveTrack(memory.whole),
      variance: short(memory.variance),
      rhythm: rhythm?.saveRecent() ?? memory.rhythm.recent ?? [],
    },
    baseline: rhythm?.saveBaseline() ?? memory.rhythm.baseline,
  }
}

function saveTrack({ track, causes, connected, bursts, due, firing, told }: BrokerTrack): SavedTrack {
  const windows = saveWindows(track.windows)
  const { newest, counts, usual, usualAll } = saveCauses(causes)
  return {
    connected,
    told,
    bursts: bursts.map(([day, slot, ratio]) => [day, slot, ratio]),
    due,
    ...(firing === undefined ? {} : { firing }),
    newest: windows.newest,
    observed: [...windows.observed],
    exposure: [...windows.exposure],
    calmed: windows.calmed.map(([age, count]) => [age, count]),
    spiky: [...windows.spiky],
    counted: short(track.counted),
    exposed: short(track.exposed),
    history: short(track.history),
    others: short(track.others),
    peaks: short(track.peaks),
    surprise: short(track.surprise),
    square: short(track.square),
    samples: short(track.samples),
    experience: track.experience,
    causes: {
      newest,
      counts: counts.map(([cause, age, count]) => [cause, age, count]),
      usual: short(usual),
      usualAll: short([usualAll])[0] ?? 0,
    },
  }
}

function openTrack(saved: SavedTrack): BrokerTrack {
  const track: Track = {
    ...newTrack(),
    windows: openWindows(saved),
    counted: filled(speedCount, saved.counted),
    exposed: filled(speedCount, saved.exposed),
    history: filled(32 * speedCount, saved.history),
    peaks: filled(3 * windowCount, saved.peaks),
    others: filled(windowCount * speedCount, saved.others),
    surprise: filled(windowCount * predictorCount, saved.surprise),
    square: filled(windowCount * predictorCount, saved.square),
    samples: filled(windowCount, saved.samples),
    experience: saved.experience,
  }
  const { connected, bursts, due, firing, told } = saved
  return { track, causes: openCauses(saved.causes), connected, bursts, due, firing, told }
}

function filled(length: number, values: readonly number[]): Float32Array {
  const array = new Float32Array(length)
  array.set(values.slice(0, length))
  return array
}

/** The shortest numbers that are the same in single precision. */
function short(values: Iterable<number>): number[] {
  return Array.from(values, (value) => {
    const eight = Number(value.toPrecision(8))
    return Math.fround(eight) === value ? eight : Number(value.toPrecision(9))
  })
}
