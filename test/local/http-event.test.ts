import { describe, expect, it } from 'vitest'
import { eventOf, matchRoute, readTarget, responseOf } from '../../local/http-event.ts'

const routes = [
  'GET /v1/{proxy+}',
  'GET /v1/alerts/{id}',
  'GET /v1/alerts/mine',
  'ANY /v1/alerts/{id}',
  '$default',
].map((key) => ({ key, authorization: 'AWS_IAM', functionArn: 'arn' }))

describe('a request line', () => {
  it.each([
    ['the path is decoded', '/v1/brokers/emqx%4010.0.0.1', { path: '/v1/brokers/emqx@10.0.0.1', query: '' }],
    [
      'the query is kept as it came',
      '/v1/clients?clientId=a%20b&x',
      { path: '/v1/clients', query: 'clientId=a%20b&x' },
    ],
    ['a decoded question mark cuts the path', '/v1/a%3Fb/c?d=e', { path: '/v1/a', query: 'd=e' }],
    ['a second question mark belongs to the query', '/v1?a=b?c', { path: '/v1', query: 'a=b?c' }],
  ])('%s', (_claim, target, expected) => {
    expect(readTarget(target)).toEqual(expected)
  })

  it('broken escapes are no path', () => {
    expect(readTarget('/v1/%E0%A4%A')).toBeUndefined()
  })
})

describe('the route taken', () => {
  it.each([
    ['the same text before a parameter', 'GET', '/v1/alerts/mine', 'GET /v1/alerts/mine', {}],
    ['a parameter before a rest, a named method before ANY', 'GET', '/v1/alerts/7', 'GET /v1/alerts/{id}', { id: '7' }],
    ['ANY where no route names the method', 'POST', '/v1/alerts/7', 'ANY /v1/alerts/{id}', { id: '7' }],
    ['a rest of several segments', 'GET', '/v1/a/b/c', 'GET /v1/{proxy+}', { proxy: 'a/b/c' }],
    ['$default when nothing else', 'DELETE', '/else', '$default', {}],
  ])('is %s', (_claim, method, path, key, pathParameters) => {
    expect(matchRoute(routes, { method, path })).toMatchObject({ route: { key }, pathParameters })
  })

  it('is none for an empty rest', () => {
    expect(matchRoute(routes.slice(0, 1), { method: 'GET', path: '/v1/' })).toBeUndefined()
  })
})

describe('the event', () => {
  const match = { route: { key: 'GET /v1/{proxy+}', authorization: 'NONE', functionArn: 'arn' }, pathParameters: {} }
  const request = { method: 'GET', target: '', headers: { host: 'h' }, body: Buffer.alloc(0), sourceIp: '127.0.0.1' }
  const context = { match, path: '/v1/x', query: 'a=1&b=x%20y&a=2', api: 'api', id: 'id', nowMs: 0 }

  it('joins repeated query parameters by commas, decoded', () => {
    expect(eventOf(request, context)).toMatchObject({
      version: '2.0',
      rawPath: '/v1/x',
      rawQueryString: 'a=1&b=x%20y&a=2',
      queryStringParameters: { a: '1,2', b: 'x y' },
      isBase64Encoded: false,
    })
  })

  it('hands on text as text and bytes as base64', () => {
    const body = Buffer.from([0xff, 0x00])
    expect(eventOf({ ...request, body }, context)).toMatchObject({ body: '/wA=', isBase64Encoded: true })
    const json = { ...request, headers: { 'content-type': 'application/json' }, body: Buffer.from('{}') }
    expect(eventOf(json, context)).toMatchObject({ body: '{}', isBase64Encoded: false })
  })

  it('takes cookies out of the headers', () => {
    const event = eventOf({ ...request, headers: { cookie: 'a=1; b=2' } }, context)
    expect(event).toMatchObject({ cookies: ['a=1', 'b=2'], headers: {} })
  })
})

describe('the answer', () => {
  it.each([
    ['status, headers and text', { statusCode: 404, headers: { 'Content-Type': 'a/b', n: 1 }, body: 'no' }, 404, 'no'],
    ['base64 is decoded', { statusCode: 200, body: 'aGk=', isBase64Encoded: true }, 200, 'hi'],
    ['without a status it is itself the body', { some: 'json' }, 200, '{"some":"json"}'],
    ['a status of another kind is a server error', { statusCode: {} }, 500, '{"message":"Internal Server Error"}'],
  ])('%s', (_claim, value, status, body) => {
    const answered = responseOf(value)
    expect([answered.status, answered.body.toString()]).toEqual([status, body])
  })
})
