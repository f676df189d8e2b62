/** The built page over HTTP: its files, and its own paths, all of which are index.html. */
import { createHash } from 'node:crypto'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { type PlainResponse, problem } from './http-event.ts'

/** File name → content: index.html and the files it names. */
export type PageFiles = ReadonlyMap<string, Uint8Array>

export interface PageRequest {
  readonly method: string
  /** Decoded. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

export type Page = (request: PageRequest) => PlainResponse

const contentTypes: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  woff2: 'font/woff2',
}
/** The bundler puts a hash of the content before the ending. */
const hashed = /-[A-Z0-9]{8}\.[a-z0-9]+$/
/** Paths of files that are not there, where the page's own paths have no dot: `/favicon.ico`, but not `/alerts/a.b`. */
const lost = /^\/(assets\/.*|[^/]*\.[^/]*)$/

/**
 * Answers with the page's files. Every other path is one of the page's own and gets index.html, but for what can only be
 * a file, which is not found.
 */
export function pageOf(files: PageFiles): Page {
  const kept = new Map([...files].map(([name, bytes]) => [name, fileOf(name, bytes)]))
  return ({ method, path, headers }) => {
    if (method !== 'GET' && method !== 'HEAD') {
      return problem(405, 'Not allowed', 'A page is only read: GET or HEAD.', { allow: 'GET, HEAD' })
    }
    const file = kept.get(path.slice(1)) ?? (lost.test(path) ? undefined : kept.get('index.html'))
    if (file === undefined) return problem(404, 'Not found', 'The page has no such file.')
    if (isKnown(headers['if-none-match'], file.headers.etag)) {
      return { status: 304, headers: file.headers, body: Buffer.alloc(0) }
    }
    const coding = file.codings.find(({ name }) => accepts(headers['accept-encoding'], name))
    if (coding === undefined) return { status: 200, headers: file.headers, body: file.body }
    return { status: 200, headers: { ...file.headers, 'content-encoding': coding.name }, body: coding.body() }
  }
}

interface PageFile {
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>> & { readonly etag: string }
  /** The best first. */
  readonly codings: readonly { readonly name: string; readonly body: () => Buffer }[]
}

function fileOf(name: string, bytes: Uint8Array): PageFile {
  const body = Buffer.from(bytes)
  const type = contentTypes[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
  const isText = /^text\/|json|svg/.test(type)
  return {
    body,
    headers: {
      'content-type': type,
      'cache-control': hashed.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
      // Weak: the same for every coding.
      etag: `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
      vary: 'accept-encoding',
    },
    codings: isText
      ? [
          {
            name: 'br',
            body: once(() => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })),
          },
          { name: 'gzip', body: once(() => gzipSync(body)) },
        ]
      : [],
  }
}

function once(make: () => Buffer): () => Buffer {
  let made: Buffer | undefined
  return () => (made ??= make())
}

function isKnown(ifNoneMatch: PageRequest['headers'][string], etag: string): boolean {
  const tags = String(ifNoneMatch ?? '').split(',')
  return tags.some((tag) => tag.trim() === '*' || `W/${tag.trim().replace(/^W\//, '')}` === etag)
}

/** Does an Accept-Encoding name it, and not with a weight of nothing? */
function accepts(acceptEncoding: PageRequest['headers'][string], coding: string): boolean {
  return String(acceptEncoding ?? '')
    .split(',')
    .some((each) => {
      const [name = '', ...parameters] = each.split(';').map((part) => part.trim().toLowerCase())
      return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
    })
}
