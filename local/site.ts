/** One port of this machine for a page and its API: who may ask at all, and what every answer says to a browser. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type PlainResponse, problem, readTarget } from './http-event.ts'
import { bears, isOfOtherPage, listenOnLoopback, newToken, refusalOf } from './loopback.ts'
import { type PageFiles, pageOf } from './page.ts'

/** API Gateway's limit for the request line and the headers together. */
const maxHeadBytes = 10_240

/**
 * With every answer: the page runs nothing and asks nothing but what comes from here, nobody frames or embeds it, and
 * nobody learns its address. There are no CORS headers: no other origin reads anything.
 */
const guarding = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

/** A request to the API that may be answered, if whoever asks may. */
export interface Asked {
  readonly request: IncomingMessage
  readonly method: string
  /** Decoded. */
  readonly path: string
  readonly query: string
  /** It bears the token of this start. */
  readonly hasToken: boolean
}

/** What the page is told at `/session`. */
export interface Session {
  /** `local`: the system runs here. `ui`: it is elsewhere, and what is asked goes on to it. */
  readonly mode: 'local' | 'ui'
  readonly mayRead: boolean
  readonly mayAct: boolean
}

export interface SiteOptions {
  /** 0 chooses a free one. */
  readonly port: number
  readonly page?: PageFiles | undefined
  readonly session: (hasToken: boolean) => Session
  readonly answer: (asked: Asked) => Promise<PlainResponse>
}

export interface Site {
  readonly port: number
  /** What `Authorization: Bearer …` must carry. */
  readonly token: string
  readonly stop: () => Promise<void>
}

/** Opens the page with its token. What follows `#` stays in the browser. */
export function linkOf({ url, token }: { readonly url: string; readonly token: string }): string {
  return `${url}/#token=${token}`
}

/**
 * Serves `/v1/…`, `/session` and, on every other path, the page.
 * @throws StartError when the port cannot be used.
 */
export async function openSite(options: SiteOptions): Promise<Site> {
  const token = newToken()
  const answer = answererOf(options, token)
  const server = createServer({ maxHeaderSize: 2 * maxHeadBytes }, (request, response) => {
    void answer(request)
      .catch(() => problem(500, 'Failed', 'This request failed here. Nothing more is known.'))
      .then((answered) => send(request, response, answered))
  })
  const port = await listenOnLoopback(server, options.port)
  return {
    port,
    token,
    stop: async () => {
      const closed = new Promise<void>((done) => {
        server.close(() => done())
      })
      server.closeAllConnections()
      await closed
    },
  }
}

function answererOf({ page: files, session, answer }: SiteOptions, token: string) {
  const page = files === undefined ? undefined : pageOf(files)
  return async (request: IncomingMessage): Promise<PlainResponse> => {
    const refused = refusalOf(request)
    if (refused !== undefined) return problem(403, 'Refused', refused)
    if (headBytes(request) > maxHeadBytes) {
      return problem(431, 'Too long', `Address and headers may have ${maxHeadBytes} bytes together.`)
    }
    const target = readTarget(request.url ?? '/')
    if (target === undefined || !target.path.startsWith('/')) {
      return problem(400, 'No path', 'The path cannot be decoded.')
    }
    const { method = 'GET', headers } = request
    const isApi = /^\/v1(\/|$)/.test(target.path)
    if (!isApi && target.path !== '/session') {
      return page?.({ method, path: target.path, headers }) ?? problem(404, 'Not found', 'There is nothing here.')
    }
    if (isOfOtherPage(request)) return problem(403, 'Refused', 'Requests of other web pages are not answered.')
    const hasToken = bears(request, token)
    return isApi ? answer({ request, method, ...target, hasToken }) : answerSession(method, session(hasToken))
  }
}

function answerSession(method: string, session: Session): PlainResponse {
  if (method !== 'GET') return problem(405, 'Not allowed', 'A session is only read: GET.', { allow: 'GET' })
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
  return { status: 200, headers, body: Buffer.from(JSON.stringify(session)) }
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: PlainResponse): void {
  // A body that was not read to its end would be taken for the next request.
  const rest = request.complete ? {} : { connection: 'close' }
  const length = status === 304 ? {} : { 'content-length': String(body.length) }
  response.writeHead(status, { ...headers, ...rest, ...length, ...guarding })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function headBytes(request: IncomingMessage): number {
  return request.rawHeaders.reduce((sum, text) => sum + text.length + 2, (request.url ?? '').length)
}
