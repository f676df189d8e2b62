/** Requests made of the description: such as it documents, and such as it does not. */
import fc from 'fast-check'
import { instant } from '../../domain/time.ts'
import type { Described, Parameter } from './description.ts'
import { alertIds, type Asked, known, nowMs, t0 } from './stage.ts'

const escaped = (text: string) => encodeURIComponent(text.toWellFormed())
const json = (body: unknown) => ({
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(body)),
})

const time = fc.oneof(
  fc.integer({ min: -3600, max: 3600 }).map((seconds) => instant(nowMs + seconds * 1000)),
  fc.constantFrom('2026-11-22T11:00:00+01:00', '2026-11-22T10:00:00.123456789Z', instant(t0), '9999-12-31T23:59:59Z'),
)
const ids: Readonly<Record<string, readonly string[]>> = {
  ...known,
  '/v1/alerts/{id}': alertIds,
  '/v1/silences/{id}': ['plant.first', 'plant.second'],
}

/** Values of a schema; mostly such as the record knows. */
function valueOf(schema: any, knownValues: readonly string[] = []): fc.Arbitrary<any> {
  const some = (arbitrary: fc.Arbitrary<any>) =>
    knownValues.length === 0
      ? arbitrary
      : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...knownValues) }, { weight: 1, arbitrary })
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.type === 'integer') return fc.integer({ min: schema.minimum, max: schema.maximum })
  if (schema.format === 'date-time') return time
  if (schema.pattern !== undefined) return some(fc.stringMatching(new RegExp(schema.pattern)))
  if (schema.type === 'object') return recordOf(schema)
  if (schema.type !== 'string') throw new Error(`no values are known of ${JSON.stringify(schema)}`)
  const { minLength = 0, maxLength = 300 } = schema
  return some(fc.string({ unit: 'binary', minLength, maxLength: Math.min(maxLength, 300) }))
}

function recordOf({ properties = {}, required = [] }: any): fc.Arbitrary<Record<string, unknown>> {
  const values = Object.entries<any>(properties).map(([name, schema]) => [name, valueOf(schema, ids[name])])
  return fc.record(Object.fromEntries(values), { requiredKeys: required })
}

function valuesOf(operation: Described, place: Parameter['in']): fc.Arbitrary<Record<string, any>> {
  const own = operation.parameters.filter((parameter) => parameter.in === place && parameter.name !== 'cursor')
  const values = own.map(({ name, schema }) => {
    const ofPath = Object.entries(ids).find(([path]) => name === 'id' && operation.path.startsWith(path))?.[1]
    return [name, valueOf(schema, ofPath ?? ids[name])]
  })
  const requiredKeys = own.filter(({ required }) => required).map(({ name }) => name)
  return fc.record(Object.fromEntries(values), { requiredKeys })
}

const accepts = fc.constantFrom('application/json', 'text/csv', 'application/x-ndjson', '*/*', 'text/*, */*;q=0.1')

/** A request as the description has it. A slash in a path is a part of its own to API Gateway, so it is none here. */
export function documented(operation: Described, cursors: readonly string[]): fc.Arbitrary<Asked> {
  const cursor =
    operation.parameters.some(({ name }) => name === 'cursor') && cursors.length > 0
      ? fc.option(fc.constantFrom(...cursors), { nil: undefined, freq: 5 })
      : fc.constant(undefined)
  const headers = fc.record(
    {
      accept: accepts,
      'if-none-match': fc.constantFrom('"x"', 'W/"y", "z"'),
      'accept-encoding': fc.constantFrom('br', 'gzip'),
    },
    { requiredKeys: [] },
  )
  const body = operation.body === undefined ? fc.constant(undefined) : valueOf(operation.body).map(endingOnce)
  return fc
    .record({ params: valuesOf(operation, 'path'), query: valuesOf(operation, 'query'), cursor, headers, body })
    .map((made) => {
      const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
        escaped(String(made.params[name]).replace(/[/?]|^\.{1,2}$/g, '_')),
      )
      const query: Record<string, unknown> = {
        ...made.query,
        ...(made.cursor === undefined ? {} : { cursor: made.cursor }),
      }
      const search = Object.entries(query).map(([name, value]) => `${name}=${escaped(String(value))}`)
      const sent = made.body === undefined ? { headers: {} } : json(made.body)
      const target = search.length === 0 ? path : `${path}?${search.join('&')}`
      return { method: operation.method, target, ...sent, headers: { ...made.headers, ...sent.headers } }
    })
}

/** A silence ends in one way, which its schema does not say. */
function endingOnce(body: any): unknown {
  if (!('comment' in body) || 'to' in body !== 'minutes' in body) return body
  const { to: _, ...rest } = body
  return { ...rest, minutes: rest.minutes ?? 60 }
}

