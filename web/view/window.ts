/** Which rows of a long list are drawn: those in view and a few around them. Pure. */

export interface Viewport {
  readonly scrollTop: number
  readonly height: number
}

/** Rows `first` to before `end`. All rows are `rowHeight` high; at least one screen is drawn before anything was measured. */
export function rowsInView(
  { scrollTop, height }: Viewport,
  { count, rowHeight, around = 8 }: { readonly count: number; readonly rowHeight: number; readonly around?: number },
): { readonly first: number; readonly end: number } {
  const seen = Math.ceil(Math.max(height, 400) / rowHeight)
  const top = Math.min(Math.max(0, Math.floor(scrollTop / rowHeight)), Math.max(0, count - seen))
  return { first: Math.max(0, top - around), end: Math.min(count, top + seen + around) }
}
