/** HTTP API event (payload format 2.0) ⇄ what the feed takes and answers. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'

/** One request to the webhook, as it came. */
export interface FeedRequest {
  readonly cluster: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly query: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

/** What the broker gets: JSON under a status. */
export interface FeedAnswer {
  readonly status: 200 | 400 | 401 | 413 | 415 | 503
  readonly body: object
}

/** The request in an event of the HTTP API. */
export function requestOf(event: APIGatewayProxyEventV2): FeedRequest {
  return {
    cluster: event.pathParameters?.['cluster'] ?? '',
    headers: event.headers,
    query: event.queryStringParameters ?? {},
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  }
}

/** The answer as the HTTP API takes it. */
export function resultOf({ status, body }: FeedAnswer): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: status,
    headers: {
      'content-type': status === 200 ? 'application/json' : 'application/problem+json',
      'cache-control': 'no-store',
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
    body: JSON.stringify(body),
  }
}

/** A refusal in the form of RFC 9457. */
export function problem(
  status: Exclude<FeedAnswer['status'], 200>,
  text: { readonly title: string; readonly detail: string; readonly [more: string]: unknown },
): FeedAnswer {
  return { status, body: { type: 'about:blank', status, ...text } }
}
