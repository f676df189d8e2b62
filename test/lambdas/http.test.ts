import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { noBody, noParams, type Operation } from '../../api/operation.ts'
import { cursor, limit, next } from '../../api/parameters.ts'
import { chooseEncoding, chooseMediaType } from '../../lambdas/http/accept.ts'
import { createApp } from '../../lambdas/http/app.ts'
import { writeCsv } from '../../api/csv.ts'
import { functionOf } from '../../lambdas/http/function.ts'
import { maxPayloadBytes } from '../../lambdas/http/fit.ts'
import { routeOf } from '../../lambdas/http/route.ts'
import { eventOf, readTarget, responseOf } from '../../local/http-event.ts'

const thing = z.strictObject({ name: z.string(), size: z.optional(z.number()), more: z.optional(z.unknown()) })
const list = {
  method: 'get',
  path: '/v1/groups/:group/things',
  summary: 'Things',
  params: z.strictObject({ group: z.string() }),
  query: z.strictObject({ limit, cursor, words: z.optional(z.string()) }),
  body: noBody,
  answer: z.strictObject({ things: z.array(thing), next }),
  rows: 'things',
} satisfies Operation
const one = {
  method: 'get',
  path: '/v1/things/:name',
  summary: 'A thing',
  params: z.strictObject({ name: z.string() }),
  query: z.strictObject({}),
  body: noBody,
  answer: thing,
} satisfies Operation
const act = {
  method: 'post',
  path: '/v1/acts',
  summary: 'An act',
  params: noParams,
  query: z.strictObject({}),
  body: z.strictObject({}),
  answer: thing,
} satisfies Operation

/** As many things as there are, from the one that the cursor says. */
function appOf(things: readonly z.infer<typeof thing>[], acted: () => void = () => undefined) {
  const routes = [
    routeOf(list, async ({ query }) => {
      const from = Number(query.cursor?.split('-')[0] ?? 0)
      const page = things.slice(from, from + query.limit)
      const end = from + page.length
      // Like a real one it tells when it was made.
      const more = end < things.length ? { next: `${end}-${Math.random().toString(36).slice(2)}` } : {}
      return { ok: true, body: { things: page, ...more } }
    }),
    routeOf(one, async ({ params }) => ({ ok: true, body: { name: params.name } })),
    routeOf(act, async () => {
      acted()
      return { ok: true, body: { name: 'done' } }
    }),
  ]
  return createApp(routes, { log: { error: (...fault: unknown[]) => expect.unreachable(JSON.stringify(fault)) } })
}

/** One request through the payload of API Gateway, as it goes on one machine and in the cloud. */
async function ask(
  app: ReturnType<typeof appOf>,
  target: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; headers: Record<string, string>; body: Buffer; payloadBytes: number }> {
  const { path, query } = readTarget(target) ?? { path: '', query: '' }
  const match = { route: { key: '$default', authorization: 'NONE', functionArn: 'arn' }, pathParameters: {} }
  const request = { method, target, headers: { host: 'h', ...headers }, body: Buffer.alloc(0), sourceIp: '127.0.0.1' }
  const event: any = eventOf(request, { match, path, query, api: 'api', id: 'id', nowMs: 0 })
  const value = await functionOf(app)(event)
  const answer = responseOf(value)
  return { ...answer, headers: answer.headers as any, payloadBytes: Buffer.byteLength(JSON.stringify(value)) }
}
const things = Array.from({ length: 30 }, (_, n) => ({
  name: `thing ${n}`,
  size: n,
  more: { where: ['here', 'there'] },
}))
const path = '/v1/groups/a%20b/things'

