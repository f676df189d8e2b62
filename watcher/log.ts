/** Structured log lines: one JSON object a line, every text harmless, so that no client id can act in a terminal. */
import { harmless } from '../domain/text.ts'
import { instant } from '../domain/time.ts'

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  /** One decision, in plain words. */
  readonly message: string
  readonly [field: string]: string | number | boolean | undefined
}

/** Takes one line. Never given credentials or whole events. */
export type Log = (line: LogLine) => void

/** Writes lines as JSON with the time before them; texts are cut at 500 characters. */
export function jsonLog(write: (text: string) => void, now: () => number): Log {
  return (line) => {
    const shown = Object.entries(line).map(([name, value]) => [
      name,
      typeof value === 'string' ? harmless(value, 500) : value,
    ])
    write(`${JSON.stringify({ time: instant(now()), ...Object.fromEntries(shown) })}\n`)
  }
}
