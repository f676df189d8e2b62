/** Does a window hold more than chance explains? */
import { countAtTail, log10UpperTail } from '../statistics.ts'
import type { DisconnectRateSettings } from '../thresholds.ts'
import {
  causeSum,
  causeWindowCount,
  type CauseWindows,
  countedUsually,
  judgedCauses,
  usualShare,
} from './cause-windows.ts'
import {
  bestPredictor,
  expectedByLevel,
  expectedIn,
  firstByOthers,
  levelVariance,
  slowest,
  speedCount,
  type Track,
  varianceOf,
} from './track.ts'
import type { Parts } from './parts.ts'
import { calmPeak, notePeak } from './peaks.ts'
import { firstLong, windowCount, windowMinutes } from './windows.ts'

/** What the shortest window needs is a setting; of it, what the longer ones need (ratio: of what is above 1). */
const tailShare = [1, 0.85, 0.8, 0.7, 0.55, 0.56, 0.5] as const
const ratioShare = [1, 0.75, 0.6, 0.35, 0.25, 0.18, 0.15] as const
const surplusShare = [1, 1, 1, 1.5, 2, 2.5, 3] as const
/** A long window is held against a level that was learned in so many times its length. */
const leastExperience = 4
/** A quarter of all clients within minutes is no chance in any fleet: it needs less of the exponent, also without experience. */
const massShare = 0.25
const massTail = 0.6
/** It must stand out so many times as far as calm times did. */
const overPeak = [2, 2, 2, 1.5, 1.3, 1.3, 1.3] as const
/** Scatter of a recurrent spike from day to day, as relative variance. */
const spikeVariance = 0.3
/** Causes scatter more widely than their sum. */
const causeVariance = 0.05
/** There are many causes: each needs so much more than their sum. */
const causeTail = 1.15
/** Counts in calm minutes until it is known which causes are usual. */
const leastUsual = 30

export interface Evidence {
  readonly window: number
  readonly observed: number
  readonly expected: number
  readonly variance: number
  /** log10 of the probability that chance gives so many. */
  readonly log10Tail: number
  /** Of one cause alone; absent: of all together. */
  readonly cause?: (typeof judgedCauses)[number]
  /** It is over a limit that was set, whatever is usual; `expected` is that limit. */
  readonly isLimit?: boolean
}

interface Needs {
  readonly ratio: number
  readonly surplus: number
  readonly log10Tail: number
}

/** What each window needs to be told. With `share` under 1: to keep an alert that stands. */
function needsOf(settings: DisconnectRateSettings, share: number): readonly Needs[] {
  const known = needsKnown.get(settings) ?? new Map<number, readonly Needs[]>()
  const needs =
    known.get(share) ??
    windowMinutes.map((_, window) => ({
      ratio: 1 + share * (ratioShare[window] ?? 1) * (settings.minimumRatio - 1),
      surplus: share * (surplusShare[window] ?? 1) * settings.minimumSurplus,
      log10Tail: -share * (tailShare[window] ?? 1) * settings.improbability,
    }))
  needsKnown.set(settings, known.set(share, needs))
  return needs
}
/** Worked out once for each set of thresholds: they are asked for every minute. */
const needsKnown = new WeakMap<DisconnectRateSettings, Map<number, readonly Needs[]>>()
const noNeeds: Needs = { ratio: 1, surplus: 0, log10Tail: 0 }

export interface Subject {
  readonly track: Track
  /** Scatter of the cluster's brokers together. */
  readonly cluster: Float32Array
  /** Counts per unit of exposure assumed until anything was learned. */
  readonly assumed: number
  /** The season's factor if this were a day of the other kind (a holiday), over the one that is taken. */
  readonly otherwise: number
  readonly settings: DisconnectRateSettings
  /** Clients that could drop. */
  readonly clients: number
  readonly parts: Parts
  /** The brokers of a cluster together: how many. Few on each of many are no more than many on one. */
  readonly whole?: number
}

/** The most improbable window that needs telling, of all disconnects together. `share` as in `needsOf`. */
export function evidenceOf(subject: Subject, share = 1, last = windowCount - 1): Evidence | undefined {
  const { track, settings, parts } = subject
  const all = needsOf(settings, share)
  const sharers = sharersOf(subject)
  const clients = subject.whole === undefined ? subject.clients : Number.POSITIVE_INFINITY
  let strongest: Evidence | undefined
  for (let window = 0; window <= last; window += 1) {
    const observed = track.windows.observedSums[window] ?? 0
    const needs = all[window] ?? noNeeds
    const surplus = needs.surplus * sharers
    if (observed < surplus) continue
    const least = track.least[window] ?? 0
    if (window >= firstLong && !parts.longWindows) break
    if (window >= firstLong && track.experience < leastExperience * (windowMinutes[window] ?? 0)) continue
    // Nothing was seen of this window, or what there is, is too little whichever level holds.
    if (least === 0 || observed < needs.ratio * least || observed - least < surplus) continue
    const { expected, variance } = expectation(subject, window)
    if (observed < needs.ratio * expected || observed - expected < surplus) continue
    const score = scoreOf({ observed, expected, variance })
    if (parts.peaks && score < share * (overPeak[window] ?? 1) * calmPeak(track.peaks, window)) continue
    const log10Tail = log10UpperTail(Math.round(observed), expected, variance)
    const isMassDrop = window < firstByOthers && observed >= massShare * clients
    if (log10Tail > needs.log10Tail * (isMassDrop ? massTail : 1)) continue
    if (
      strongest !== undefined &&
      log10Tail / needs.log10Tail <= strongest.log10Tail / (all[strongest.window] ?? noNeeds).log10Tail
    )
      continue
    strongest = { window, observed, expected, variance, log10Tail }
  }
  return strongest
}

