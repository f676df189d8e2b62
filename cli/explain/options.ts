/** What `keepwatch explain` may be told. */
import { parseArgs } from 'node:util'
import { instant } from '../../domain/time.ts'
import { defaultUrl, isApiUrl } from '../api.ts'
import { timeOf } from '../replay/minute-clock.ts'

/** Of whom it is asked. A client may be in the only cluster there is. */
export type Asked =
  | { readonly of: 'client'; readonly clientId: string; readonly cluster: string | undefined }
  | { readonly of: 'broker'; readonly broker: string; readonly cluster: string }
  | { readonly of: 'cluster'; readonly cluster: string }

export interface ExplainOptions {
  readonly subject: Asked
  /** Where the query API answers. */
  readonly url: string
  /** Instants; undefined: as the API has it. */
  readonly from: string | undefined
  readonly to: string | undefined
  readonly json: boolean
}

export type OptionsOutcome =
  | { readonly kind: 'run'; readonly options: ExplainOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'fault'; readonly message: string }

export const usage = `Says why connections end: the likeliest cause, the figures that show it, and what to do.

  npm run keepwatch -- explain CLIENT_ID                    a client, its last 24 hours
  npm run keepwatch -- explain --broker NAME --cluster C    a broker, its last hour
  npm run keepwatch -- explain --cluster C                  a whole cluster, its last hour
  npm run keepwatch -- explain -- -dash-17                  a client whose id begins with a dash

  --cluster NAME     of a client: which cluster (default: the only one)
  --from, --to TIME  RFC 3339, or a date: the time that is asked about
  --url URL          where the query API answers (default ${defaultUrl}: \`npm start\`)
  --json             what the API answers, as JSON
  --help             this text

Exit code: 0 it is answered (or nothing is to be explained), 3 what is recorded does not suffice to tell (it is said what
would), 1 there is no such client, or the API does not answer, 2 the command line is wrong.
`

/** Reads the command line. Never throws: what is wrong comes back in one line. */
export function readOptions(args: readonly string[]): OptionsOutcome {
  const parsed = parse(args)
  if (typeof parsed === 'string') return { kind: 'fault', message: parsed }
  const { values, positionals } = parsed
  if (values.help === true) return { kind: 'help' }
  const { url = defaultUrl, json = false } = values
  if (!isApiUrl(url)) return { kind: 'fault', message: '--url needs a http:// or https:// URL' }
  const subject = subjectOf(values, positionals)
  if (typeof subject === 'string') return { kind: 'fault', message: subject }
  const [fromMs, toMs] = [values.from, values.to].map((text) =>
    text === undefined ? undefined : (timeOf(text) ?? NaN),
  )
  for (const [option, ms] of Object.entries({ '--from': fromMs, '--to': toMs })) {
    if (!Number.isNaN(ms)) continue
    return { kind: 'fault', message: `${option} needs a time such as 2026-11-22T10:00:00Z, or a date` }
  }
  const [from, to] = [fromMs, toMs].map((ms) => (ms === undefined ? undefined : instant(ms)))
  return { kind: 'run', options: { subject, url, from, to, json } }
}

type Values = Exclude<ReturnType<typeof parse>, string>['values']

function subjectOf({ cluster, broker }: Values, [clientId, ...more]: readonly string[]): Asked | string {
  if (more.length > 0) return `one CLIENT_ID is asked about, not ${more.length + 1}; quote one that holds spaces`
  if (clientId !== undefined && broker !== undefined) return 'a CLIENT_ID and --broker exclude each other'
  if (clientId !== undefined) return { of: 'client', clientId, cluster }
  if (cluster === undefined) return broker === undefined ? 'a CLIENT_ID is needed' : '--broker needs --cluster'
  return broker === undefined ? { of: 'cluster', cluster } : { of: 'broker', broker, cluster }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        cluster: { type: 'string' },
        broker: { type: 'string' },
        url: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  }
}
