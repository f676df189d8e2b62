/** What `keepwatch replay` may be told. */
import { dayMs, minuteMs, startOfMinute } from '../../domain/time.ts'
import { WrongLine } from '../fault.ts'
import type { OptionValues } from '../parse.ts'
import { clusterOption, spanOptions, targetOptions } from '../option-sets.ts'
import { targetOf } from '../target.ts'
import { timeOf } from '../times.ts'
import type { StoredOptions } from './stored.ts'

export interface ReplayOptions {
  readonly source: { readonly kind: 'file'; readonly file: string } | ({ readonly kind: 'store' } & StoredOptions)
  /** One, or two to compare; without a file all is as by default. */
  readonly settingsFiles: readonly [string | undefined] | readonly [string, string]
  readonly json: boolean
  /** Undefined: where somebody watches. */
  readonly progress: boolean | undefined
}

const store = 'Instead of FILE'

export const replayOptions = {
  config: {
    type: 'string',
    summary:
      'thresholds, weights, timezone, maintenance of each cluster; needs no feeds. Without it, or for a cluster that it does not name: the defaults',
    placeholder: 'FILE',
    completes: 'file',
  },
  compare: {
    type: 'string',
    count: 2,
    summary:
      'two configurations: tells the alerts that are only in one, or begin at another time or with another severity',
    placeholder: 'A.json B.json',
    completes: 'file',
  },
  json: {
    type: 'boolean',
    summary: 'a JSON object a line, for each transition of an alert; nothing else on standard output',
  },
  progress: {
    type: 'boolean',
    negatable: true,
    summary: 'says on standard error how far it is (default: on a terminal)',
  },
  'from-store': { type: 'boolean', summary: 'asks a running system for what it recorded itself', group: store },
  cluster: { ...clusterOption.cluster, group: store },
  from: { ...spanOptions.from, summary: `${spanOptions.from.summary} (default: a day before its end)`, group: store },
  to: { ...spanOptions.to, group: store },
  ...targetOptions,
} as const

type Values = OptionValues<typeof replayOptions>

/**
 * What was typed, as the command works with it. `nowMs`: the end of the last day.
 * @throws WrongLine, and Failure where the system that is asked cannot be found
 */
export async function readOptions(values: Values, file: string | undefined, nowMs: number): Promise<ReplayOptions> {
  const settingsFiles = settingsOf(values)
  const source = values['from-store'] ? await storeOf(values, file, nowMs) : fileOf(values, file)
  return { source, settingsFiles, json: values.json, progress: values.progress }
}

function settingsOf({ config, compare }: Values): ReplayOptions['settingsFiles'] {
  if (compare === undefined) return [config]
  if (config !== undefined) throw new WrongLine('--config and --compare exclude each other')
  const [a = '', b = ''] = compare
  return [a, b]
}

const ofStore = ['cluster', 'from', 'to', 'url', 'stack', 'profile', 'region', 'token-file'] as const

function fileOf(values: Values, file: string | undefined): ReplayOptions['source'] {
  const wrong = ofStore.find((name) => values[name] !== undefined)
  if (wrong !== undefined) throw new WrongLine(`--${wrong} belongs to --from-store`)
  if (file === undefined) throw new WrongLine('a FILE is needed (- for standard input), or --from-store')
  return { kind: 'file', file }
}

async function storeOf(values: Values, file: string | undefined, nowMs: number): Promise<ReplayOptions['source']> {
  if (file !== undefined) throw new WrongLine(`--from-store reads no file: ${file}`)
  const { cluster, from, to } = values
  const toMs = to === undefined ? startOfMinute(nowMs) : timeOf('--to', to, nowMs)
  const fromMs = from === undefined ? toMs - dayMs : timeOf('--from', from, nowMs)
  if (fromMs + minuteMs > toMs) throw new WrongLine('--from must be before --to')
  return { kind: 'store', target: await targetOf(values), cluster, fromMs, toMs }
}
