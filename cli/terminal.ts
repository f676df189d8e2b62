/** Where a command writes, and what that place can show. */
import process from 'node:process'

export interface Terminal {
  /** What the command found. */
  readonly out: (text: string) => void
  /** What it does meanwhile, and what was wrong with the command line. */
  readonly err: (text: string) => void
  /** Standard output is a terminal that shows colours. */
  readonly hasColours: boolean
  /** Width of standard output; undefined where it is no terminal: a file, or another program. */
  readonly columns: number | undefined
  /** Somebody reads standard error as it comes. */
  readonly isWatched: boolean
}

/** What a shell gives for a process that wrote to nobody: 128 + SIGPIPE. */
const nobodyReads = 141

/** The terminal of this process. `NO_COLOR` with any value turns colours off (no-color.org). */
export function processTerminal(): Terminal {
  // Such as `| head`: what more there is to say, nobody hears.
  process.stdout.once('error', () => process.exit(nobodyReads))
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    hasColours: process.stdout.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
    isWatched: process.stderr.isTTY,
  }
}