/** A surplus of several brokers together is so many times that of one. */
function sharersOf({ whole = 1 }: Subject): number {
  return Math.max(1, whole / 2)
}

/** Standard deviations above what was expected. */
export function scoreOf(seen: Pick<Evidence, 'observed' | 'expected' | 'variance'>): number {
  return (seen.observed - seen.expected) / deviationOf(seen)
}

/** Half a count more keeps the least figures from counting for much. */
function deviationOf({ expected, variance }: Pick<Evidence, 'expected' | 'variance'>): number {
  return Math.sqrt(expected + variance * expected * expected + 0.5)
}

/** Notes how far the windows of a calm minute strayed. */
export function noteScores(subject: Subject): void {
  const { track } = subject
  for (let window = 0; window < windowCount; window += 1) {
    const observed = track.windows.observedSums[window] ?? 0
    const least = track.least[window] ?? 0
    if (least === 0 || observed < least + 2.5 * Math.sqrt(least) + 2) continue
    const { expected, variance } = expectation(subject, window)
    if (expected > 0) notePeak(track.peaks, window, scoreOf({ observed, expected, variance }))
  }
}

/** What is expected of a window, and with what relative variance beyond Poisson. */
export function expectation(
  subject: Subject,
  window: number,
): { readonly expected: number; readonly variance: number } {
  const { track, cluster, assumed, parts } = subject
  const predictor = bestPredictor(track, window, cluster, parts)
  const best = expectedIn(track, window, predictor, assumed)
  const expected = best === 0 ? 0 : Math.max(best, usualAnyhow(subject, window))
  const exposure = track.windows.exposureSums[window] ?? 0
  const spiky = exposure === 0 ? 0 : (track.windows.spikySums[window] ?? 0) / exposure
  const scatter = parts.scatter ? varianceOf(track, window, predictor, cluster) : 0
  const variance = scatter + levelVariance(track, window, predictor) + spikeVariance * spiky ** 2
  return { expected, variance }
}

/**
 * What would be usual for other reasons than the broker's own level: the others have as much more; or it is a day of the
 * other kind. A cluster as a whole has no others: nothing it had at this time of the week is told of it.
 */
function usualAnyhow({ track, assumed, otherwise, whole, parts }: Subject, window: number): number {
  const usual = expectedByLevel(track, window, slowest, assumed)
  const compared = Math.max(window, firstByOthers)
  const others = parts.others ? (track.others[compared * speedCount + slowest] ?? 1) : 1
  // Where others are, they tell of a holiday, too.
  if (whole === undefined && others !== 1) return usual * others
  return usual * Math.max(whole === undefined ? 0 : 1, otherwise > 1 ? otherwise : 0)
}

/** The most improbable window of one cause; only where the sum of all is above what was expected too. */
export function causeEvidenceOf(subject: Subject, causes: CauseWindows): Evidence | undefined {
  const { settings } = subject
  if (causes.usualAll < leastUsual) return undefined
  const needs = needsOf(settings, 1)
  let strongest: Evidence | undefined
  for (const place of causes.active) {
    const share = usualShare(causes, place)
    for (let window = 0; window < causeWindowCount; window += 1) {
      const observed = causeSum(causes, place, window)
      const { surplus, log10Tail: needed } = needs[window] ?? noNeeds
      const least = (subject.track.least[window] ?? 0) * share
      if (least === 0 || observed < settings.minimumRatio * least || observed - least < surplus) continue
      const all = expectation(subject, window)
      const expected = all.expected * share
      if (observed < settings.minimumRatio * expected || observed - expected < surplus) continue
      const deviation = deviationOf(all)
      const strayed = subject.parts.peaks ? (overPeak[window] ?? 1) * calmPeak(subject.track.peaks, window) : 0
      if (observed - expected < strayed * deviation) continue
      const variance = all.variance + causeVariance + 1 / (countedUsually(causes, place) + 2)
      const log10Tail = log10UpperTail(Math.round(observed), expected, variance)
      if (log10Tail > causeTail * needed) continue
      if (strongest !== undefined && log10Tail >= strongest.log10Tail) continue
      const cause = judgedCauses[place]
      if (cause !== undefined) strongest = { window, observed, expected, variance, log10Tail, cause }
    }
  }
  return strongest
}

/** What a single minute had to reach to be told. */
export function upperOf(subject: Subject): { readonly expected: number; readonly upper: number } {
  const { expected, variance } = expectation(subject, 0)
  const { ratio, surplus, log10Tail } = needsOf(subject.settings, 1)[0] ?? noNeeds
  const from = Math.max(expected + surplus * sharersOf(subject), ratio * expected)
  return { expected, upper: countAtTail(log10Tail, expected, variance, from) }
}