describe('what was answered before', () => {
  it('is known again by its ETag, whatever the encoding, and differs by form and by what is in it', async () => {
    const app = appOf(things)
    const first = await ask(app, path)
    const tag = first.headers['etag'] ?? ''
    expect(first.headers).toMatchObject({ 'cache-control': 'private, no-cache', vary: 'accept, accept-encoding' })
    expect(tag).toMatch(/^W\/"[\w-]{27}"$/)
    expect((await ask(app, path, { 'accept-encoding': 'br' })).headers['etag']).toBe(tag)
    for (const known of [tag, tag.slice(2), `"other", ${tag}`, '*']) {
      const again = await ask(app, path, { 'if-none-match': known })
      expect([known, again.status, again.body.length, again.headers['etag']]).toEqual([known, 304, 0, tag])
    }
    for (const other of ['"other"', 'W/""', 'nonsense', tag.slice(3, -1)]) {
      expect((await ask(app, path, { 'if-none-match': other })).status).toBe(200)
    }
    expect((await ask(app, path, { accept: 'text/csv', 'if-none-match': tag })).status).toBe(200)
    expect((await ask(appOf(things.slice(1)), path, { 'if-none-match': tag })).status).toBe(200)
  })

  it('is the same page although where it ends is told otherwise; and another one once there is more', async () => {
    const app = appOf(things)
    for (const accept of ['application/json', 'text/csv', 'application/x-ndjson']) {
      const first = await ask(app, `${path}?limit=10`, { accept })
      const again = await ask(app, `${path}?limit=10`, { accept, 'if-none-match': first.headers['etag'] ?? '' })
      expect(again.status).toBe(304)
      const last = await ask(appOf(things.slice(0, 10)), `${path}?limit=10`, { accept })
      expect(last.headers['etag']).not.toBe(first.headers['etag'])
    }
  })

  it('an act is never known', async () => {
    const done = await ask(appOf([]), '/v1/acts', { 'if-none-match': '*' }, 'POST')
    expect([done.status, done.headers['etag'], done.headers['cache-control']]).toEqual([200, undefined, 'no-store'])
  })
})

describe('compression', () => {
  it.each([
    ['br', 'gzip, br', brotliDecompressSync],
    ['gzip', 'gzip;q=1.0, br;q=0.2', gunzipSync],
  ])('by %s where %s is accepted', async (encoding, accepted, decoded) => {
    const plain = await ask(appOf(things), path)
    const answer = await ask(appOf(things), path, { 'accept-encoding': accepted })
    expect(answer.headers['content-encoding']).toBe(encoding)
    expect(answer.body.length).toBeLessThan(plain.body.length / 3)
    expect(decoded(answer.body)).toEqual(plain.body)
  })

  it.each([
    ['', undefined],
    ['identity', undefined],
    ['br;q=0, gzip;q=0', undefined],
    ['*', 'br'],
    ['*;q=0.5, br;q=0', 'gzip'],
    ['identity, gzip;q=0.5', undefined],
    ['GZIP', 'gzip'],
    [';;,=,"', undefined],
  ])('Accept-Encoding %j → %s', (accepted, encoding) => {
    expect(chooseEncoding(accepted, ['br', 'gzip'])).toBe(encoding)
  })

  it('not of what is short', async () => {
    const answer = await ask(appOf(things.slice(0, 1)), path, { 'accept-encoding': 'br' })
    expect(answer.headers).not.toHaveProperty('content-encoding')
  })
})

describe('the form', () => {
  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/json'],
    ['text/csv', 'text/csv'],
    ['Text/CSV;charset=utf-8', 'text/csv'],
    ['text/*', 'text/csv'],
    ['text/csv, */*', 'text/csv'],
    ['text/csv, application/json', 'application/json'],
    ['text/csv;q=0.5, application/x-ndjson;q=0.9, application/json;q=0.1', 'application/x-ndjson'],
    ['application/json;q=0, */*', 'text/csv'],
    ['application/json;q=0', undefined],
    ['image/png', undefined],
    ['nonsense', undefined],
  ])('Accept %j → %s', (accepted, mediaType) => {
    expect(chooseMediaType(accepted, ['application/json', 'text/csv', 'application/x-ndjson'])).toBe(mediaType)
  })

  it('CSV and JSON Lines tell the same rows as JSON, page by page', async () => {
    const app = appOf(things)
    const csv = await ask(app, `${path}?limit=2`, { accept: 'text/csv' })
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8; header=present')
    const more = '"{""where"":[""here"",""there""]}"'
    expect(csv.body.toString()).toBe(`name,size,more\r\nthing 0,0,${more}\r\nthing 1,1,${more}\r\n`)
    const rows: unknown[] = []
    for (let at: string | undefined = `${path}?limit=7&words=a+b%26%3E`; at !== undefined; ) {
      const page = await ask(app, at, { accept: 'application/x-ndjson' })
      const lines = page.body.toString().split('\n').slice(0, -1)
      rows.push(...lines.map((line): unknown => JSON.parse(line)))
      const link = page.headers['link']
      expect(link ?? '<').toMatch(
        /^<(\/v1\/groups\/a%20b\/things\?limit=7&words=a\+b%26%3E&cursor=[\w-]+>; rel="next")?$/,
      )
      at = link?.slice(1, link.indexOf('>'))
    }
    expect(rows).toEqual(things)
    const json = await ask(app, `${path}?limit=2`)
    expect(json.headers['link']).toContain(JSON.parse(json.body.toString()).next)
    expect((await ask(app, path)).headers).not.toHaveProperty('link')
  })

  it('what cannot be given is said before anything is done', async () => {
    let acted = 0
    const app = appOf(things, () => (acted += 1))
    const answer = await ask(app, '/v1/acts', { accept: 'text/csv' }, 'POST')
    expect([answer.status, answer.headers['content-type'], acted]).toEqual([406, 'application/problem+json', 0])
    expect(JSON.parse(answer.body.toString()).detail).toContain('application/json')
  })
})

