/** OpenAPI 3.1, derived from the very schemas that check the input and type the answers. */
import * as z from 'zod/mini'
import { createSilence } from '../../api/acts.ts'
import { noBody, noParams, noQuery, type Operation } from '../../api/operation.ts'
import { columnsOf, rowSchema } from '../http/formats.ts'
import { answerSchemas, inputSchema, type JsonSchema } from './openapi-schemas.ts'
import { webhook, webhookPath, webhookSchemas, webhookSecurity } from './openapi-webhook.ts'

/** The description itself is asked for like everything else. */
export const description = {
  method: 'get',
  path: '/v1/openapi.json',
  summary: 'This description, as OpenAPI 3.1',
  params: noParams,
  query: noQuery,
  body: noBody,
  answer: z.looseObject({ openapi: z.string() }),
} satisfies Operation

/** The description of the API as an OpenAPI 3.1 document. */
export function openApi(operations: readonly Operation[]) {
  const { components, nameOf } = answerSchemas(operations, operationId)
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of operations) {
    const path = operation.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [operation.method]: operationOf(operation, nameOf) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keepwatch',
      version: '1',
      description:
        'Who dropped, when, on which broker, why. Times are RFC 3339 UTC; lists are newest first unless they say otherwise. ' +
        'Every GET has an ETag; answers are compressed by br or gzip.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: { ...paths, [webhookPath]: { post: webhook(fault) } },
    components: {
      schemas: { ...components, ...webhookSchemas, GatewayFault: gatewayFault },
      headers,
      responses,
      securitySchemes: {
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'In AWS: Signature Version 4, service `execute-api`',
          'x-amazon-apigateway-authtype': 'awsSigv4',
        },
        local: { type: 'http', scheme: 'bearer', description: 'On one machine: the token that is printed at start' },
        ...webhookSecurity,
      },
    },
  }
}

function operationId({ method, path }: Operation): string {
  const name = path.replace(/^\/v1\//, '').replace(/[^\w]+/g, '_')
  return method === 'get' ? name : `${method}_${name}`
}

type NameOf = (schema: z.ZodMiniType) => string

function operationOf(operation: Operation, nameOf: NameOf) {
  const isRead = operation.method === 'get'
  const isPaged = 'cursor' in operation.query.shape
  return {
    summary: operation.summary,
    operationId: operationId(operation),
    // On one machine reading needs no token, unless it was started so.
    security: [{ signature: [] }, { local: [] }, ...(isRead ? [{}] : [])],
    parameters: [
      ...parametersOf(operation.params, 'path'),
      ...parametersOf(operation.query, 'query'),
      ...(isRead ? [ifNoneMatch] : []),
    ],
    ...(operation.body === noBody
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: inputSchema(operation.body) } } } }),
    responses: {
      '200': {
        description: 'OK',
        headers: {
          'Cache-Control': ref('headers', 'CacheControl'),
          Vary: ref('headers', 'Vary'),
          'Content-Encoding': ref('headers', 'ContentEncoding'),
          ...(isRead ? { ETag: ref('headers', 'ETag') } : {}),
          ...(isPaged ? { Link: ref('headers', 'Link') } : {}),
        },
        content: contentOf(operation, nameOf),
      },
      ...(isRead ? { '304': ref('responses', 'Known') } : {}),
      '400': ref('responses', 'Wrong'),
      ...(operation.params === noParams && operation.query === noQuery ? {} : { '404': ref('responses', 'Missing') }),
      '406': ref('responses', 'NotAcceptable'),
      ...(operation === createSilence ? { '409': fault('There are too many already') } : {}),
      ...(operation.body === noBody
        ? {}
        : { '413': fault('The body has more than 64 KiB'), '415': fault('The body does not say that it is JSON') }),
      '401': ref('responses', 'NoToken'),
      '403': ref('responses', 'Forbidden'),
      '429': ref('responses', 'TooMany'),
      '500': ref('responses', 'Failed'),
      '503': ref('responses', 'Unavailable'),
    },
  }
}

function contentOf({ answer, rows }: Operation, nameOf: NameOf) {
  const json = { 'application/json': { schema: ref('schemas', nameOf(answer)) } }
  if (rows === undefined) return json
  const columns = columnsOf(answer, rows).join(',')
  return {
    ...json,
    'text/csv': {
      schema: {
        type: 'string',
        description: `RFC 4180 with the header ${columns}; what is nested is JSON, formulas are defused by an apostrophe`,
      },
    },
    'application/x-ndjson': {
      schema: {
        type: 'string',
        description: `One of \`${rows}\` a line, as JSON`,
        'x-row': ref('schemas', nameOf(rowSchema(answer, rows))),
      },
    },
  }
}

function parametersOf(schema: z.ZodMiniObject, place: 'path' | 'query') {
  const { properties = {}, required = [] } = ParametersSchema.parse(inputSchema(schema))
  return Object.entries(properties).map(([name, { description: text, ...property }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(text === undefined ? {} : { description: text }),
    schema: property,
  }))
}
const ParametersSchema = z.object({
  properties: z.optional(z.record(z.string(), z.looseObject({ description: z.optional(z.string()) }))),
  required: z.optional(z.array(z.string())),
})

const ref = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` })
const problems = { 'application/problem+json': { schema: ref('schemas', 'Problem') } }
const fault = (text: string) => ({ description: text, content: problems })
const byGateway = { 'application/json': { schema: ref('schemas', 'GatewayFault') } }
const gatewayFault: JsonSchema = {
  type: 'object',
  description: 'What API Gateway itself answers',
  properties: { message: { type: ['string', 'null'] } },
}
const text = { type: 'string' }

const ifNoneMatch = {
  name: 'if-none-match',
  in: 'header',
  required: false,
  description: 'ETags of answers that the caller has',
  schema: text,
}
const headers = {
  ETag: { description: 'Weak: what is on the page, whatever its encoding', required: true, schema: text },
  Link: { description: 'Where there is more: the next page, as rel="next"', schema: text },
  CacheControl: { description: 'Of what has an ETag `private, no-cache`, else `no-store`', schema: text },
  Vary: { schema: text },
  ContentEncoding: {
    description: 'Of answers from 1 KiB on, where the caller takes it',
    schema: { enum: ['br', 'gzip'] },
  },
}
const responses = {
  Known: { description: 'The caller has it: If-None-Match names its ETag', headers: { ETag: ref('headers', 'ETag') } },
  Wrong: fault('A parameter is wrong, which `parameter` names; or the answer would be too large'),
  Missing: fault('There is no such thing'),
  NotAcceptable: fault('Accept allows none of the forms in which this is told'),
  NoToken: fault('On one machine: the token lacks or is wrong'),
  Forbidden: { description: 'In AWS: the request is not signed, or by nobody who may', content: byGateway },
  TooMany: { description: 'In AWS: more requests at once than are let through', content: byGateway },
  Failed: { description: 'A fault of ours; it was logged', content: { ...problems, ...byGateway } },
  Unavailable: { description: 'It took too long, or is starting: ask again', content: { ...problems, ...byGateway } },
}
