/** The description of the API, read: which operations it has, and whether an answer is one that it tells of. */
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { columnsOf } from '../../lambdas/http/formats.ts'
import { operations } from '../../api/index.ts'
import type { PlainResponse } from '../../local/http-event.ts'

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: any
}

export interface Described {
  readonly method: string
  /** With its parameters as `{name}`. */
  readonly path: string
  readonly parameters: readonly Parameter[]
  /** Schema of the body, where one is taken. */
  readonly body?: any
  readonly responses: any
}

/** Everything but the webhook, which takes what brokers send, and has tests of its own. */
export function operationsOf(document: any): Described[] {
  return Object.entries<any>(document.paths)
    .filter(([path]) => path !== '/v1/feeds/{cluster}')
    .flatMap(([path, methods]) =>
      Object.entries<any>(methods).map(([method, { parameters, requestBody, responses }]) => ({
        method: method.toUpperCase(),
        path,
        parameters,
        body: requestBody?.content['application/json'].schema,
        responses,
      })),
    )
}

/** Compiles the document; `faultOf` says in which way an answer is none that is described for this operation. */
export function contractOf(document: any) {
  const ajv = addFormats.default(new Ajv2020.default({ strict: false }))
  ajv.addSchema(document, 'api', undefined, false)
  const check = (schema: any, value: unknown): string | undefined => {
    const validate = ajv.compile({ ...schema, $ref: schema.$ref === undefined ? undefined : `api${schema.$ref}` })
    return validate(value) ? undefined : ajv.errorsText(validate.errors)
  }
  const schemas = new Map<string, (value: unknown) => string | undefined>()
  const checkNamed = (reference: string, value: unknown) => {
    const known = schemas.get(reference) ?? ((each: unknown) => check({ $ref: reference }, each))
    schemas.set(reference, known)
    return known(value)
  }
  const resolve = (part: any): any =>
    part?.$ref === undefined
      ? part
      : part.$ref
          .split('/')
          .slice(1)
          .reduce((at: any, name: string) => at[name], document)

  function faultOf(operation: Described, answer: PlainResponse): string | undefined {
    const response = resolve(operation.responses[String(answer.status)])
    if (response === undefined) return `status ${answer.status} is not described`
    for (const [name, header] of Object.entries<any>(response.headers ?? {})) {
      const isThere = answer.headers[name.toLowerCase()] !== undefined
      if (resolve(header).required === true && !isThere) return `the header ${name} lacks`
    }
    if (response.content === undefined) return answer.body.length === 0 ? undefined : 'there is a body'
    const mediaType = String(answer.headers['content-type']).split(';')[0] ?? ''
    const content = response.content[mediaType]
    if (content === undefined) return `${mediaType} is not described`
    if (mediaType === 'text/csv') return faultOfCsv(operation, answer.body.toString())
    if (mediaType === 'application/x-ndjson') {
      const lines = answer.body.toString().split('\n')
      if (lines.pop() !== '') return 'the last line has no end'
      return lines.map((line) => checkNamed(content.schema['x-row'].$ref, JSON.parse(line))).find(Boolean)
    }
    return checkNamed(content.schema.$ref, JSON.parse(answer.body.toString()))
  }
  return { faultOf, resolve }
}

function fail(message: string): never {
  throw new Error(message)
}

function faultOfCsv({ method, path }: Described, text: string): string | undefined {
  const operation = operations.find(
    (each) => each.method.toUpperCase() === method && each.path.replace(/:(\w+)/g, '{$1}') === path,
  )
  const columns = columnsOf(operation?.answer ?? fail('no such operation'), operation?.rows ?? '')
  const [header, ...rows] = readCsv(text)
  if (header?.join() !== columns.join()) return `the header is ${header?.join()}`
  const odd = rows.find((cells) => cells.length !== columns.length)
  if (odd !== undefined) return `a row has ${odd.length} cells`
  const formula = rows.flat().find((cell) => /^\s*[=+@-]/.test(cell) && Number.isNaN(Number(cell)))
  return formula === undefined ? undefined : `a formula: ${formula}`
}

/** Reads CSV as RFC 4180 has it. */
function readCsv(text: string): string[][] {
  const rows: string[][] = []
  let cells: string[] = []
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    cells.push(quoted?.replaceAll('""', '"') ?? plain ?? '')
    if (end === ',') continue
    rows.push(cells)
    cells = []
  }
  return rows
}