describe('a cell of CSV', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['  @SUM(A1)', "'  @SUM(A1)"],
    ['-5', "'-5"],
    ['\tx', "'\tx"],
    ['\rx', '"\'\rx"'],
    ['\t=x', "'\t'=x"],
    ['＝1', "'＝1"],
    ['a;=1', "a;'=1"],
    ['a\n+1', '"a\n\'+1"'],
    ['a-b', 'a-b'],
    ['a "b", c', '"a ""b"", c"'],
    [-5, '-5'],
    [false, 'false'],
    [undefined, ''],
    [{ n: -1 }, '"{""n"":-1}"'],
  ])('%j is written %j', (value, cell) => {
    expect(writeCsv(['a'], [{ a: value }])).toBe(`a\r\n${cell}\r\n`)
  })
})

describe('an answer that no function may hand out', () => {
  it.each(['application/json', 'text/csv', 'application/x-ndjson'])(
    'is told as shorter pages, none of them too large, as %s',
    async (accept) => {
      // Every character of these takes six bytes in JSON, and twelve in the function's answer.
      const large = Array.from({ length: 100 }, (_, n) => ({ name: `${n}`, more: '\u0001'.repeat(n * 500) }))
      const app = appOf(large)
      let [pages, rows] = [0, 0]
      for (let at: string | undefined = `${path}?limit=1000`; at !== undefined; pages += 1) {
        const page = await ask(app, at, { accept })
        expect(page.status).toBe(200)
        expect(page.payloadBytes).toBeLessThan(maxPayloadBytes + 2000)
        const text = page.body.toString()
        rows += accept === 'application/json' ? JSON.parse(text).things.length : text.match(/\n/g)?.length
        if (accept === 'text/csv') rows -= 1
        const link = page.headers['link']
        at = link?.slice(1, link.indexOf('>'))
      }
      expect(rows).toBe(100)
      expect(pages).toBeGreaterThan(1)
    },
  )

  it('and where one row alone is too large, that is said', async () => {
    const answer = await ask(appOf([{ name: 'x'.repeat(7_000_000) }]), path)
    expect([answer.status, JSON.parse(answer.body.toString()).title]).toEqual([400, 'The answer is too large'])
  })
})

describe('a path', () => {
  it.each(['emqx@10.0.0.1', 'a b', 'a%41', '100%', 'a#b', 'a\\b', 'ü😀', "'(*)!"])('is read once: %j', async (name) => {
    const answer = await ask(appOf([]), `/v1/things/${encodeURIComponent(name)}`)
    expect(JSON.parse(answer.body.toString())).toEqual({ name })
  })
})

describe('a query', () => {
  it.each([
    ['colour=red', 'colour'],
    ['constructor=x', 'constructor'],
    ['__proto__=x', '__proto__'],
    ['limit=1&limit=1', 'limit'],
    ['words=%zz', 'query'],
    ['words=%80', 'query'],
  ])('%s is refused, naming %s', async (query, parameter) => {
    const answer = await ask(appOf(things), `${path}?${query}`)
    expect([answer.status, JSON.parse(answer.body.toString()).parameter]).toEqual([400, parameter])
  })
})
