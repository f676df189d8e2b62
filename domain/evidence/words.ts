/** Figures in the sentences of diagnoses. */
import { harmless } from '../text.ts'
import { instant } from '../time.ts'

/** `0.4 s`, `60 s`, `349.5 s`, `25 min`, `1 h`, `2 days`: three digits are enough to check. */
export function durationText(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`
  if (seconds < 600) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 360) / 10} h` : `${Math.round(seconds / 8640) / 10} days`
}

/** `between 349 s and 352 s`, or `350 s` where both read the same: of what lasted, took or ended so long after. */
export function betweenText(fromMs: number, toMs: number): string {
  const [from, to] = [durationText(fromMs), durationText(toMs)]
  return from === to ? from : `between ${from} and ${to}`
}

/** `2026-11-22 10:00:00 UTC`. */
export function timeText(epochMs: number): string {
  return `${instant(epochMs).slice(0, 19).replace('T', ' ')} UTC`
}

/** Untrusted names, harmless: `a, b and 3 more`. */
export function namesText(names: readonly string[], most = 4): string {
  const shown = names.slice(0, most).map((name) => harmless(name, 100))
  const more = names.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}

export function countText(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
