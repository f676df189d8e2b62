import { createServer, type IncomingMessage, type Server } from 'node:http'
import { gzipSync } from 'node:zlib'
import { AwsV4Signer } from 'aws4fetch'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { signer } from '../../cli/sign.ts'
import { type ForwardOptions, forwardTo } from '../../cli/ui/forward.ts'
import { openUi } from '../../cli/ui/server.ts'
import { listenOnLoopback } from '../../local/loopback.ts'
import type { Site } from '../../local/site.ts'
import { bothServersDo, page, send, type Sent } from '../local/site-cases.ts'

interface Heard {
  readonly request: IncomingMessage
  readonly body: string
}
interface Told {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
}

const secret = 'wJalrXUtnFEMI-secret'
const sessionToken = 'session-token-of-the-user'
const answer = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"brokers":[]}' }

let api: Server
let apiUrl: string
let ui: Site
let heard: Heard[] = []
let told: Told = answer

const authorize = signer({
  region: 'eu-central-1',
  credentials: async () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: secret, sessionToken }),
})

/** The signature that another implementation gives the request that came. */
async function signatureOf({ request: { method = '', url = '', headers }, body }: Heard): Promise<string | undefined> {
  const signed = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? []
  const given = signed.filter((name) => name !== 'host').map((name) => [name, String(headers[name])] as const)
  const resigned = await new AwsV4Signer({
    method,
    url: `http://${headers.host}${url}`,
    headers: Object.fromEntries(given),
    ...(body === '' ? {} : { body }),
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: secret,
    service: 'execute-api',
    region: 'eu-central-1',
    datetime: String(headers['x-amz-date']),
    allHeaders: true,
  }).sign()
  return resigned.headers.get('authorization')?.replaceAll(', ', ',')
}

async function open(options: Partial<ForwardOptions> = {}): Promise<Site> {
  return openUi({
    port: 0,
    page,
    forward: forwardTo({ baseUrl: apiUrl, authorize, whenRefused: 'These credentials may not.', ...options }),
  })
}

beforeAll(async () => {
  api = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      heard.push({ request, body: Buffer.concat(chunks).toString() })
      response.writeHead(told.status, { 'set-cookie': 'a=b', 'access-control-allow-origin': '*', ...told.headers })
      response.end(told.body)
    })
  })
  apiUrl = `http://127.0.0.1:${await listenOnLoopback(api, 0)}/base`
  ui = await open()
})
afterAll(async () => {
  await ui.stop()
  api.closeAllConnections()
  api.close()
})
beforeEach(() => {
  heard = []
  told = answer
})

const ask = async ({ headers, ...sent }: Sent, site = ui) =>
  send(site.port, { ...sent, headers: { authorization: `Bearer ${site.token}`, ...headers } })
const problemOf = async (sent: Sent, site = ui): Promise<{ title: string; detail: string; status: number }> =>
  JSON.parse((await ask(sent, site)).text)

bothServersDo(() => ui)

it('nothing is asked for who has no token', async () => {
  for (const headers of [{}, { authorization: 'Bearer guess' }, { authorization: `Basic ${ui.token}` }]) {
    expect((await send(ui.port, { path: '/v1/brokers', headers })).status).toBe(401)
  }
  expect(heard).toEqual([])
})

describe('what goes on', () => {
  it('is the path as it was written, below the target’s own, signed, and little else', async () => {
    await ask({
      path: '/v1/brokers/emqx%4010.0.0.1?clientId=a%20b%2Fc&view=broker',
      headers: {
        accept: 'application/json',
        'if-none-match': '"e"',
        cookie: 'a=b',
        'x-forwarded-for': '1',
        origin: `http://127.0.0.1:${ui.port}`,
      },
    })
    const { request } = heard[0] as Heard
    expect(request.url).toBe('/base/v1/brokers/emqx%4010.0.0.1?clientId=a%20b%2Fc&view=broker')
    expect(Object.keys(request.headers).toSorted().join(' ')).toBe(
      'accept authorization connection host if-none-match x-amz-content-sha256 x-amz-date x-amz-security-token',
    )
    expect(request.headers.authorization?.replaceAll(', ', ',')).toBe(await signatureOf(heard[0] as Heard))
    expect(JSON.stringify(request.rawHeaders)).not.toContain(ui.token)
  })

  it('is the body of an act', async () => {
    const sent = { path: '/v1/alerts/a/acknowledge', method: 'POST', headers: { 'content-type': 'application/json' } }
    await ask({ ...sent, body: '{"note":"on my way – soon"}' })
    expect(heard[0]).toMatchObject({ request: { method: 'POST' }, body: '{"note":"on my way – soon"}' })
    expect(heard[0]?.request.headers.authorization?.replaceAll(', ', ',')).toBe(await signatureOf(heard[0] as Heard))
    expect((await ask({ ...sent, body: Buffer.alloc(65 * 1024) })).status).toBe(413)
    expect(heard).toHaveLength(1)
  })

  it.each([
    ['dots that lead out of /v1', '/v1/../secret', 400],
    ['dots that lead out of /v1, escaped', '/v1/%2e%2e/secret', 400],
    ['dots that lead out of the target’s folder', '/v1/../../base2/v1/x', 400],
    ['backslashes', '/v1/\\..\\..\\secret', 400],
    ['another host', '//evil.example/v1/x', 200],
    ['a host behind a user', '/v1@evil.example/v1/x', 200],
    ['an escaped slash in front', '/%2fevil.example/v1/x', 200],
  ])('is never what %s lead to', async (_what, path, status) => {
    // 200: not of the API, hence the page.
    expect((await ask({ path })).status).toBe(status)
    expect(heard).toEqual([])
  })

  it.each(['PUT', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE'])('is no %s', async (method) => {
    expect((await ask({ path: '/v1/brokers', method })).status).toBe(405)
    expect(heard).toEqual([])
  })
})