const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '..', '.', '/', '%', '\ud800', '\0', '\u{202e}', '__proto__', 'constructor', '-1', '1e3', 'null'),
  fc.constantFrom('x'.repeat(5000), '😀'.repeat(2000), "'; drop", '{"S":"x"}', 'NaN', ' plant', 'PLANT', 'sha256:0'),
)
const rawText = fc.oneof(
  anything.map(escaped),
  fc.constantFrom('%', '%zz', '%80', '%00', '%2500', '%ED%A0%80', '%2F..%2F', '+', '#', '\\', '%3F', '%23'),
)
const header = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'*/;,=q01."\\ \tWtextcsvjson-ü'.split('')), maxLength: 60 }),
  fc.constantFrom(
    '*',
    'image/png',
    'text/csv;q=0',
    `"${'a'.repeat(9000)}`,
    '*/*;q=abc',
    ',,,',
    'br;q=0, gzip',
    'gzip, br',
  ),
)

/** A cursor that was never handed out: changed, cut, or made by somebody who knows how they are made. */
function forged(cursors: readonly string[]): fc.Arbitrary<string> {
  const real = fc.constantFrom('e30', ...cursors)
  const place = fc.record({ list: fc.string(), after: anything, to: fc.oneof(time, anything) }, { requiredKeys: [] })
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const changed = fc.tuple(real, place).map(([cursor, change]) => {
    try {
      return encoded({ ...JSON.parse(Buffer.from(cursor, 'base64url').toString()), ...change })
    } catch {
      return cursor
    }
  })
  // The digest is right, what lies behind it is not.
  const misplaced = fc.tuple(real, anything, time).map(([cursor, after, to]) => {
    const { list } = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return encoded({ list, after, to })
  })
  const cut = fc.tuple(real, fc.nat()).map(([cursor, n]) => cursor.slice(0, n % cursor.length))
  return fc.oneof(changed, misplaced, misplaced, cut, anything.map(escaped))
}

type Change = (asked: Asked) => Asked
const withQuery = (asked: Asked, text: string): Asked => ({
  ...asked,
  target: `${asked.target}${asked.target.includes('?') ? '&' : '?'}${text}`,
})
const replaced = (asked: Asked, name: string, value: string): Asked => {
  const [path = '', search = ''] = asked.target.split('?')
  const rest = search.split('&').filter((part) => part !== '' && !part.startsWith(`${name}=`))
  return { ...asked, target: `${path}?${[...rest, `${name}=${value}`].join('&')}` }
}

/** A request as the description has it, and then one to three things that it does not have. */
export function undocumented(operation: Described, cursors: readonly string[]): fc.Arbitrary<Asked> {
  const own = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
  const bodies = fc.oneof(
    fc.json().map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom(
        '[',
        '{"a":1',
        '"\\ud800"',
        '['.repeat(30_000),
        `{"note":"${'x'.repeat(70_000)}"}`,
        '{"__proto__":{}}',
      )
      .map((text) => Buffer.from(text)),
    fc.constantFrom(20, 300).map((kib) => Buffer.alloc(kib * 1024, 'a')),
  )
  const types = fc.constantFrom(
    'application/json',
    'text/plain',
    'application/json; charset=latin1',
    '',
    'application/x-ndjson',
  )
  const changes: fc.Arbitrary<Change>[] = [
    fc.tuple(rawText, rawText).map(
      ([name, value]) =>
        (asked) =>
          withQuery(asked, `${name}=${value}`),
    ),
    fc.constantFrom('accept', 'if-none-match', 'accept-encoding', 'content-type', 'range', 'if-match').chain((name) =>
      header.map(
        (value): Change =>
          (asked) => ({ ...asked, headers: { ...asked.headers, [name]: value } }),
      ),
    ),
    rawText.map((text) => (asked) => ({ ...asked, target: asked.target.replace(/\/[^/?]+(?=\?|$)/, `/${text}`) })),
    rawText.map((text) => (asked) => ({
      ...asked,
      target: asked.target.replace(/^\/v1\/\w+\/[^/?]+/, (at) => `${at}${text}`),
    })),
    fc
      .constantFrom('GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS', 'HEAD')
      .map((method) => (asked) => ({ ...asked, method })),
    fc.tuple(bodies, types).map(([body, type]) => (asked) => ({
      ...asked,
      body,
      headers: { ...asked.headers, 'content-type': type },
    })),
  ]
  if (own.length > 0) {
    const name = fc.constantFrom(...own)
    changes.push(
      fc.tuple(name, rawText).map(
        ([each, value]) =>
          (asked) =>
            replaced(asked, each, value),
      ),
      fc.tuple(name, rawText).map(
        ([each, value]) =>
          (asked) =>
            withQuery(asked, `${each}=${value}`),
      ),
    )
  }
  if (own.includes('cursor')) changes.push(forged(cursors).map((value) => (asked) => replaced(asked, 'cursor', value)))
  return fc
    .tuple(documented(operation, cursors), fc.array(fc.oneof(...changes), { minLength: 1, maxLength: 3 }))
    .map(([asked, several]) => several.reduce((at, change) => change(at), asked))
}
