/** Search in what is in order. */

/** Index of the first whose value is not below; the length where there is none. */
export function firstFrom<T>(sorted: readonly T[], value: number, valueOf: (item: T) => number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const item = sorted[middle]
    if (item !== undefined && valueOf(item) < value) low = middle + 1
    else high = middle
  }
  return low
}
