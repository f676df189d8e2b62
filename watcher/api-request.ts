/** One GET of a broker's REST API: with basic authentication, TLS verified, bounded in time and size. Never throws. */
import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import type { FeedSettings } from '../domain/feed.ts'
import { secondMs } from '../domain/time.ts'
import type { Credentials } from './secrets.ts'

/** Where an API is, and as whom it is asked. */
export interface ApiAccess {
  /** Base of the API, without a path of its own or with that of a proxy. */
  readonly url: string
  readonly credentials: Credentials
  /** Its TLS options hold for the API too. */
  readonly connection: Pick<FeedSettings['connection'], 'rejectUnauthorized' | 'servername'>
}

export type ApiAnswer =
  | { readonly ok: true; readonly json: unknown }
  /** Why there is none; holds nothing secret. `status` where the API answered. */
  | { readonly ok: false; readonly reason: string; readonly status?: number }

const timeoutMs = 10 * secondMs
const maxBytes = 16 * 1024 * 1024

/** Asks for a path such as `/api/whoami`. */
export async function askApi({ url, credentials, connection }: ApiAccess, path: string): Promise<ApiAnswer> {
  const { username, password, ca, cert, key, passphrase } = credentials
  const place = new URL(url.replace(/\/$/, '') + path)
  const options = {
    signal: AbortSignal.timeout(timeoutMs),
    headers: { accept: 'application/json' },
    ...(username === undefined ? {} : { auth: `${username}:${password ?? ''}` }),
  }
  const tls = {
    rejectUnauthorized: connection.rejectUnauthorized,
    ...(connection.servername === undefined ? {} : { servername: connection.servername }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
  }
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent =
        place.protocol === 'https:'
          ? requestSecure(place, { ...options, ...tls }, resolve)
          : requestPlain(place, options, resolve)
      sent.on('error', reject)
      sent.end()
    })
    return await answerOf(response, url)
  } catch (error) {
    return { ok: false, reason: `the API at ${url} cannot be asked (${faultName(error)})` }
  }
}

async function answerOf(response: IncomingMessage, url: string): Promise<ApiAnswer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue
    bytes += chunk.length
    if (bytes > maxBytes) return { ok: false, reason: `the API at ${url} answered more than ${maxBytes} bytes` }
    chunks.push(chunk)
  }
  const status = response.statusCode ?? 0
  if (status !== 200) {
    const advice = status === 401 || status === 403 ? ': check the secret of "api"' : ''
    return { ok: false, reason: `the API at ${url} answered ${status}${advice}`, status }
  }
  try {
    return { ok: true, json: JSON.parse(Buffer.concat(chunks).toString('utf8')) }
  } catch {
    return { ok: false, reason: `the API at ${url} did not answer JSON: is it the broker's?` }
  }
}

function faultName(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown fault'
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return `no answer within ${timeoutMs} ms`
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
