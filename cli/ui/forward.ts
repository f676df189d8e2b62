/** Passes a request of the page on to the API of a target: as little as needed each way, and no secret back. */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { harmless } from '../../domain/text.ts'
import { secondMs } from '../../domain/time.ts'
import { type PlainResponse, problem } from '../../local/http-event.ts'
import { wordsOf as saidBy } from '../fault.ts'
import { signable, type SignableRequest } from '../sign.ts'

export interface Forwarded {
  readonly method: string
  /** Path and query as they stand in the request line. */
  readonly target: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export type Forward = (request: Forwarded) => Promise<PlainResponse>

export interface ForwardOptions {
  /** Of the API: what `/v1` is added to. */
  readonly baseUrl: string
  /** Gives the headers that say who asks. Throws where nobody can be named, with what to do. */
  readonly authorize: (outgoing: SignableRequest) => Promise<Readonly<Record<string, string>>>
  /** What to do when the target refuses who asks. */
  readonly whenRefused: string
  readonly patienceMs?: number
  readonly maxAnswerBytes?: number
}

const outward = ['accept', 'accept-encoding', 'content-type', 'if-none-match']
const inward = ['content-encoding', 'content-type', 'etag', 'retry-after', 'vary']
/** API Gateway waits 30 s for a function. */
const usualPatienceMs = 35 * secondMs
/** API Gateway answers with no more. */
const mostBytes = 10 * 1024 * 1024

/** Whatever goes wrong is an answer with a sentence: this never rejects. */
export function forwardTo(options: ForwardOptions): Forward {
  const { origin, pathname } = new URL(options.baseUrl)
  const folder = pathname.replace(/\/+$/, '')
  return async ({ method, target, headers, body }) => {
    const where = signable(`${origin}${folder}${target}`)
    const url = URL.canParse(where) ? new URL(where) : undefined
    // Dots, escaped or not, are resolved by now.
    if (url?.origin !== origin || !url.pathname.startsWith(`${folder}/v1/`)) {
      return problem(400, 'No path', 'This path does not lead into /v1.')
    }
    const given = only(outward, headers)
    const request = {
      method,
      url: url.href,
      headers: only(['content-type'], given),
      body: body === '' ? undefined : body,
    }
    let own: Readonly<Record<string, string>>
    try {
      own = await options.authorize(request)
    } catch (error) {
      return problem(502, 'No credentials', wordsOf(error))
    }
    try {
      return await exchange({ method, url, headers: { ...given, ...own }, body }, options)
    } catch (error) {
      return problem(502, 'Unreachable', `${origin} does not answer (${wordsOf(error)}).`)
    }
  }
}

interface Outgoing {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

async function exchange(outgoing: Outgoing, options: ForwardOptions): Promise<PlainResponse> {
  const { maxAnswerBytes = mostBytes, patienceMs = usualPatienceMs } = options
  const answer = await send(outgoing, patienceMs)
  const body = await read(answer, maxAnswerBytes)
  if (body === undefined) {
    return problem(502, 'Too large', `The answer has more than ${maxAnswerBytes} bytes. Ask for a shorter time.`)
  }
  const status = answer.statusCode ?? 502
  const headers = only(inward, answer.headers)
  if (status < 300 || status === 304) return { status, headers, body }
  return refusal({ status, headers, body }, options)
}

async function send({ method, url, headers, body }: Outgoing, patienceMs: number): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((done, failed) => {
    const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const signal = AbortSignal.timeout(patienceMs)
    const sent = request(url, { method, headers: { ...headers, ...length }, signal }, done)
    sent.once('error', (error) => failed(signal.aborted ? new Error(`not within ${patienceMs / secondMs} s`) : error))
    sent.end(body)
  })
}

async function read(answer: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer) {
    if (!Buffer.isBuffer(chunk)) continue
    length += chunk.length
    if (length > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * Keepwatch's own problems as they came. What stands before it (API Gateway) is told in our words: its own may repeat the
 * request with all that was signed. Neither 401 nor 403: those tell the page that its own token is wrong.
 */
function refusal(
  {
    status,
    headers,
    body,
  }: { readonly status: number; readonly headers: Record<string, string>; readonly body: Buffer },
  { whenRefused }: ForwardOptions,
): PlainResponse {
  if (status === 401 || status === 403) return refusedAs(body.toString('utf8'), whenRefused)
  if (headers['content-type']?.startsWith('application/problem+json') === true) return { status, headers, body }
  if (status < 400) {
    return problem(502, 'Redirected', 'The API sends elsewhere, where nobody is asked. Name where it answers itself.')
  }
  const retry = headers['retry-after'] === undefined ? {} : { 'retry-after': headers['retry-after'] }
  return problem(status, 'Failed', `The API answered ${status}.`, retry)
}

function refusedAs(text: string, whenRefused: string): PlainResponse {
  if (/signature expired|not yet current/i.test(text)) {
    return problem(502, 'Clock is wrong', 'AWS finds the time of this request wrong: set the clock of this machine.')
  }
  if (/expired/i.test(text)) {
    const detail = 'Your AWS credentials have expired. Sign in again, and start keepwatch ui again.'
    return problem(502, 'Credentials expired', detail)
  }
  return problem(502, 'Refused', whenRefused)
}

function only(names: readonly string[], headers: Forwarded['headers']): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name]
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )
}

function wordsOf(error: unknown): string {
  return harmless(saidBy(error), 500)
}
