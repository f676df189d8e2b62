/** Text of a given width on a terminal, as people see it: wide characters take two columns. Pure. */
import stringWidth from 'string-width'

/** How many columns a text takes. */
export const displayedWidth = (text: string): number => stringWidth(text)

/** Filled up with spaces to a width; what is longer is cut with `…`, unless it may be `long`. */
export function fitted(text: string, width: number, long = false): string {
  const displayed = displayedWidth(text)
  if (displayed <= width) return text + ' '.repeat(width - displayed)
  if (long) return text
  const cut = width > 1 ? beginning(text, width - 1) : ''
  return `${cut}…${' '.repeat(Math.max(0, width - 1 - displayedWidth(cut)))}`
}

/** As much of a text as fits, but at least its first character. */
export function beginning(text: string, width: number): string {
  let used = 0
  let end = 0
  for (const { segment, index } of new Intl.Segmenter().segment(text)) {
    used += displayedWidth(segment)
    if (used > width && index > 0) break
    end = index + segment.length
  }
  return text.slice(0, end)
}
