/** What `keepwatch import` may be told. */
import { parseArgs } from 'node:util'
import { defaultUrl, isApiUrl } from '../api.ts'

export interface ImportOptions {
  readonly files: readonly string[]
  /** Where to post; undefined for a dry run. */
  readonly to: { readonly url: string; readonly secretFile: string } | undefined
  readonly json: boolean
}

export type OptionsOutcome =
  | { readonly kind: 'run'; readonly options: ImportOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'fault'; readonly message: string }

export const usage = `Reads what clients saw of their own connections out of logs, and posts it to a webhook.

  npm run keepwatch -- import app.log --cluster plant --secret-file token.txt
  npm run keepwatch -- import app-*.log.gz --to https://abc123.execute-api.eu-central-1.amazonaws.com \\
                                           --cluster plant --secret-file token.txt
  journalctl -u app -o cat | npm run --silent keepwatch -- import - --cluster plant --secret-file token.txt
  npm run keepwatch -- import app.log --dry-run        what would be sent

FILE is a log in which some lines hold a document that observe() wrote, whatever else stands before or after it
on the line; - is standard input, and names that end in .gz are decompressed. All other lines are passed over.
The same log may be imported again: what is stored twice is stored once.

  --to URL           where the HTTP API answers (default ${defaultUrl})
  --cluster NAME     which cluster; it must have a "webhook" (docs/webhooks.md)
  --secret-file F    a file that holds the token alone; or the webhook's secret, as JSON: "token", "tokens"
                     or "hmacKeys". Of several the first is used
  --dry-run          reads and counts, and sends nothing
  --json             the summary as one JSON object
  --help             this text

Exit code: 0 everything was sent, 1 something was not (said on standard error; what could be sent was), 2 the
command line, a file or the secret is wrong.
`

/** Reads the command line. Never throws: what is wrong comes back in one line. */
export function readOptions(args: readonly string[]): OptionsOutcome {
  const parsed = parse(args)
  if (typeof parsed === 'string') return { kind: 'fault', message: parsed }
  const { values, positionals: files } = parsed
  if (values.help === true) return { kind: 'help' }
  if (files.length === 0) return { kind: 'fault', message: 'a FILE is needed (- for standard input)' }
  if (files.filter((file) => file === '-').length > 1)
    return { kind: 'fault', message: 'standard input is named twice' }
  const to = values['dry-run'] === true ? undefined : placeOf(values)
  if (typeof to === 'string') return { kind: 'fault', message: to }
  return { kind: 'run', options: { files, to, json: values.json === true } }
}

function placeOf(values: Exclude<ReturnType<typeof parse>, string>['values']): ImportOptions['to'] | string {
  const { to = defaultUrl, cluster, 'secret-file': secretFile } = values
  if (!isApiUrl(to)) return '--to needs a http:// or https:// URL'
  if (cluster === undefined) return '--cluster is needed: into which cluster’s record?'
  if (secretFile === undefined) return '--secret-file is needed: the webhook takes nothing without its token'
  return { url: `${to.replace(/\/+$/, '')}/v1/feeds/${encodeURIComponent(cluster)}`, secretFile }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        to: { type: 'string' },
        cluster: { type: 'string' },
        'secret-file': { type: 'string' },
        'dry-run': { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  }
}
