/** Shares of a whole for people: a bar against what would be fair, and percents. Pure. */

const barWidth = 12

/** `█████│██····`: filled is the share, the mark is the fair one; the whole bar is twice the fair share. */
export function shareBar(share: number | undefined, fair: number | undefined): string | undefined {
  if (share === undefined || fair === undefined || fair <= 0) return undefined
  const filled = Math.min(barWidth, Math.round((share / (2 * fair)) * barWidth))
  const bar = '█'.repeat(filled) + '·'.repeat(barWidth - filled)
  return `${bar.slice(0, barWidth / 2)}│${bar.slice(barWidth / 2)}${share > 2 * fair ? '»' : ''}`
}

/** `41.7 %`; above ten without the tenth. */
export function percent(share: number | undefined): string | undefined {
  if (share === undefined) return undefined
  const value = 100 * share
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} %`
}
