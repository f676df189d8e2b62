/** What somebody may have meant who typed something that is not there. Pure. */

/** Edits (a letter more, less, another, or two swapped) between two words. */
export function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1]
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (isSame ? 0 : 1),
          isSwapped ? (before[j - 2] ?? 0) + 1 : Infinity,
        ),
      )
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}

/** `, did you mean …?` with the likeliest of these, or nothing: a third of the letters may be wrong, or the end missing. */
export function nearest(word: string, known: readonly string[], prefix = ''): string {
  const typed = word.slice(0, 100).toLowerCase()
  const ranked = known
    .map((each) => ({ each, far: each.startsWith(typed) && typed.length > 1 ? 0.5 : distance(typed, each) }))
    .filter(({ each, far }) => far <= Math.max(1, Math.ceil(each.length / 3)))
    .toSorted((a, b) => a.far - b.far)
  const [best] = ranked
  return best === undefined ? '' : ` (did you mean ${prefix}${best.each}?)`
}
