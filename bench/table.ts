/** Prints rows of figures as a Markdown table. */
import process from 'node:process'

export type Row = Readonly<Record<string, string | number>>

export function printTable(rows: readonly Row[]): void {
  const names = Object.keys(rows[0] ?? {})
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |\n`
  if (names.length === 0) return
  process.stdout.write(line(names) + line(names.map(() => '---')))
  for (const row of rows) process.stdout.write(line(names.map((name) => row[name] ?? '')))
}

/** Middle of an odd number of figures. */
export function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN
}
