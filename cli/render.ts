/** Findings as text for people: plain lines of at most 100 columns. Pure. */
import { harmless } from '../domain/text.ts'
import { beginning, displayedWidth } from './cells.ts'
import type { Check } from './doctor/check.ts'

const columns = 100
const nameAt = 9
const foundAt = 24
const longestCharacters = 2000

const colours = { ok: 32, warning: 33, failed: 31, skipped: 90 } as const

export interface Style {
  readonly hasColours: boolean
}

/** The line above the checks of a feed. */
export function renderTitle(words: string, { hasColours }: Style): string {
  const [first = '', ...more] = wrapped(words, columns)
  const title = hasColours ? `\u001B[1m${first}\u001B[22m` : first
  return `\n${[title, ...more].join('\n')}\n`
}

/** Checks as a table; those that were skipped for one reason are one line. */
export function renderChecks(checks: readonly Check[], style: Style): string {
  const rows: { names: string[]; check: Check }[] = []
  for (const check of checks) {
    const last = rows.at(-1)
    const isSame = check.status === 'skipped' && last?.check.status === 'skipped' && last.check.found === check.found
    if (isSame) last.names.push(check.name)
    else rows.push({ names: [check.name], check })
  }
  return rows.map(({ names, check }) => row(names, check, style)).join('')
}

function row(names: readonly string[], { status, found, advice = [] }: Check, { hasColours }: Style): string {
  const [name = '', ...others] = names
  const words = others.length === 0 ? found : `(and ${others.join(', ')}) ${found}`
  const padded = status.padEnd(nameAt)
  const shown = hasColours ? `\u001B[${colours[status]}m${padded}\u001B[39m` : padded
  const [first = '', ...more] = wrapped(words, columns - foundAt)
  const lines = [`${shown}${name.padEnd(foundAt - nameAt)}${first}`, ...indented(more, foundAt)]
  for (const { text, lines: exact = [] } of advice) {
    const [begin = '', ...rest] = wrapped(text, columns - nameAt - 2)
    lines.push(`${' '.repeat(nameAt)}→ ${begin}`, ...indented(rest, nameAt + 2))
    // What is to be copied stays whole, however long.
    lines.push(
      ...indented(
        exact.map((line) => harmless(line, longestCharacters)),
        nameAt + 6,
      ),
    )
  }
  return `${lines.join('\n')}\n`
}

const indented = (lines: readonly string[], by: number): string[] => lines.map((line) => `${' '.repeat(by)}${line}`)

/** Harmless text in lines: breaks between words, and within those that are longer than a line. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of harmless(text, longestCharacters).split(' ')) {
    if (line !== '' && displayedWidth(line) + 1 + displayedWidth(word) > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
    while (displayedWidth(line) > width) {
      const first = beginning(line, width)
      lines.push(first)
      line = line.slice(first.length)
    }
  }
  return [...lines, line]
}

/** As JSON for a program to read; what clients and brokers say stands in it: made harmless for those who print it. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, calmed, 2)}\n`

const calmed = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? harmless(value, longestCharacters) : value
