/** An answer on its way: known again by its ETag, compressed where that is wanted. */
import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Context } from 'hono'
import { chooseEncoding } from './accept.ts'
import type { Problem } from './route.ts'

/** Less is not worth the time. */
const leastCompressedBytes = 1024
const encoders = {
  br: async (text: string) => promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: async (text: string) => promisify(gzip)(text),
}
const encodings = ['br', 'gzip'] as const

export interface Message {
  readonly text: string
  readonly contentType: string
  /** What the answer is known again by; absent where it must not be kept. */
  readonly identity?: string
  /** Where the list goes on: a path with its query. */
  readonly next?: string | undefined
}

/** Sends an answer, or 304 where the caller has it. */
export async function send(context: Context, { text, contentType, identity, next }: Message): Promise<Response> {
  const headers: Record<string, string> = { 'cache-control': 'no-store', vary: 'accept, accept-encoding' }
  if (identity !== undefined) {
    // Weak: it is the same whatever the encoding.
    headers['etag'] = `W/"${hash('sha256', identity, 'base64url').slice(0, 27)}"`
    headers['cache-control'] = 'private, no-cache'
    if (isKnown(context.req.header('if-none-match'), headers['etag'])) return context.body(null, 304, headers)
  }
  headers['content-type'] = contentType
  if (next !== undefined) headers['link'] = `<${next}>; rel="next"`
  const encoding = chooseEncoding(context.req.header('accept-encoding'), encodings)
  if (encoding === undefined || Buffer.byteLength(text) < leastCompressedBytes) return context.body(text, 200, headers)
  return context.body(await encoders[encoding](text), 200, { ...headers, 'content-encoding': encoding })
}

/** Whether `If-None-Match` names this tag; weakly, as it must be compared (RFC 9110 §13.1.2). */
function isKnown(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  const opaque = tag.replace(/^W\//, '')
  return header.trim() === '*' || [...header.matchAll(/"[^"]*"/g)].some(([each]) => each === opaque)
}

/** Sends a problem (RFC 9457), always as JSON. */
export function sendProblem(
  context: Context,
  problem: Omit<Problem, 'status'> & { readonly status: Problem['status'] | 500 },
): Response {
  return context.body(JSON.stringify({ type: 'about:blank', ...problem }), problem.status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  })
}
