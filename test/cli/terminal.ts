/** A terminal that remembers what was written to it, and a command run on it. */
import type { Command } from '../../cli/command.ts'
import type { Terminal } from '../../cli/terminal.ts'

export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command in this process. By default its output is piped, and nobody watches. */
export async function runOn(
  command: Command,
  args: readonly string[],
  terminal: Partial<Pick<Terminal, 'columns' | 'hasColours' | 'isWatched'>> = {},
): Promise<Said> {
  const said = { out: '', err: '' }
  const code = await command.call(args, {
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    hasColours: false,
    columns: undefined,
    isWatched: false,
    ...terminal,
  })
  return { code, ...said }
}
