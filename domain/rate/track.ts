/** What is usual for one broker: its level beside the season, at three speeds, and how widely its counts scatter. */
import {
  emptyWindows,
  exposureAt,
  exposureUnit,
  firstLong,
  observedAt,
  type Windows,
  windowCount,
  windowMinutes,
} from './windows.ts'

/** Half-lives of the levels in minutes. Which of them predicts a broker best is learned. */
export const halfLifeMinutes = [45, 240, 2880] as const
export const speedCount = halfLifeMinutes.length
export const slowest = speedCount - 1
const decays = halfLifeMinutes.map((minutes) => 0.5 ** (1 / minutes))
/** Scatter is remembered about two days. */
const scatterDecay = 0.5 ** (1 / 2880)
/** Scatter is learned several times within each window. */
const scatterEvery = windowMinutes.map((minutes) => Math.max(1, Math.floor(minutes / 3)))
const scatterDecays = scatterEvery.map((minutes) => scatterDecay ** minutes)
/** A level is remembered every five minutes, for longer than the longest window. */
const stepMinutes = 5
const steps = 32
/** Counts by which a faster level leans on the slower one. */
const leaningCounts = 4
/** Relative variance assumed where nothing was learned, and how many windows that assumption weighs. */
const coldVariance = 0.5
const coldWindows = 20
/** Of a window's squared surprise no more than this many variances is learned: incidents must not widen the band. */
const mostVariances = 12

export interface Track {
  readonly windows: Windows
  /** Decayed sums per speed: what was counted, and what it was held against (exposure units). */
  readonly counted: Float64Array
  readonly exposed: Float64Array
  /** Levels (counts per unit of exposure) as they were, by speed, every five minutes. */
  readonly history: Float64Array
  /** Scatter by speed and window: Σ ((S − E)² − E), Σ E², and by window how many (all decayed). */
  readonly surprise: Float64Array
  readonly square: Float64Array
  readonly samples: Float64Array
  /** Least that is expected of each window by any speed, as of the newest minute: what is below needs no closer look. */
  readonly least: Float64Array
  /** Minutes it learned from. */
  experience: number
}

export function newTrack(): Track {
  return {
    windows: emptyWindows(),
    counted: new Float64Array(speedCount),
    exposed: new Float64Array(speedCount),
    history: new Float64Array(steps * speedCount),
    surprise: new Float64Array(windowCount * speedCount),
    square: new Float64Array(windowCount * speedCount),
    samples: new Float64Array(windowCount),
    least: new Float64Array(windowCount),
    experience: 0,
  }
}

/** Counts per unit of exposure as known now; faster levels lean on slower ones, the slowest on what is assumed. */
function currentLevel(track: Track, speed: number, assumed: number): number {
  let level = ((track.counted[slowest] ?? 0) + 1) / ((track.exposed[slowest] ?? 0) + 1 / assumed)
  for (let each = slowest - 1; each >= speed; each -= 1) {
    level = ((track.counted[each] ?? 0) + leaningCounts) / ((track.exposed[each] ?? 0) + leaningCounts / level)
  }
  return level
}

const placeOf = (minute: number) => (Math.floor(minute / stepMinutes) & (steps - 1)) * speedCount

/**
 * Counts expected in a window that ends with the newest minute, by the level from before it began; by the assumed one
 * where none was known, which for a long window is no expectation: 0.
 */
export function expectedIn(track: Track, window: number, speed: number, assumed: number): number {
  const exposure = track.windows.exposureSums[window] ?? 0
  if (exposure === 0) return 0
  const level = levelBefore(track, window, speed)
  if (level === 0 && window >= firstLong) return 0
  return (exposure / exposureUnit) * (level > 0 ? level : assumed)
}

/** Works out `least` for the newest minute. */
export function expectLeast(track: Track, assumed: number): void {
  for (let window = 0; window < windowCount; window += 1) {
    let least = Number.POSITIVE_INFINITY
    for (let speed = 0; speed < speedCount; speed += 1) {
      least = Math.min(least, expectedIn(track, window, speed, assumed))
    }
    track.least[window] = least
  }
}

/** The level as it was when the window began; 0 when it was not known. */
export function levelBefore(track: Track, window: number, speed: number): number {
  return track.history[placeOf(track.windows.newest - (windowMinutes[window] ?? 0)) + speed] ?? 0
}

/** Scatter of one speed and window beyond Poisson, relative: what was learned, leaning on the cluster's. */
export function varianceOf(track: Track, window: number, speed: number, cluster: Float64Array): number {
  const place = window * speedCount + speed
  const samples = track.samples[window] ?? 0
  const square = track.square[place] ?? 0
  const known = square > 0 ? Math.max(0, (track.surprise[place] ?? 0) / square) : 0
  const prior = cluster[place] ?? 0
  return (samples * known + coldWindows * (prior > 0 ? prior : coldVariance)) / (samples + coldWindows)
}

