import { request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type HttpHost, openHttp } from '../../local/http.ts'
import { startSteps } from '../../local/steps.ts'
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
      GetClosed: route('GET /closed', 'ToClosed'),
      GetFailing: route('GET /failing', 'ToFailing'),
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
  http = await openHttp(0)
  stage.teardown.add('http', http.stop)
  const { plan, gateway, teardown, said } = stage
  const say = (line: string) => void said.push(line)
  const { functions } = await startSteps({ plan, gateway, teardown, verbose: false, say })
  http.serve({ plan, functions, say })
})
afterAll(async () => {
  await stage.teardown.run()
})

interface Asked {
  readonly path: string
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
}

async function ask({ path, method = 'GET', headers = {}, body }: Asked): Promise<{ status: number; text: string }> {
  return new Promise((done, failed) => {
    const sent = request({ host: '127.0.0.1', port: http.port, path, method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => done({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
    })
    sent.once('error', failed)
    sent.end(body)
  })
}

it('a request reaches the function with its path decoded', async () => {
  const { status, text } = await ask({ path: '/v1/brokers/a%40b%2Fc?clientId=x%20y' })
  expect(status).toBe(200)
  expect(JSON.parse(text)).toMatchObject({ rawPath: '/v1/brokers/a@b/c', queryStringParameters: { clientId: 'x y' } })
})

it.each<[what: string, asked: Asked, status: number]>([
  ['no route', { path: '/v2/x' }, 404],
  ['broken escapes', { path: '/v1/%zz' }, 400],
  ['a foreign Host', { path: '/v1/x', headers: { host: 'evil.example' } }, 403],
  ['our address under another port', { path: '/v1/x', headers: { host: '127.0.0.1:1' } }, 403],
  ['another page’s Origin', { path: '/v1/x', headers: { origin: 'http://evil.example' } }, 403],
  ['a page opened from a file', { path: '/v1/x', headers: { origin: 'null' } }, 403],
  ['acting without the token', { path: '/v1/acts', method: 'POST' }, 401],
  ['acting with another token', { path: '/v1/acts', method: 'POST', headers: { authorization: 'Bearer guess' } }, 401],
  ['a webhook under a foreign Host', { path: '/v1/feeds/a', method: 'POST', headers: { host: 'evil.example' } }, 403],
  [
    'a page that posts to a webhook',
    { path: '/v1/feeds/a', method: 'POST', headers: { origin: 'http://evil.example' } },
    403,
  ],
  ['deleting what may be posted', { path: '/v1/feeds/a', method: 'DELETE' }, 401],
  ['a head over API Gateway’s limit', { path: `/v1/x?clientId=${'a'.repeat(10_300)}` }, 431],
  ['a function that API Gateway may not invoke', { path: '/closed' }, 500],
])('%s is refused', async (_what, asked, status) => {
  expect((await ask(asked)).status).toBe(status)
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
  const starting = await openHttp(0)
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
  const { status, text } = await ask({ path: '/failing' })
  expect(status).toBe(500)
  expect(text).not.toContain('secret detail')
  expect(stage.said.some((line) => line.includes('a secret detail'))).toBe(true)
})

it('a missing permission is said', async () => {
  await ask({ path: '/closed' })
  expect(stage.said.some((line) => line.includes('may not invoke the function of GET /closed'))).toBe(true)
})

it('a second server on the same port is refused in one line', async () => {
  await expect(openHttp(http.port)).rejects.toThrow(`Port ${http.port} of 127.0.0.1 is in use by another program.`)
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
