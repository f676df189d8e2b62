/** OpenAPI 3.1, derived from the very schemas that check the input and type the answers. */
import * as z from 'zod/mini'
import type { Route } from './route.ts'

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
export function openApi(routes: readonly Route[]) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keepwatch',
      version: '1',
      description: 'Who dropped, when, on which broker, why. Times are RFC 3339 UTC; lists are newest first.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: Object.fromEntries(
      routes.map((route) => [route.path.replace(/:(\w+)/g, '{$1}'), { get: operationOf(route) }]),
    ),
    components: { schemas: { Problem: problem } },
  }
}

function operationOf(route: Route) {
  const faults = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
  return {
    summary: route.summary,
    operationId: route.path.replace(/^\/v1\//, '').replace(/[/:]+/g, '_'),
    parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
    responses: {
      '200': {
        description: 'OK',
        content: { 'application/json': { schema: withoutDialect(z.toJSONSchema(route.answer, { io: 'output' })) } },
      },
      '400': { description: 'A parameter is wrong; `parameter` names it', content: faults },
      '404': { description: 'There is no such thing', content: faults },
    },
  }
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
