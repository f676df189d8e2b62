/** OpenAPI 3.1, derived from the very schemas that check the input and type the answers. */
import * as z from 'zod/mini'
import { PlainSchema } from '../../domain/dialects/plain-hook.ts'
import { noBody, type Operation } from '../../api/operation.ts'

const problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    parameter: { type: 'string' },
  },
}

/** The description of the API as an OpenAPI 3.1 document. */
export function openApi(operations: readonly Operation[]) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keepwatch',
      version: '1',
      description: 'Who dropped, when, on which broker, why. Times are RFC 3339 UTC; lists are newest first.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: { ...pathsOf(operations), '/v1/feeds/{cluster}': { post: webhook() } },
    components: {
      schemas: { Problem: problem },
      securitySchemes: { webhook: { type: 'http', scheme: 'bearer', description: 'A token of the cluster' } },
    },
  }
}

const faults = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }

/** Answered by the feed function, where a cluster of the configuration has a webhook. */
function webhook() {
  const plain = inputOf(PlainSchema)
  const schema = { anyOf: [plain, { type: 'array', items: plain, minItems: 1, maxItems: 1000 }] }
  return {
    summary: 'Takes events that brokers send; the plain form is described, EMQX and VerneMQ may send theirs',
    operationId: 'feeds_cluster',
    security: [{ webhook: [] }],
    parameters: [
      { name: 'cluster', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'broker', in: 'query', required: false, schema: { type: 'string' } },
    ],
    requestBody: { required: true, content: { 'application/json': { schema } } },
    responses: {
      '200': { description: 'The queue has the events', content: { 'application/json': {} } },
      '400': { description: 'None of the events could be read', content: faults },
      '401': { description: 'No valid token or signature', content: faults },
      '413': { description: 'More than 256 KiB', content: faults },
      '415': { description: 'Not JSON', content: faults },
      '503': { description: 'Send the same again', content: faults },
    },
  }
}

function pathsOf(operations: readonly Operation[]) {
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of operations) {
    const path = operation.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [operation.method]: operationOf(operation) }
  }
  return paths
}

function operationOf(operation: Operation) {
  const name = operation.path.replace(/^\/v1\//, '').replace(/[/:]+/g, '_')
  return {
    summary: operation.summary,
    operationId: operation.method === 'get' ? name : `${operation.method}_${name}`,
    parameters: [...parametersOf(operation.params, 'path'), ...parametersOf(operation.query, 'query')],
    ...(operation.body === noBody
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: inputOf(operation.body) } } } }),
    responses: {
      '200': {
        description: 'OK',
        content: { 'application/json': { schema: withoutDialect(z.toJSONSchema(operation.answer, { io: 'output' })) } },
      },
      '400': { description: 'A parameter is wrong; `parameter` names it', content: faults },
      '404': { description: 'There is no such thing', content: faults },
      ...(operation.body === noBody ? {} : refusedBodies),
    },
  }
}

const refusedBodies = {
  '409': { description: 'There are too many already', content: faults },
  '413': { description: 'More than 64 KiB', content: faults },
  '415': { description: 'Not JSON', content: faults },
}

function inputOf(schema: z.ZodMiniType) {
  return withoutDialect(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))
}

function parametersOf(schema: z.ZodMiniObject, place: 'path' | 'query') {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(typeof property === 'object' && property.description !== undefined
      ? { description: property.description }
      : {}),
    schema: property,
  }))
}

function withoutDialect(schema: Record<string, unknown>) {
  const { $schema: _, ...rest } = schema
  return rest
}
