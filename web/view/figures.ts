/** Numbers as people read them. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })
const tiny = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 })
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })

/** `12,345`; below ten with one decimal where it has one. Nothing known is `–`. */
export function figureText(value: number | undefined | null): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return '–'
  return Math.abs(value) < 10 ? short.format(value) : whole.format(value)
}

/** `12.3K`, for axes. */
export function axisText(value: number): string {
  return compact.format(value)
}

/** A share of 0 to 1 as `34.5 %`. */
export function percentText(share: number | undefined): string {
  if (share === undefined) return '–'
  return `${share < 0.01 ? tiny.format(share * 100) : short.format(share * 100)} %`
}

/** `1 client`, `2 clients`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${whole.format(count)} ${count === 1 ? one : many}`
}
