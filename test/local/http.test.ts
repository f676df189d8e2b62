import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type HttpHost, openHttp } from '../../local/http.ts'
import { startSteps } from '../../local/steps.ts'
import { bothServersDo, page, send, type Sent } from './site-cases.ts'
import { functionWith, roleWith, setStage, type Stage } from './stage.ts'

let stage: Stage
let http: HttpHost

const api = { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } }
const integration = (to: string) => ({
  Type: 'AWS::ApiGatewayV2::Integration',
  Properties: { ApiId: { Ref: 'Api' }, IntegrationUri: { 'Fn::GetAtt': [to, 'Arn'] }, PayloadFormatVersion: '2.0' },
})
const route = (RouteKey: string, to: string, AuthorizationType = 'AWS_IAM') => ({
  Type: 'AWS::ApiGatewayV2::Route',
  Properties: {
    ApiId: { Ref: 'Api' },
    RouteKey,
    AuthorizationType,
    Target: { 'Fn::Join': ['/', ['integrations', { Ref: to }]] },
  },
})

beforeAll(async () => {
  stage = await setStage(
    {
      Role: roleWith(),
      Echo: functionWith('echo'),
      Closed: functionWith('echo'),
      Failing: functionWith('failing'),
      Api: api,
      ToEcho: integration('Echo'),
      ToClosed: integration('Closed'),
      ToFailing: integration('Failing'),
      Get: route('GET /v1/{proxy+}', 'ToEcho'),
      Post: route('POST /v1/acts', 'ToEcho'),
      Hook: route('POST /v1/feeds/{cluster}', 'ToEcho', 'NONE'),
      GetClosed: route('GET /v1/closed', 'ToClosed'),
      GetFailing: route('GET /v1/failing', 'ToFailing'),
      ...Object.fromEntries(
        ['Echo', 'Failing'].map((name) => [
          `May${name}`,
          {
            Type: 'AWS::Lambda::Permission',
            Properties: {
              Action: 'lambda:InvokeFunction',
              FunctionName: { 'Fn::GetAtt': [name, 'Arn'] },
              Principal: 'apigateway.amazonaws.com',
              SourceArn: { 'Fn::Sub': 'arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/*/*' },
            },
          },
        ]),
      ),
    },
    {
      echo: 'export const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) })',
      failing: 'export const handler = async () => { throw new Error("a secret detail") }',
    },
  )
  http = await openHttp({ port: 0, page })
  stage.teardown.add('http', http.stop)
  const { plan, gateway, teardown, said } = stage
  const say = (line: string) => void said.push(line)
  const { functions } = await startSteps({ plan, gateway, teardown, verbose: false, say })
  http.serve({ plan, functions, say })
})
afterAll(async () => {
  await stage.teardown.run()
})

const ask = async (sent: Sent) => send(http.port, sent)

bothServersDo(() => http)

it('a request reaches the function with its path decoded', async () => {
  const { status, text } = await ask({ path: '/v1/brokers/a%40b%2Fc?clientId=x%20y' })
  expect(status).toBe(200)
  expect(JSON.parse(text)).toMatchObject({ rawPath: '/v1/brokers/a@b/c', queryStringParameters: { clientId: 'x y' } })
})

it.each<[what: string, sent: Sent, status: number]>([
  ['no route', { path: '/v1/x', method: 'OPTIONS' }, 404],
  ['a webhook under a foreign Host', { path: '/v1/feeds/a', method: 'POST', headers: { host: 'evil.example' } }, 403],
  [
    'a page that posts to a webhook',
    { path: '/v1/feeds/a', method: 'POST', headers: { origin: 'http://evil.example' } },
    403,
  ],
  ['deleting what may be posted', { path: '/v1/feeds/a', method: 'DELETE' }, 401],
  ['a function that API Gateway may not invoke', { path: '/v1/closed' }, 500],
])('%s is refused', async (_what, sent, status) => {
  expect((await ask(sent)).status).toBe(status)
})

it('reads are open, and closed where the system was started as private', async () => {
  expect((await ask({ path: '/v1/x' })).status).toBe(200)
  const closed = await openHttp({ port: 0, isPrivate: true })
  stage.teardown.add('the private one', closed.stop)
  closed.serve({ plan: stage.plan, functions: new Map(), say: () => undefined })
  const headers = { authorization: `Bearer ${closed.token}` }
  const session = async (sent: Partial<Sent> = {}) =>
    JSON.parse((await send(closed.port, { path: '/session', ...sent })).text)
  expect((await send(closed.port, { path: '/v1/x' })).status).toBe(401)
  // Whose function is not there: past the door.
  expect((await send(closed.port, { path: '/v1/x', headers })).status).toBe(500)
  expect(await session()).toEqual({ mode: 'local', mayRead: false, mayAct: false })
  expect(await session({ headers })).toEqual({ mode: 'local', mayRead: true, mayAct: true })
})

it('acting with the token reaches the function with its body', async () => {
  const headers = { authorization: `Bearer ${http.token}`, 'content-type': 'application/json' }
  const { status, text } = await ask({ path: '/v1/acts', method: 'POST', headers, body: '{"a":1}' })
  expect(status).toBe(200)
  expect(JSON.parse(text)).toMatchObject({ body: '{"a":1}', isBase64Encoded: false })
})

it('where the template leaves it to the function to ask for a token, we ask for none', async () => {
  const headers = { authorization: 'Bearer of-the-cluster', 'content-type': 'application/json' }
  const { status, text } = await ask({ path: '/v1/feeds/plant?broker=b', method: 'POST', headers, body: '{}' })
  expect(status).toBe(200)
  expect(JSON.parse(text)).toMatchObject({
    pathParameters: { cluster: 'plant' },
    headers: { authorization: 'Bearer of-the-cluster' },
  })
})

it('while the system starts, who would act is asked to come again', async () => {
  const starting = await openHttp({ port: 0 })
  const url = `http://127.0.0.1:${starting.port}/v1/feeds/plant`
  const answer = await fetch(url, { method: 'POST', body: '{}' })
  await starting.stop()
  expect(answer.status).toBe(503)
})

it('a body over Lambda’s limit is refused', async () => {
  const headers = { authorization: `Bearer ${http.token}` }
  const { status } = await ask({ path: '/v1/acts', method: 'POST', headers, body: Buffer.alloc(6 * 1024 * 1024 + 1) })
  expect(status).toBe(413)
})

it('the page’s own Origin and the name localhost are let in', async () => {
  const host = `localhost:${http.port}`
  expect((await ask({ path: '/v1/x', headers: { host, origin: `http://${host}` } })).status).toBe(200)
})

it('a function that fails tells the caller nothing of why, and us everything', async () => {
  const { status, text } = await ask({ path: '/v1/failing' })
  expect(status).toBe(500)
  expect(text).not.toContain('secret detail')
  expect(stage.said.some((line) => line.includes('a secret detail'))).toBe(true)
})

it('a missing permission is said', async () => {
  await ask({ path: '/v1/closed' })
  expect(stage.said.some((line) => line.includes('may not invoke the function of GET /v1/closed'))).toBe(true)
})

it('a second server on the same port is refused in one line', async () => {
  await expect(openHttp({ port: http.port })).rejects.toThrow(
    `Port ${http.port} of 127.0.0.1 is in use by another program.`,
  )
})

it('nothing answers on other addresses of this machine', async () => {
  const reached = await new Promise<boolean>((done) => {
    const socket = connect({ host: '127.0.0.2', port: http.port }, () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })
  expect(reached).toBe(false)
})
