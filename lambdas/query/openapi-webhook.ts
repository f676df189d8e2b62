/** The webhook's part of the description: it is answered by the feed function, where a cluster has one. */
import { BrokerName } from '../../domain/feed.ts'
import { DocumentSchema } from '../../domain/claim-document.ts'
import { PlainSchema } from '../../domain/dialects/plain-hook.ts'
import { clusterName } from '../../api/parameters.ts'
import { inputSchema, type JsonSchema } from './openapi-schemas.ts'

export const webhookPath = '/v1/feeds/{cluster}'
/** Messages in one body. */
const maxMessages = 1000

const rejections: JsonSchema = {
  type: 'array',
  maxItems: 10,
  items: {
    type: 'object',
    required: ['index', 'reason', 'detail'],
    properties: {
      index: { type: 'integer', description: 'Its place in the body' },
      reason: { type: 'string' },
      detail: { type: 'string' },
    },
  },
}
const counts: JsonSchema = { events: { type: 'integer' }, rejected: { type: 'integer' }, rejections }

export const webhookSchemas: Readonly<Record<string, JsonSchema>> = {
  PlainEvent: inputSchema(PlainSchema),
  ClaimsDocument: {
    ...inputSchema(DocumentSchema),
    description: 'What a client’s own process saw (docs/observe.md); at most 32 KiB and 200 events',
  },
  WebhookMessage: {
    description: 'An event in the plain form, what EMQX or VerneMQ send of themselves, or a document of claims',
    anyOf: [
      { $ref: '#/components/schemas/PlainEvent' },
      { $ref: '#/components/schemas/ClaimsDocument' },
      { type: 'object', description: 'In the broker product’s own form' },
    ],
  },
  WebhookAnswer: {
    type: 'object',
    required: ['result', 'events', 'rejected'],
    properties: { result: { enum: ['ok', 'next'], description: '`next` to VerneMQ: it may ask others' }, ...counts },
  },
  WebhookProblem: {
    allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object', properties: counts }],
  },
}

export const webhookSecurity = {
  webhookToken: { type: 'http', scheme: 'bearer', description: 'A token of the cluster' },
  webhookPassword: { type: 'http', scheme: 'basic', description: 'A token of the cluster as password' },
  webhookSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'x-keepwatch-signature',
    description:
      '`sha256=` and the hex HMAC-SHA256 of X-Keepwatch-Timestamp (epoch seconds, within 5 minutes), a dot and the body',
  },
}

/** What posts to the webhook send and get; `fault` describes a problem. */
export function webhook(fault: (description: string) => object) {
  const message = { $ref: '#/components/schemas/WebhookMessage' }
  const lines = { type: 'string', description: 'One message a line', 'x-row': message }
  const unread = { 'application/problem+json': { schema: { $ref: '#/components/schemas/WebhookProblem' } } }
  return {
    summary: 'Takes events that brokers send, and what clients saw; where the cluster is configured to have a webhook',
    operationId: 'post_feeds_cluster',
    security: [{ webhookToken: [] }, { webhookPassword: [] }, { webhookSignature: [] }],
    parameters: [
      { name: 'cluster', in: 'path', required: true, schema: inputSchema(clusterName) },
      {
        name: 'broker',
        in: 'query',
        required: false,
        description: 'Which broker tells, where its messages do not say',
        schema: inputSchema(BrokerName),
      },
      { name: 'vernemq-hook', in: 'header', required: false, schema: { type: 'string' } },
      {
        name: 'x-keepwatch-timestamp',
        in: 'header',
        required: false,
        description: 'Epoch seconds, with a signature',
        schema: { type: 'string', pattern: '^\\d{1,12}$' },
      },
    ],
    requestBody: {
      required: true,
      description: `At most 256 KiB and ${maxMessages} messages`,
      content: {
        'application/json': {
          schema: { anyOf: [message, { type: 'array', items: message, minItems: 1, maxItems: maxMessages }] },
        },
        'application/x-ndjson': { schema: lines },
        'application/jsonl': { schema: lines },
      },
    },
    responses: {
      '200': {
        description: 'The queue has the events',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/WebhookAnswer' } } },
      },
      '400': { description: 'Nothing could be read, or broker is none', content: unread },
      '401': fault('No valid token or signature, or no such webhook'),
      '413': fault('More than 256 KiB'),
      '415': fault('Neither JSON nor JSON Lines'),
      '429': { $ref: '#/components/responses/TooMany' },
      '500': { $ref: '#/components/responses/Failed' },
      '503': fault('Send the same again'),
    },
  }
}