/** The speed whose level has predicted this window best. */
export function bestSpeed(track: Track, window: number, cluster: Float64Array): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (let speed = speedCount - 1; speed >= 0; speed -= 1) {
    const variance = varianceOf(track, window, speed, cluster)
    if (variance >= least) continue
    least = variance
    best = speed
  }
  return best
}

/** How uncertain the level of a window itself is, as relative variance. */
export function levelVariance(track: Track, window: number, speed: number): number {
  return levelBefore(track, window, speed) === 0 ? 1 : 1 / ((track.counted[speed] ?? 0) + leaningCounts)
}

/** Learns the newest minute: levels and scatter. */
export function learnMinute(track: Track, assumed: number): void {
  const { windows } = track
  const minute = windows.newest
  const exposure = exposureAt(windows, minute) / exposureUnit
  if (exposure > 0) {
    const usual = expectedIn(track, 0, 0, assumed)
    // A burst that no window told teaches no more than the upper end of what is usual.
    const most = usual + 4 * Math.sqrt(usual + coldVariance * usual * usual) + 2
    const count = Math.min(observedAt(windows, minute), most)
    for (let speed = 0; speed < speedCount; speed += 1) {
      track.counted[speed] = (track.counted[speed] ?? 0) * (decays[speed] ?? 0) + count
      track.exposed[speed] = (track.exposed[speed] ?? 0) * (decays[speed] ?? 0) + exposure
    }
    for (let window = 0; window < windowCount; window += 1) {
      if (minute % (scatterEvery[window] ?? 1) === 0) learnScatter(track, window, assumed)
    }
    track.experience += 1
  }
}

function learnScatter(track: Track, window: number, assumed: number): void {
  const seen = track.windows.observedSums[window] ?? 0
  const decay = scatterDecays[window] ?? 1
  let learned = false
  for (let speed = 0; speed < speedCount; speed += 1) {
    // A level that was not known when the window began has predicted nothing.
    if (levelBefore(track, window, speed) === 0) continue
    const expected = expectedIn(track, window, speed, assumed)
    if (expected === 0) continue
    learned = true
    const place = window * speedCount + speed
    const most = mostVariances * (expected + 0.25 * expected * expected)
    const surprise = Math.min((seen - expected) ** 2, most) - expected
    track.surprise[place] = (track.surprise[place] ?? 0) * decay + surprise
    track.square[place] = (track.square[place] ?? 0) * decay + expected * expected
  }
  if (learned) track.samples[window] = (track.samples[window] ?? 0) * decay + 1
}

/** Remembers the levels as they are after the newest minute. */
export function rememberLevels(track: Track, assumed: number): void {
  const at = placeOf(track.windows.newest)
  for (let speed = 0; speed < speedCount; speed += 1) {
    track.history[at + speed] = track.experience === 0 ? 0 : currentLevel(track, speed, assumed)
  }
}

/** Scatter of all brokers together, by window and speed; 0 where too little is known. */
export function clusterVariance(tracks: Iterable<Track>): Float64Array {
  const surprise = new Float64Array(windowCount * speedCount)
  const square = new Float64Array(windowCount * speedCount)
  const samples = new Float64Array(windowCount)
  for (const track of tracks) {
    track.surprise.forEach((value, place) => (surprise[place] = (surprise[place] ?? 0) + value))
    track.square.forEach((value, place) => (square[place] = (square[place] ?? 0) + value))
    track.samples.forEach((value, window) => (samples[window] = (samples[window] ?? 0) + value))
  }
  return surprise.map((value, place) => {
    const enough = (samples[Math.floor(place / speedCount)] ?? 0) >= coldWindows
    return enough && (square[place] ?? 0) > 0 ? Math.max(0.005, value / (square[place] ?? 1)) : 0
  })
}

/** Forgets what was usual and takes the last two hours for it. */
export function adoptLastHours(track: Track, assumed: number): void {
  const { windows } = track
  let counted = 0
  let exposed = 0
  for (let age = 0; age < (windowMinutes.at(-1) ?? 0); age += 1) {
    const exposure = exposureAt(windows, windows.newest - age) / exposureUnit
    if (exposure === 0) continue
    counted += observedAt(windows, windows.newest - age)
    exposed += exposure
  }
  for (let speed = 0; speed < speedCount; speed += 1) {
    track.counted[speed] = counted
    track.exposed[speed] = exposed
  }
  for (let place = 0; place < track.history.length; place += 1) {
    track.history[place] = currentLevel(track, place % speedCount, assumed)
  }
}
