/** Colours by what they mean; none where the terminal shows none. Pure. */
import type { Terminal } from './terminal.ts'

export type Tone = 'good' | 'warning' | 'bad' | 'faint' | 'strong'

const codes: Readonly<Record<Tone, readonly [on: number, off: number]>> = {
  good: [32, 39],
  warning: [33, 39],
  bad: [31, 39],
  faint: [90, 39],
  strong: [1, 22],
}

/** Text that is already harmless, in a colour. */
export function toned(text: string, tone: Tone | undefined, { hasColours }: Pick<Terminal, 'hasColours'>): string {
  if (!hasColours || tone === undefined || text === '') return text
  const [on, off] = codes[tone]
  return `\u001B[${on}m${text}\u001B[${off}m`
}
