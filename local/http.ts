/** The page and the HTTP API of the template on loopback: reads are open; acting needs our token, or what the function asks for. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { LocalFunction } from './functions.ts'
import {
  eventOf,
  type Match,
  matchRoute,
  plainError,
  type PlainRequest,
  type PlainResponse,
  problem,
  responseOf,
} from './http-event.ts'
import { covers } from './iam.ts'
import { bodyOf } from './loopback.ts'
import type { PageFiles } from './page.ts'
import type { Plan } from './plan.ts'
import { type Asked, openSite, type Site } from './site.ts'
import { place } from './template.ts'

/** Lambda takes no more in one invocation. */
const maxBodyBytes = 6 * 1024 * 1024
const reading = new Set(['GET', 'HEAD', 'OPTIONS'])

export interface HttpHost extends Site {
  /** From now on requests are answered by these functions; before, every one gets 503. */
  readonly serve: (system: Served) => void
}

export interface HttpOptions {
  /** 0 chooses a free one. */
  readonly port: number
  readonly page?: PageFiles | undefined
  /** Reads need the token too. */
  readonly isPrivate?: boolean | undefined
}

export interface Served {
  readonly plan: Pick<Plan, 'apis' | 'permissions'>
  /** By ARN. */
  readonly functions: ReadonlyMap<string, LocalFunction>
  readonly say: (line: string) => void
}

/**
 * Listens before the system stands, so that a port in use is said at once.
 * @throws StartError when the port cannot be used.
 */
export async function openHttp({ port, page, isPrivate = false }: HttpOptions): Promise<HttpHost> {
  let served: Served | undefined
  const site = await openSite({
    port,
    page,
    session: (hasToken) => ({ mode: 'local', mayRead: hasToken || !isPrivate, mayAct: hasToken }),
    answer: async (asked) => answer(asked, { served, isPrivate }),
  })
  return {
    ...site,
    serve: (system) => {
      served = system
    },
  }
}

async function answer(
  { request, method, path, query, hasToken }: Asked,
  { served, isPrivate }: { readonly served: Served | undefined; readonly isPrivate: boolean },
): Promise<PlainResponse> {
  if (served === undefined) return problem(503, 'Starting', 'Keepwatch is starting. Ask again in some seconds.')
  const found = findRoute(served.plan.apis, { method, path })
  const isOpen = (reading.has(method) && !isPrivate) || found?.match.route.authorization === 'NONE'
  if (!isOpen && !hasToken) {
    const what = isPrivate ? 'To ask' : 'To act'
    return problem(401, 'No token', `${what}, send Authorization: Bearer and the token that was printed at start.`, {
      'www-authenticate': 'Bearer',
    })
  }
  const body = await bodyOf(request, maxBodyBytes)
  if (body === undefined) return problem(413, 'Too large', `A body may have ${maxBodyBytes} bytes.`)
  if (found === undefined) return plainError(404, 'Not Found')
  return invoke(served, { request: plainRequest(request, body), target: { path, query }, ...found })
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
