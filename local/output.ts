/** What functions and containers write, line by line: errors are shown to people, the rest only when asked for. */
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import * as z from 'zod/mini'
import { harmless } from '../domain/text.ts'

const maxLineCharacters = 600

export interface OutputOptions {
  readonly label: string
  /** Show every line. */
  readonly verbose: boolean
  /** The least level of structured lines that is shown without `verbose`. */
  readonly from?: Level
  readonly say: (line: string) => void
}

const levels = ['debug', 'info', 'warn', 'error', 'critical'] as const
export type Level = (typeof levels)[number]

const LogLineSchema = z.looseObject({
  level: z.pipe(
    z.string(),
    z.transform((level) => level.toLowerCase()),
  ),
  message: z.string(),
})

/** Fields that every line has and people need not read. */
const silentFields = new Set([
  'level',
  'message',
  'time',
  'timestamp',
  'service',
  'sampling_rate',
  'xray_trace_id',
  'function_arn',
  'function_memory_size',
  'function_name',
  'function_request_id',
  'cold_start',
])

/** Passes on the lines of both streams. Unstructured lines count as errors on stderr and as chatter on stdout. */
export function relayOutput(
  source: { readonly stdout: Readable | null; readonly stderr: Readable | null },
  options: OutputOptions,
): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = source[name]
    if (stream === null) continue
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      const shown = shownLine(line, { ...options, fallback: name === 'stderr' ? 'error' : 'debug' })
      if (shown !== undefined) options.say(`${options.label}: ${shown}`)
    })
  }
}

/** The line as people read it, or undefined when it is not for them. */
export function shownLine(
  line: string,
  options: Pick<OutputOptions, 'verbose' | 'from'> & { readonly fallback: Level },
): string | undefined {
  if (line.trim() === '') return undefined
  const structured = LogLineSchema.safeParse(parseJson(line))
  const level = structured.success ? structured.data.level : options.fallback
  const rank = levels.findIndex((known) => known === level)
  if (!options.verbose && rank < levels.indexOf(options.from ?? 'error')) return undefined
  if (!structured.success) return harmless(line, maxLineCharacters)
  const fields = Object.entries(structured.data)
    .filter(([name, value]) => !silentFields.has(name) && value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const { message } = structured.data
  return harmless(fields.length === 0 ? message : `${message} (${fields.join(', ')})`, maxLineCharacters)
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
