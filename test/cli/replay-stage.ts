/** What the tests of replay stand on: timelines as files, and the command run in this process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { replay } from '../../cli/replay.ts'
import { minuteMs } from '../../domain/time.ts'

export const beginMs = Date.parse('2026-11-02T06:00:00Z')

/** A recorded minute, `index` minutes after the begin: calm, but for the changes. */
export function line(index: number, broker: string, changes: object = {}): Record<string, unknown> {
  return {
    minute: new Date(beginMs + index * minuteMs).toISOString().replace('.000', ''),
    cluster: 'plant',
    broker,
    connects: 2,
    refused: 0,
    disconnects: { keepalive_timeout: 1, client_requested: 1 },
    connected: 1000,
    coverage: 1,
    ...changes,
  }
}

/** So many minutes of all these brokers; `change` says what was otherwise, `null` that a line is missing. */
export function timeline(
  minutes: number,
  brokers: readonly string[],
  change: (index: number, broker: string) => object | null | undefined = () => undefined,
): Record<string, unknown>[] {
  return Array.from({ length: minutes }, (_, index) => index).flatMap((index) =>
    brokers.flatMap((broker) => {
      const changes = change(index, broker)
      return changes === null ? [] : [line(index, broker, changes ?? {})]
    }),
  )
}

/** Six hours of two brokers; in minute 180 and the two after it, b1 loses hundreds of its clients. */
export function incident(): Record<string, unknown>[] {
  const lost = (index: number) => ({ disconnects: { network_eof: 400 }, connected: 1000 - 300 * (index - 179) })
  return timeline(360, ['b1', 'b2'], (index, broker) =>
    broker === 'b1' && index >= 180 && index < 183 ? lost(index) : undefined,
  )
}

/** As the lines of a file; text stands as it is. */
export function jsonl(lines: readonly (string | object)[]): string {
  return lines.map((each) => `${typeof each === 'string' ? each : JSON.stringify(each)}\n`).join('')
}

export interface Transition {
  readonly id: string
  readonly kind: string
  readonly status: string
  readonly at: string
  readonly cluster: string
  readonly broker?: string
  readonly severity: string
  readonly observed: number
  readonly expected: number
  readonly score: number
  readonly summary: string
  readonly why: string
  readonly diagnosis?: { readonly name: string }
}

export interface Replayed {
  readonly code: number
  readonly out: string
  readonly err: string
  /** What `--json` wrote. */
  readonly transitions: readonly Transition[]
  /** Those of a kind, as `minute scope status`. */
  readonly told: (kind: string) => readonly string[]
}

/** Runs `keepwatch replay` with these arguments. */
export async function run(...args: readonly string[]): Promise<Replayed> {
  let out = ''
  let err = ''
  const code = await replay.call(args, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    hasColours: false,
    columns: undefined,
    isWatched: false,
  })
  const transitions: Transition[] = args.includes('--json')
    ? out
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => JSON.parse(text))
    : []
  const told = (kind: string) =>
    transitions
      .filter((each) => each.kind === kind)
      .map((each) => `${(Date.parse(each.at) - beginMs) / minuteMs} ${each.broker ?? '*'} ${each.status}`)
  return { code, out, err, transitions, told }
}

/** A folder for a test's files. */
export function createFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'keepwatch-replay-'))
  return {
    /** Writes a file; gives its path. */
    write: (name: string, content: string | Uint8Array | object): string => {
      const file = join(folder, name)
      const isRaw = typeof content === 'string' || content instanceof Uint8Array
      writeFileSync(file, isRaw ? content : JSON.stringify(content))
      return file
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}
