/** A command as a row of docs/cli.md. */
import type { Command } from '../../cli/command.ts'

const bar = (text: string): string => text.replaceAll('|', '\\|')

/** Name, what it does, and the exit codes that mean something of their own. */
export function rowOf({ name, summary, exitCodes = {} }: Command): string {
  const codes = Object.entries(exitCodes).map(([code, words]) => `${code}: ${bar(words)}`)
  return `| \`keepwatch ${name}\` | ${bar(summary)} | ${codes.join('<br>')} |`
}
