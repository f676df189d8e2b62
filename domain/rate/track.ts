/** What is usual for one broker: its level beside the season, at three speeds, and how widely its counts scatter. */
import type { Parts } from './parts.ts'
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

/** Half-lives of the levels in minutes. */
export const halfLifeMinutes = [45, 240, 2880] as const
export const speedCount = halfLifeMinutes.length
export const slowest = speedCount - 1
/**
 * Ways to predict a window: by the level of one speed, or by a slower one times what the cluster's other brokers have
 * against theirs meanwhile. Which predicts a broker best is learned.
 */
export const predictors = [
  { speed: 0, byOthers: false },
  { speed: 1, byOthers: false },
  { speed: 2, byOthers: false },
  { speed: 1, byOthers: true },
  { speed: 2, byOthers: true },
] as const
export const predictorCount = predictors.length
/** The others are asked for windows from this one on (15 minutes): for shorter ones they say too little. */
export const firstByOthers = windowMinutes.indexOf(15)
const decays = halfLifeMinutes.map((minutes) => 0.5 ** (1 / minutes))
/** Scatter is remembered about a week. */
const scatterDecay = 0.5 ** (1 / 10_080)
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
const coldWindows = 40
/** Of a window's squared surprise no more than this many variances is learned: incidents must not widen the band. */
const mostVariances = 12

/** What is learned is kept in single precision: what the store gives back is exactly what was kept. */
export interface Track {
  readonly windows: Windows
  /** Decayed sums per speed: what was counted, and what it was held against (exposure units). */
  readonly counted: Float32Array
  readonly exposed: Float32Array
  /** Levels (counts per unit of exposure) as they were, by speed, every five minutes. */
  readonly history: Float32Array
  /** What the other brokers have against their levels in each window, by speed; set every minute, 1 where nobody knows. */
  readonly others: Float32Array
  /** Scatter by window and predictor: Σ ((S − E)² − E), Σ E², and by window how many (all decayed). */
  readonly surprise: Float32Array
  readonly square: Float32Array
  readonly samples: Float32Array
  /** Highest scores of calm windows: of long ago, of the block of hours before this one, and of this one. */
  readonly peaks: Float32Array
  /** Least that is expected of each window by any predictor, as of the newest minute: what is below needs no closer look. */
  readonly least: Float64Array
  /** Minutes it learned from. */
  experience: number
}

