/** The description itself: it is OpenAPI 3.1, and tells of everything that is answered, and of nothing else. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operations } from '../../api/index.ts'
import { startContractStage } from './stage.ts'

// Ajv takes the dynamic anchor for that of whatever schema it is in; it stands for any schema.
const metaSchema: any = JSON.parse(
  readFileSync(join(import.meta.dirname, 'openapi-3.1.schema.json'), 'utf8').replaceAll(
    '"$dynamicRef": "#meta"',
    '"$ref": "#/$defs/schema"',
  ),
)
let stage: Awaited<ReturnType<typeof startContractStage>>
let document: any

beforeAll(async () => {
  stage = await startContractStage()
  const answer = await stage.ask({ method: 'GET', target: '/v1/openapi.json' })
  document = JSON.parse(answer.body.toString())
})
afterAll(async () => stage.stop())

/** Every object in the document, with the names on the way to it. */
function* parts(value: unknown, path: readonly string[] = []): Generator<{ path: readonly string[]; part: any }> {
  if (typeof value !== 'object' || value === null) return
  yield { path, part: value }
  for (const [name, each] of Object.entries(value)) yield* parts(each, [...path, name])
}

describe('the description of the API', () => {
  it('is a document of OpenAPI 3.1', () => {
    const ajv = addFormats.default(new Ajv2020.default({ strict: false, allErrors: true }))
    ajv.addFormat('media-range', true)
    const validate = ajv.compile(metaSchema)
    validate(document)
    expect(validate.errors ?? []).toEqual([])
  })

  it('holds schemas of JSON Schema 2020-12, whose references lead somewhere', () => {
    const ajv = new Ajv2020.default({ strict: false })
    const found = [...parts(document)]
    const schemas = found.filter(
      ({ path }) => path.at(-1) === 'schema' || path.slice(0, -1).join() === 'components,schemas',
    )
    expect(schemas.length).toBeGreaterThan(100)
    for (const { path, part } of schemas)
      expect(ajv.validateSchema(part), `${path.join('/')} ${ajv.errorsText()}`).toBe(true)
    const at = (reference: string) =>
      reference
        .split('/')
        .slice(1)
        .reduce((where, name) => where?.[name], document)
    const references = found.flatMap(({ part }) => (typeof part.$ref === 'string' ? [part.$ref] : []))
    expect(references.filter((reference) => at(reference) === undefined)).toEqual([])
    const unused = Object.keys(document.components.schemas).filter(
      (name) => !references.includes(`#/components/schemas/${name}`),
    )
    expect(unused).toEqual([])
  })

  it('tells of every route that the functions have, and of everything in api/', () => {
    const described = Object.entries<any>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const routesOf = ({ method, path }: { method: string; path: string }) =>
      `${method.toUpperCase()} ${path.replace(/:(\w+)/g, '{$1}')}`
    const answered = [...stage.apps.query.routes, ...stage.apps.operate.routes].map(routesOf)
    expect(described.toSorted()).toEqual([...new Set([...answered, 'POST /v1/feeds/{cluster}'])].toSorted())
    expect(operations.map(routesOf).filter((route) => !described.includes(route))).toEqual([])
  })

  it('calls each operation by a name of its own', () => {
    const ids = [...parts(document)].flatMap(({ part }) => (part.operationId === undefined ? [] : [part.operationId]))
    expect(new Set(ids).size).toBe(ids.length)
  })
})
