/** What `keepwatch import` may be told. */
import { WrongLine } from '../fault.ts'
import { clusterOption, jsonOption } from '../option-sets.ts'
import { isApiUrl, localUrl } from '../target.ts'

export const importOptions = {
  to: {
    type: 'string',
    summary: 'where the API answers (default $KEEPWATCH_URL, else the system on this machine)',
    placeholder: 'URL',
  },
  cluster: { ...clusterOption.cluster, summary: 'which cluster; it must have a "webhook" (docs/webhooks.md)' },
  'secret-file': {
    type: 'string',
    summary:
      'holds the token alone; or the webhook’s secret, as JSON: "token", "tokens" or "hmacKeys", of several the first',
    placeholder: 'FILE',
    completes: 'file',
  },
  'dry-run': { type: 'boolean', summary: 'reads and counts, and sends nothing' },
  json: { ...jsonOption.json, summary: 'the summary as one JSON object' },
} as const

export interface Place {
  readonly url: string
  readonly secretFile: string
}

/**
 * Where to post.
 * @throws WrongLine
 */
export function placeOf(values: {
  readonly to: string | undefined
  readonly cluster: string | undefined
  readonly 'secret-file': string | undefined
}): Place {
  const { to = localUrl(), cluster, 'secret-file': secretFile } = values
  if (!isApiUrl(to)) throw new WrongLine('--to needs a http:// or https:// URL')
  if (cluster === undefined) throw new WrongLine('--cluster is needed: into which cluster’s record?')
  if (secretFile === undefined)
    throw new WrongLine('--secret-file is needed: the webhook takes nothing without its token')
  return { url: `${to.replace(/\/+$/, '')}/v1/feeds/${encodeURIComponent(cluster)}`, secretFile }
}