describe('what comes back', () => {
  it('is the answer as it was sent, without cookies and what opens it to others', async () => {
    const body = gzipSync('{"brokers":[]}')
    told = {
      status: 200,
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip', etag: '"e"' },
      body,
    }
    const got = await ask({ path: '/v1/brokers', headers: { 'accept-encoding': 'gzip' } })
    expect(got.bytes.equals(body)).toBe(true)
    expect(got.headers).toMatchObject({ etag: '"e"', 'content-encoding': 'gzip', 'content-type': 'application/json' })
    expect(got.headers).not.toHaveProperty('set-cookie')
    expect(got.headers).not.toHaveProperty('access-control-allow-origin')
  })

  it('is that nothing has changed', async () => {
    told = { status: 304, headers: { etag: '"e"' } }
    expect(await ask({ path: '/v1/brokers' })).toMatchObject({ status: 304, text: '', headers: { etag: '"e"' } })
  })

  it('is Keepwatch’s own problem as it was told', async () => {
    const body = JSON.stringify({
      type: 'about:blank',
      title: 'Not found',
      status: 404,
      detail: 'There is no such alert.',
    })
    told = { status: 404, headers: { 'content-type': 'application/problem+json' }, body }
    expect(await problemOf({ path: '/v1/alerts/x' })).toMatchObject({ status: 404, detail: 'There is no such alert.' })
  })

  it.each<[what: string, told: Told, status: number, detail: RegExp]>([
    [
      'expired credentials',
      { status: 403, body: '{"message":"The security token included in the request is expired"}' },
      502,
      /have expired\. Sign in again/,
    ],
    [
      'a wrong clock',
      { status: 403, body: '{"message":"Signature expired: 20261122T000000Z is now earlier than …"}' },
      502,
      /set the clock/,
    ],
    [
      'credentials that may not',
      { status: 403, body: '{"Message":"User is not authorized to access this resource"}' },
      502,
      /^These credentials may not\.$/,
    ],
    [
      'too many requests',
      { status: 429, headers: { 'retry-after': '2' }, body: '{"message":"Too Many Requests"}' },
      429,
      /answered 429/,
    ],
    ['a function that failed', { status: 500, body: '{"message":"Internal Server Error"}' }, 500, /answered 500/],
    ['a redirection', { status: 302, headers: { location: 'http://evil.example/' } }, 502, /sends elsewhere/],
  ])('of %s is a sentence', async (_what, tells, status, detail) => {
    told = tells
    expect(await problemOf({ path: '/v1/brokers' })).toMatchObject({ status, detail: expect.stringMatching(detail) })
    expect(heard).toHaveLength(1)
  })

  it('never holds what was signed, though AWS repeats it', async () => {
    told = {
      status: 403,
      body: `{"message":"The Canonical String should have been 'GET x-amz-security-token:${sessionToken}'"}`,
    }
    expect((await ask({ path: '/v1/brokers' })).text).not.toContain(sessionToken)
  })

  it('is bounded, in size and in time', async () => {
    const small = await open({ maxAnswerBytes: 10 })
    expect(await problemOf({ path: '/v1/brokers' }, small)).toMatchObject({ status: 502, title: 'Too large' })
    await small.stop()
    const silent = createServer()
    const baseUrl = `http://127.0.0.1:${await listenOnLoopback(silent, 0)}`
    const hasty = await open({ baseUrl, patienceMs: 20 })
    expect(await problemOf({ path: '/v1/brokers' }, hasty)).toMatchObject({ status: 502, title: 'Unreachable' })
    await hasty.stop()
    silent.closeAllConnections()
    silent.close()
  })

  it('says that nobody answers there, and that there are no credentials', async () => {
    const nowhere = await open({ baseUrl: 'http://127.0.0.1:1' })
    expect((await problemOf({ path: '/v1/brokers' }, nowhere)).detail).toMatch(
      /^http:\/\/127\.0\.0\.1:1 does not answer/,
    )
    await nowhere.stop()
    const anonymous = await open({ authorize: async () => Promise.reject(new Error('No credentials: sign in.')) })
    expect((await problemOf({ path: '/v1/brokers' }, anonymous)).detail).toBe('No credentials: sign in.')
    await anonymous.stop()
  })
})
