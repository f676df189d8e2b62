/** What `npm start` may be told. */
import { parseArgs } from 'node:util'

export interface StartOptions {
  /** Undefined: the demonstration. */
  readonly settingsFile: string | undefined
  readonly port: number
  readonly dataFolder: string | undefined
  readonly secretsFile: string | undefined
  readonly webhookUrl: string | undefined
  readonly verbose: boolean
  /** Reading needs the token too. */
  readonly isPrivate: boolean
}

export type OptionsOutcome =
  | { readonly kind: 'start'; readonly options: StartOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'fault'; readonly message: string }

export const usage = `Runs Keepwatch on this machine.

  npm start                                    a demonstration, nothing else needed
  npm start -- --config keepwatch.json         watches your own brokers

  --config FILE    the configuration; without it the demonstration runs
  --port N         port of page and API on 127.0.0.1 (default 4680)
  --data DIR       keeps the record over restarts (default .keepwatch/data; the demonstration: .keepwatch/demo-data)
  --secrets FILE   JSON object of secret name → object or text, mode 0600 (default keepwatch.secrets.json beside the
                   configuration)
  --webhook URL    posts every alert notification there as JSON
  --private        reading needs the token too, for machines with other users
  --verbose        shows every line that functions and watchers write, and at the end the grants nothing used
  --help           this text
`

/** Reads the command line. Never throws: what is wrong comes back in one line. */
export function readOptions(args: readonly string[]): OptionsOutcome {
  const values = parse(args)
  if (typeof values === 'string') return { kind: 'fault', message: values }
  return values.help === true ? { kind: 'help' } : optionsOf(values)
}

/** Options as they were typed. */
interface Typed {
  readonly config?: string | undefined
  readonly port?: string | undefined
  readonly data?: string | undefined
  readonly secrets?: string | undefined
  readonly webhook?: string | undefined
  readonly private?: boolean | undefined
  readonly verbose?: boolean | undefined
}

/** Checks what was typed. */
export function optionsOf(values: Typed): Exclude<OptionsOutcome, { kind: 'help' }> {
  const port = Number(values.port ?? 4680)
  if (!/^\d{1,5}$/.test(values.port ?? '4680') || port > 65_535) {
    return { kind: 'fault', message: `--port ${values.port}: a number from 0 to 65535 is needed` }
  }
  if (values.webhook !== undefined && !/^https?:$/.test(protocolOf(values.webhook))) {
    return { kind: 'fault', message: '--webhook needs an http:// or https:// URL' }
  }
  return {
    kind: 'start',
    options: {
      settingsFile: values.config,
      port,
      dataFolder: values.data,
      secretsFile: values.secrets,
      webhookUrl: values.webhook,
      verbose: values.verbose === true,
      isPrivate: values.private === true,
    },
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        port: { type: 'string' },
        data: { type: 'string' },
        secrets: { type: 'string' },
        webhook: { type: 'string' },
        private: { type: 'boolean' },
        verbose: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  }
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : ''
}
