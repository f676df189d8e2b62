/** How far calm times have already strayed from what was expected: what stood out no more than that is no incident. */
import { windowCount } from './windows.ts'

/**
 * Scores (standard deviations) are remembered by blocks of hours, and count once a block lies behind: an incident that
 * rises slowly must not raise its own bar.
 */
const blockMinutes = 240
/** A block after which the highest score counts less. */
const decay = 0.5 ** (blockMinutes / (10 * 1440))

/** Highest score of a window in calm times, some hours ago and before. */
export const calmPeak = (peaks: Float32Array, window: number): number => peaks[window] ?? 0

/** Notes the score of a calm window. */
export function notePeak(peaks: Float32Array, window: number, score: number): void {
  const at = 2 * windowCount + window
  if (score > (peaks[at] ?? 0)) peaks[at] = Math.round(score * 100) / 100
}

/** Moves on by a block where this minute begins one. */
export function turnPeaks(peaks: Float32Array, minute: number): void {
  if (minute % blockMinutes !== 0) return
  for (let window = 0; window < windowCount; window += 1) {
    const before = Math.max((peaks[window] ?? 0) * decay, peaks[windowCount + window] ?? 0)
    peaks[window] = Math.round(before * 1000) / 1000
    peaks[windowCount + window] = peaks[2 * windowCount + window] ?? 0
    peaks[2 * windowCount + window] = 0
  }
}

/** What is not yet counted belongs to an incident. */
export function forgetPending(peaks: Float32Array): void {
  peaks.fill(0, windowCount)
}
