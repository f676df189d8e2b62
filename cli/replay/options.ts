/** What `keepwatch replay` may be told. */
import { parseArgs } from 'node:util'
import { dayMs, minuteMs, startOfMinute } from '../../domain/time.ts'
import { defaultUrl, isApiUrl } from '../api.ts'
import { timeOf } from './minute-clock.ts'
import type { StoredOptions } from './stored.ts'

export interface ReplayOptions {
  readonly source: { readonly kind: 'file'; readonly file: string } | ({ readonly kind: 'store' } & StoredOptions)
  /** One, or two to compare; without a file all is as by default. */
  readonly settingsFiles: readonly [string | undefined] | readonly [string, string]
  readonly json: boolean
  /** Undefined: where somebody watches. */
  readonly progress: boolean | undefined
}

export type OptionsOutcome =
  | { readonly kind: 'run'; readonly options: ReplayOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'fault'; readonly message: string }

export const usage = `Runs the analysis over recorded minutes, and tells which alerts there would have been.

  npm run keepwatch -- replay examples/replay/minutes.jsonl            a file, with default thresholds
  npm run keepwatch -- replay november.jsonl.gz --config new.json      with the thresholds of new.json
  npm run keepwatch -- replay november.jsonl --compare now.json new.json
                                                                       which alerts would differ
  npm run keepwatch -- replay --from-store --from 2026-11-01 --to 2026-11-08 --config new.json
                                                                       what this system itself recorded
  zcat *.gz | npm run --silent keepwatch -- replay - --json | jq .summary

FILE holds a JSON object a line, for each broker and minute, in time order; - is standard input, and names
that end in .gz or .zst are decompressed. docs/replay.md describes the fields. A line such as

  {"minute":"2026-11-01T00:00:00Z","cluster":"c1","broker":"b1","connects":12,"refused":0,
   "disconnects":{"keepalive_timeout":3},"connected":5123,"coverage":1}      (in one line)

  --config FILE      thresholds, weights, timezone, maintenance of each cluster; needs no feeds.
                     Without it, or for a cluster that it does not name: the defaults
  --compare A B      two configurations: tells the alerts that are only in one, or begin at another time or with
                     another severity
  --from-store       instead of FILE: asks the query API of a running system, with
    --url URL          where it answers (default http://127.0.0.1:4680)
    --cluster NAME     which cluster (default: the only one)
    --from, --to TIME  RFC 3339, or a date (default: the last day)
  --json             a JSON object a line, for each transition of an alert; nothing else on standard output
  --progress         says on standard error how far it is, --no-progress not; default: on a terminal
  --help             this text

Exit code: 0 all was read, 1 lines were refused or the input broke off (said on standard error; the rest was
replayed), 2 the command line or the configuration is wrong, or there is no such input.
`

/** Reads the command line. Never throws: what is wrong comes back in one line. `nowMs`: the end of the last day. */
export function readOptions(args: readonly string[], nowMs: number): OptionsOutcome {
  const parsed = parse(args)
  if (typeof parsed === 'string') return { kind: 'fault', message: parsed }
  const { values, files, compared } = parsed
  if (values.help === true) return { kind: 'help' }
  const settingsFiles = settingsOf(values.config, values.compare, compared)
  if (typeof settingsFiles === 'string') return { kind: 'fault', message: settingsFiles }
  const source = values['from-store'] === true ? storeOf(values, files, nowMs) : fileOf(values, files)
  if (typeof source === 'string') return { kind: 'fault', message: source }
  return { kind: 'run', options: { source, settingsFiles, json: values.json === true, progress: values.progress } }
}

type Values = Exclude<ReturnType<typeof parse>, string>['values']

function settingsOf(config: string | undefined, a: string | undefined, b: string | undefined) {
  if (a === undefined) return [config] as const
  if (config !== undefined) return '--config and --compare exclude each other'
  return b === undefined ? '--compare needs two configurations: --compare A.json B.json' : ([a, b] as const)
}

function fileOf({ url, cluster, from, to }: Values, files: readonly string[]): ReplayOptions['source'] | string {
  if (url !== undefined || cluster !== undefined || from !== undefined || to !== undefined) {
    return '--url, --cluster, --from and --to belong to --from-store'
  }
  const [file, ...more] = files
  if (file === undefined) return 'a FILE is needed (- for standard input), or --from-store'
  return more.length > 0 ? `one FILE is read, not ${files.length}` : { kind: 'file', file }
}

function storeOf(values: Values, files: readonly string[], nowMs: number): ReplayOptions['source'] | string {
  const { url = defaultUrl, cluster, from, to } = values
  if (files.length > 0) return `--from-store reads no file: ${files[0]}`
  if (!isApiUrl(url)) return '--url needs a http:// or https:// URL'
  const toMs = to === undefined ? startOfMinute(nowMs) : timeOf(to)
  if (toMs === undefined) return `--to ${to}: a time such as 2026-11-22T10:00:00Z, or a date, is needed`
  const fromMs = from === undefined ? toMs - dayMs : timeOf(from)
  if (fromMs === undefined) return `--from ${from}: a time such as 2026-11-22T10:00:00Z, or a date, is needed`
  if (fromMs + minuteMs > toMs) return '--from must be before --to'
  return { kind: 'store', url, cluster, fromMs, toMs }
}

function parse(args: readonly string[]) {
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      tokens: true,
      options: {
        config: { type: 'string' },
        compare: { type: 'string' },
        'from-store': { type: 'boolean' },
        url: { type: 'string' },
        cluster: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        json: { type: 'boolean' },
        progress: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    // The second configuration stands right after the first, wherever FILE stands.
    const at = tokens.findIndex((token) => token.kind === 'option' && token.name === 'compare')
    const next = at < 0 ? undefined : tokens[at + 1]
    const compared = next?.kind === 'positional' ? next : undefined
    const places = tokens.flatMap((token) => (token.kind === 'positional' && token !== compared ? [token.value] : []))
    return { values, files: compared === undefined ? positionals : places, compared: compared?.value }
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  }
}
