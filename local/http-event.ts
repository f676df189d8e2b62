/** HTTP request ⇄ payload format 2.0, decoding paths and queries as API Gateway's HTTP APIs do. Pure. */
import * as z from 'zod/mini'
import type { RoutePlan } from './plan.ts'
import { place } from './template.ts'

export interface PlainRequest {
  readonly method: string
  /** Path and query as they stand in the request line. */
  readonly target: string
  /** Names in lower case; values of repeated headers joined by commas. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly sourceIp: string
}

export interface PlainResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: Buffer
}

export interface Match {
  readonly route: RoutePlan
  readonly pathParameters: Readonly<Record<string, string>>
}

/**
 * Path and query of a request line. API Gateway decodes the path before it matches and hands it on, and a decoded `?`
 * cuts it. Undefined when the escapes are broken.
 */
export function readTarget(target: string): { readonly path: string; readonly query: string } | undefined {
  const mark = target.indexOf('?')
  const raw = mark < 0 ? target : target.slice(0, mark)
  const query = mark < 0 ? '' : target.slice(mark + 1)
  try {
    return { path: decodeURIComponent(raw).replace(/\?.*$/s, ''), query }
  } catch {
    return undefined
  }
}

/** The route a request takes: the most specific path, a named method before ANY, `$default` last. */
export function matchRoute(routes: readonly RoutePlan[], request: { method: string; path: string }): Match | undefined {
  const segments = request.path.split('/').slice(1)
  const matches = routes.flatMap((route) => {
    if (route.key === '$default') return [{ route, pathParameters: {}, rank: '9' }]
    const [method, pattern] = route.key.split(' ')
    if (method !== 'ANY' && method !== request.method) return []
    const found = matchPath((pattern ?? '').split('/').slice(1), segments)
    if (found === undefined) return []
    return [{ route, pathParameters: found.parameters, rank: `${found.rank}${method === 'ANY' ? '1' : '0'}` }]
  })
  return matches.toSorted((one, other) => (one.rank < other.rank ? -1 : 1))[0]
}

/** Rank: a digit a segment, 0 for the same text, 1 for `{name}`, 2 for `{name+}`: the lowest text is the most specific. */
function matchPath(
  pattern: readonly string[],
  segments: readonly string[],
): { parameters: Record<string, string>; rank: string } | undefined {
  const parameters: Record<string, string> = {}
  let rank = ''
  for (const [index, part] of pattern.entries()) {
    const name = /^\{(.+?)(\+?)\}$/.exec(part)
    const segment = segments[index]
    if (name?.[1] !== undefined && name[2] === '+') {
      const rest = segments.slice(index).join('/')
      return rest === '' ? undefined : { parameters: { ...parameters, [name[1]]: rest }, rank: `${rank}2` }
    }
    if (segment === undefined || (name === null && segment !== part) || segment === '') return undefined
    if (name?.[1] !== undefined) parameters[name[1]] = segment
    rank += name === null ? '0' : '1'
  }
  return pattern.length === segments.length ? { parameters, rank } : undefined
}

/** The event that the function gets (payload format 2.0). */
export function eventOf(
  request: PlainRequest,
  context: {
    readonly match: Match
    readonly path: string
    readonly query: string
    readonly api: string
    readonly id: string
    readonly nowMs: number
  },
): object {
  const { match, path, query } = context
  const { cookie, ...headers } = request.headers
  const parameters = queryParameters(query)
  const text = /^(text\/|application\/(json|xml|javascript|x-www-form-urlencoded|[\w.-]+\+(json|xml)))/i
  const isText = text.test(headers['content-type'] ?? '')
  const host = headers.host ?? ''
  return {
    version: '2.0',
    routeKey: match.route.key,
    rawPath: path,
    rawQueryString: query,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/;\s*/) }),
    headers,
    ...(Object.keys(parameters).length === 0 ? {} : { queryStringParameters: parameters }),
    ...(Object.keys(match.pathParameters).length === 0 ? {} : { pathParameters: match.pathParameters }),
    requestContext: {
      accountId: place.account,
      apiId: context.api,
      domainName: host,
      domainPrefix: host.split('.')[0],
      http: {
        method: request.method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: context.id,
      routeKey: match.route.key,
      stage: '$default',
      time: new Date(context.nowMs).toUTCString(),
      timeEpoch: context.nowMs,
    },
    ...(request.body.length === 0 ? {} : { body: request.body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: request.body.length > 0 && !isText,
  }
}

/** Decoded, and the values of a repeated name joined by commas. */
function queryParameters(query: string): Record<string, string> {
  const joined = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(query)) {
    const before = joined.get(name)
    joined.set(name, before === undefined ? value : `${before},${value}`)
  }
  return Object.fromEntries(joined)
}

const AnswerSchema = z.looseObject({
  statusCode: z.pipe(
    z.union([z.number(), z.string()]),
    z.transform((status) => Number(status)),
  ),
  headers: z._default(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])), {}),
  cookies: z._default(z.array(z.string()), []),
  body: z._default(z.string(), ''),
  isBase64Encoded: z._default(z.boolean(), false),
})

/** What the caller gets for a function's answer; an answer without `statusCode` is itself the body (format 2.0). */
export function responseOf(value: unknown): PlainResponse {
  const parsed = AnswerSchema.safeParse(value)
  if (!parsed.success) {
    const hasStatus = typeof value === 'object' && value !== null && 'statusCode' in value
    if (hasStatus) return plainError(500, 'Internal Server Error')
    const body = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
    return { status: 200, headers: { 'content-type': 'application/json' }, body }
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.data
  const named = Object.fromEntries(Object.entries(headers).map(([name, item]) => [name.toLowerCase(), String(item)]))
  return {
    status: statusCode,
    headers: { 'content-type': 'text/plain', ...named, ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }) },
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  }
}

/** An answer of API Gateway's own. */
export function plainError(status: number, message: string): PlainResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify({ message })) }
}

/** An answer of our own (RFC 9457): what is wrong, and what to do. */
export function problem(
  status: number,
  title: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): PlainResponse {
  const body = Buffer.from(JSON.stringify({ type: 'about:blank', title, status, detail }))
  return { status, headers: { ...headers, 'content-type': 'application/problem+json' }, body }
}