export function newTrack(): Track {
  return {
    windows: emptyWindows(),
    counted: new Float32Array(speedCount),
    exposed: new Float32Array(speedCount),
    history: new Float32Array(steps * speedCount),
    others: new Float32Array(windowCount * speedCount).fill(1),
    surprise: new Float32Array(windowCount * predictorCount),
    square: new Float32Array(windowCount * predictorCount),
    samples: new Float32Array(windowCount),
    peaks: new Float32Array(3 * windowCount),
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

/** Place of the last step of five minutes that had ended with this minute. */
const placeOf = (minute: number) => ((Math.floor((minute + 1) / stepMinutes) - 1) & (steps - 1)) * speedCount

/**
 * Counts expected in a window that ends with the newest minute, by the level from before it began; by the assumed one
 * where none was known, which for a long window is no expectation: 0.
 */
export function expectedIn(track: Track, window: number, predictor: number, assumed: number): number {
  const { speed, byOthers } = predictors[predictor] ?? predictors[0]
  const expected = expectedByLevel(track, window, speed, assumed)
  return byOthers ? expected * (track.others[window * speedCount + speed] ?? 1) : expected
}

/** The same by the broker's own level alone. */
export function expectedByLevel(track: Track, window: number, speed: number, assumed: number): number {
  const exposure = track.windows.exposureSums[window] ?? 0
  if (exposure === 0) return 0
  const level = levelBefore(track, window, speed)
  if (level === 0 && window >= firstLong) return 0
  return (exposure / exposureUnit) * (level > 0 ? level : assumed)
}

/** Is this predictor asked for this window? */
function isAsked(predictor: number, window: number, { speeds, others }: Parts): boolean {
  const { speed, byOthers } = predictors[predictor] ?? predictors[0]
  return (speeds || speed === slowest) && (!byOthers || (others && window >= firstByOthers))
}

/** Works out `least` for the newest minute: asked every minute, so each level is looked up once. */
export function expectLeast(track: Track, assumed: number, parts: Parts): void {
  for (let window = 0; window < windowCount; window += 1) {
    let least = Number.POSITIVE_INFINITY
    for (let speed = parts.speeds ? 0 : slowest; speed < speedCount; speed += 1) {
      const expected = expectedByLevel(track, window, speed, assumed)
      least = Math.min(least, expected)
      if (speed > 0 && parts.others && window >= firstByOthers) {
        least = Math.min(least, expected * (track.others[window * speedCount + speed] ?? 1))
      }
    }
    track.least[window] = least
  }
}

/** The level as it was when the window began; 0 when it was not known. */
export function levelBefore(track: Track, window: number, speed: number): number {
  return track.history[placeOf(track.windows.newest - (windowMinutes[window] ?? 0)) + speed] ?? 0
}

/** Scatter of one window and predictor beyond Poisson, relative: what was learned, leaning on the cluster's. */
export function varianceOf(track: Track, window: number, predictor: number, cluster: Float32Array): number {
  const place = window * predictorCount + predictor
  const samples = track.samples[window] ?? 0
  const square = track.square[place] ?? 0
  const known = square > 0 ? Math.max(0, (track.surprise[place] ?? 0) / square) : 0
  const prior = cluster[place] ?? 0
  return (samples * known + coldWindows * (prior > 0 ? prior : coldVariance)) / (samples + coldWindows)
}

/** The predictor that has predicted this window best. */
export function bestPredictor(track: Track, window: number, cluster: Float32Array, parts: Parts): number {
  let best = slowest
  let least = Number.POSITIVE_INFINITY
  for (let predictor = predictorCount - 1; predictor >= 0; predictor -= 1) {
    if (!isAsked(predictor, window, parts)) continue
    const variance = varianceOf(track, window, predictor, cluster)
    if (variance >= least) continue
    least = variance
    best = predictor
  }
  return best
}

/** How uncertain the level of a window itself is, as relative variance. */
export function levelVariance(track: Track, window: number, predictor: number): number {
  const { speed } = predictors[predictor] ?? predictors[0]
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
  const count = window < firstByOthers ? speedCount : predictorCount
  for (let predictor = 0; predictor < count; predictor += 1) {
    // A level that was not known when the window began has predicted nothing.
    if (levelBefore(track, window, predictors[predictor]?.speed ?? 0) === 0) continue
    const expected = expectedIn(track, window, predictor, assumed)
    if (expected === 0) continue
    learned = true
    const place = window * predictorCount + predictor
    const most = mostVariances * (expected + 0.25 * expected * expected)
    const surprise = Math.min((seen - expected) ** 2, most) - expected
    track.surprise[place] = (track.surprise[place] ?? 0) * decay + surprise
    track.square[place] = (track.square[place] ?? 0) * decay + expected * expected
  }
  if (learned) track.samples[window] = (track.samples[window] ?? 0) * decay + 1
}

/** Remembers the levels as they are at the end of every step; in the first minutes, when each tells much, at once. */
export function rememberLevels(track: Track, assumed: number): void {
  const minute = track.windows.newest
  if ((minute + 1) % stepMinutes !== 0 && track.experience > stepMinutes) return
  const at = placeOf(minute)
  for (let speed = 0; speed < speedCount; speed += 1) {
    track.history[at + speed] = track.experience === 0 ? 0 : currentLevel(track, speed, assumed)
  }
}

/** Scatter of all brokers together, by window and predictor; 0 where too little is known. */
export function clusterVariance(tracks: Iterable<Track>): Float32Array {
  const surprise = new Float64Array(windowCount * predictorCount)
  const square = new Float64Array(windowCount * predictorCount)
  const samples = new Float64Array(windowCount)
  for (const track of tracks) {
    track.surprise.forEach((value, place) => (surprise[place] = (surprise[place] ?? 0) + value))
    track.square.forEach((value, place) => (square[place] = (square[place] ?? 0) + value))
    track.samples.forEach((value, window) => (samples[window] = (samples[window] ?? 0) + value))
  }
  return Float32Array.from(surprise, (value, place) => {
    const enough = (samples[Math.floor(place / predictorCount)] ?? 0) >= coldWindows
    return enough && (square[place] ?? 0) > 0 ? Math.max(0.005, value / (square[place] ?? 1)) : 0
  })
}

/** Forgets what was usual and takes what was seen since then for it, of the last two hours. */
export function adoptLastHours(track: Track, assumed: number, since: number): void {
  const { windows } = track
  let counted = 0
  let exposed = 0
  const ages = Math.min(windowMinutes.at(-1) ?? 0, windows.newest - since + 1)
  for (let age = 0; age < ages; age += 1) {
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

/** Counts by which what the others have leans on "as usual". */
const othersCounts = 20
/** That the others have little does not mean that this one should. */
const leastOthers = 0.8
const othersEveryMinutes = 5

/**
 * Tells each broker what the others have against their levels, window by window, every five minutes. Those that stand
 * out, or have a burst that was due, do not count as others.
 */
export function compareWithOthers(
  all: readonly { readonly track: Track; readonly isUsual: boolean; readonly assumed: number }[],
  minute: number,
): void {
  if (minute % othersEveryMinutes !== 0) return
  if (all.length < 2) for (const { track } of all) track.others.fill(1)
  if (all.length < 2) return
  for (let window = firstByOthers; window < windowCount; window += 1) {
    for (let speed = 1; speed < speedCount; speed += 1) {
      const isOther = all.map(({ track, isUsual }) => isUsual && (track.windows.spikySums[window] ?? 0) === 0)
      const expected = all.map(({ track, assumed }) => expectedByLevel(track, window, speed, assumed))
      let observedSum = 0
      let expectedSum = 0
      all.forEach(({ track }, n) => {
        if (isOther[n] !== true) return
        observedSum += track.windows.observedSums[window] ?? 0
        expectedSum += expected[n] ?? 0
      })
      all.forEach(({ track }, n) => {
        const own = isOther[n] === true ? (track.windows.observedSums[window] ?? 0) : 0
        const ownExpected = isOther[n] === true ? (expected[n] ?? 0) : 0
        const ratio = (observedSum - own + othersCounts) / (expectedSum - ownExpected + othersCounts)
        track.others[window * speedCount + speed] = Math.round(1000 * Math.max(leastOthers, ratio)) / 1000
      })
    }
  }
}
