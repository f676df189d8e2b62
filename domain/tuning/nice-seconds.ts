/** Seconds as people write them into options. */

/** Not above what is given: 40 s, 230 s. */
export function niceDown(seconds: number): number {
  const step = stepAt(seconds)
  return Math.max(1, Math.floor(Math.round(seconds) / step) * step)
}

/** Not below what is given. */
export function niceUp(seconds: number): number {
  const step = stepAt(seconds)
  return Math.max(1, Math.ceil(seconds / step) * step)
}

function stepAt(seconds: number): number {
  if (seconds < 30) return 1
  return seconds < 100 ? 5 : 10
}
