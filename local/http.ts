/** Serves the HTTP API of the template on loopback: reads are open; acting needs our token, or what the function asks for. */
import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { LocalFunction } from './functions.ts'
import {
  eventOf,
  type Match,
  matchRoute,
  plainError,
  type PlainRequest,
  type PlainResponse,
  readTarget,
  responseOf,
} from './http-event.ts'
import { covers } from './iam.ts'
import { bodyOf, listenOnLoopback, refusalOf } from './loopback.ts'
import type { Plan } from './plan.ts'
import { place } from './template.ts'

/** Lambda takes no more in one invocation. */
const maxBodyBytes = 6 * 1024 * 1024
/** API Gateway's limit for the request line and the headers together. */
const maxHeadBytes = 10_240
const reading = new Set(['GET', 'HEAD', 'OPTIONS'])

export interface HttpHost {
  readonly port: number
  /** From now on requests are answered by these functions; before, every one gets 503. */
  readonly serve: (system: Served) => void
  readonly stop: () => Promise<void>
  /** What `Authorization: Bearer …` must carry to act. */
  readonly token: string
}

export interface Served {
  readonly plan: Pick<Plan, 'apis' | 'permissions'>
  /** By ARN. */
  readonly functions: ReadonlyMap<string, LocalFunction>
  readonly say: (line: string) => void
}

/** Listens before the system stands, so that a port in use is said at once. */
export async function openHttp(wantedPort: number): Promise<HttpHost> {
  const token = randomBytes(24).toString('base64url')
  let served: Served | undefined
  const server = createServer({ maxHeaderSize: 2 * maxHeadBytes }, (request, response) => {
    void answer({ request, served, token })
      .catch(() => plainError(500, 'Internal Server Error'))
      .then((answered) => send(request, response, answered))
  })
  const port = await listenOnLoopback(server, wantedPort)
  return {
    port,
    token,
    serve: (system) => {
      served = system
    },
    stop: async () => {
      const closed = new Promise<void>((done) => {
        server.close(() => done())
      })
      server.closeAllConnections()
      await closed
    },
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: PlainResponse): void {
  // A body that was not read to its end would be taken for the next request.
  const rest = request.complete ? {} : { connection: 'close' }
  response.writeHead(status, {
    ...headers,
    ...rest,
    'content-length': String(body.length),
    'x-content-type-options': 'nosniff',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function answer(exchange: {
  readonly request: IncomingMessage
  readonly served: Served | undefined
  readonly token: string
}): Promise<PlainResponse> {
  const { request, served, token } = exchange
  const refused = refusalOf(request)
  if (refused !== undefined) return plainError(403, refused)
  if (headBytes(request) > maxHeadBytes) return plainError(431, 'Request Header Fields Too Large')
  const target = readTarget(request.url ?? '/')
  if (target === undefined) return plainError(400, 'Bad Request')
  if (served === undefined) return plainError(503, 'Keepwatch is starting.')
  const method = request.method ?? 'GET'
  const found = findRoute(served.plan.apis, { method, path: target.path })
  const isOpen = reading.has(method) || found?.match.route.authorization === 'NONE'
  if (!isOpen && !bears(request.headers.authorization, token)) {
    return plainError(401, 'To act, send Authorization: Bearer and the token that was printed at start.')
  }
  const body = await bodyOf(request, maxBodyBytes)
  if (body === undefined) return plainError(413, 'Request Entity Too Large')
  if (found === undefined) return plainError(404, 'Not Found')
  return invoke(served, { request: plainRequest(request, body), target, ...found })
}

interface Found {
  readonly api: Plan['apis'][number]
  readonly match: Match
}

function findRoute(apis: Plan['apis'], request: { method: string; path: string }): Found | undefined {
  for (const api of apis) {
    const match = matchRoute(api.routes, request)
    if (match !== undefined) return { api, match }
  }
  return undefined
}

async function invoke(
  { plan, functions, say }: Served,
  { request, target, api, match }: Found & { request: PlainRequest; target: { path: string; query: string } },
): Promise<PlainResponse> {
  const { functionArn } = match.route
  const [method, path] = match.route.key === '$default' ? ['*', '/$default'] : match.route.key.split(' ')
  const source = `arn:${place.partition}:execute-api:${place.region}:${place.account}:${api.id}/$default/${method}${path}`
  const permitted = plan.permissions.some(
    ({ FunctionName, Principal, SourceArn }) =>
      Principal === 'apigateway.amazonaws.com' &&
      (FunctionName === functionArn || functionArn.endsWith(`:${FunctionName}`)) &&
      (SourceArn === undefined || covers(SourceArn, source)),
  )
  if (!permitted) {
    say(`API Gateway may not invoke the function of ${match.route.key}: an AWS::Lambda::Permission lacks.`)
    return plainError(500, 'Internal Server Error')
  }
  const context = { match, ...target, api: api.id, id: randomUUID(), nowMs: Date.now() }
  const outcome = await functions.get(functionArn)?.invoke(eventOf(request, context))
  if (outcome === undefined) return plainError(500, 'Internal Server Error')
  if (!outcome.ok)
    return plainError(
      outcome.reason === 'timeout' ? 503 : 500,
      outcome.reason === 'timeout' ? 'Service Unavailable' : 'Internal Server Error',
    )
  return responseOf(outcome.value)
}

function plainRequest(request: IncomingMessage, body: Buffer): PlainRequest {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(',') : value
  }
  return {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    headers,
    body,
    sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
  }
}

function headBytes(request: IncomingMessage): number {
  return request.rawHeaders.reduce((sum, text) => sum + text.length + 2, (request.url ?? '').length)
}

function bears(authorization: string | undefined, token: string): boolean {
  const given = Buffer.from(authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
