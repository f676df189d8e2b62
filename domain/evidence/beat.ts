/** Whether times keep a beat: a schedule told from begins alone, where sessions are too short for their length to tell it. */

const leastTimes = 24
/** Of the differences from one time to the next. */
const mostSpread = 0.1

/**
 * Do these times keep to a clock of their own? Each may be early or late by chance, and some may be missing, but that does
 * not add up: against a straight line they stray less than from one to the next. Of times that wait for each other, as those
 * of a client that comes back a second after each end, every delay stays, and they stray √(n / 15) times as much.
 */
export function keepsBeat(timesMs: readonly number[]): boolean {
  const sorted = timesMs.toSorted((a, b) => a - b)
  const gaps = sorted.slice(1).map((atMs, index) => atMs - (sorted[index] ?? atMs))
  const beatMs = gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? 0
  if (sorted.length < leastTimes || beatMs <= 0) return false
  const [firstMs = 0] = sorted
  let beat = 0
  const points = [{ x: 0, y: 0 }]
  const single: number[] = []
  for (const [index, gapMs] of gaps.entries()) {
    const beats = Math.round(gapMs / beatMs)
    if (beats === 1) single.push(gapMs)
    beat += beats
    points.push({ x: beat, y: (sorted[index + 1] ?? 0) - firstMs })
  }
  const spreadMs = deviationOf(single)
  if (single.length < leastTimes / 2 || spreadMs > mostSpread * beatMs) return false
  return strayOf(points) <= spreadMs
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values)
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)))
}

/** How far points lie from the straight line that fits them best. */
function strayOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const [meanX, meanY] = [meanOf(points.map(({ x }) => x)), meanOf(points.map(({ y }) => y))]
  const across = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0)
  const slope = across / points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0)
  return deviationOf(points.map(({ x, y }) => y - meanY - slope * (x - meanX)))
}
