/** What both servers of this machine must do alike, as requests that are really sent. */
import { request } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

export interface Sent {
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
  readonly text: string
}

/** Sends a path as it stands: nothing resolves its dots. */
export async function send(port: number, { path, method = 'GET', headers = {}, body }: Sent): Promise<Got> {
  return new Promise((done, failed) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        const bytes = Buffer.concat(chunks)
        done({ status: answer.statusCode ?? 0, headers: answer.headers, bytes, text: bytes.toString() })
      })
    })
    sent.once('error', failed)
    sent.end(body)
  })
}

/** A page small enough to be read here. */
export const page: ReadonlyMap<string, Uint8Array> = new Map([
  ['index.html', Buffer.from('<!doctype html><script src="/main-ABCD1234.js"></script>')],
  ['main-ABCD1234.js', Buffer.from(`console.log(${'"a"'.repeat(500)})`)],
])

export interface Opened {
  readonly port: number
  readonly token: string
}

/** Runs every case against a server that is open when the tests run. */
export function bothServersDo(opened: () => Opened): void {
  const ask = async (sent: Sent) => send(opened().port, sent)
  const bearing = (token: string) => ({ authorization: `Bearer ${token}` })

  describe('who may ask', () => {
    it.each<[what: string, sent: Sent, status: number]>([
      ['a foreign Host', { path: '/v1/x', headers: { host: 'evil.example' } }, 403],
      ['our address under another port', { path: '/v1/x', headers: { host: '127.0.0.1:1' } }, 403],
      ['the page under a foreign Host', { path: '/', headers: { host: 'evil.example' } }, 403],
      ['another page’s Origin', { path: '/v1/x', headers: { origin: 'http://evil.example' } }, 403],
      ['a page of another port', { path: '/v1/x', headers: { origin: 'http://127.0.0.1:1' } }, 403],
      ['a page opened from a file', { path: '/v1/x', headers: { origin: 'null' } }, 403],
      ['an image of another site', { path: '/v1/x', headers: { 'sec-fetch-site': 'cross-site' } }, 403],
      ['an image of another port', { path: '/v1/x', headers: { 'sec-fetch-site': 'same-site' } }, 403],
      ['a session asked by another site', { path: '/session', headers: { 'sec-fetch-site': 'cross-site' } }, 403],
      ['acting without a token', { path: '/v1/acts', method: 'POST' }, 401],
      ['acting with an empty one', { path: '/v1/acts', method: 'POST', headers: bearing('') }, 401],
      ['acting with a shorter one', { path: '/v1/acts', method: 'POST', headers: bearing('guess') }, 401],
      ['acting with a wrong one', { path: '/v1/acts', method: 'POST', headers: bearing('A'.repeat(32)) }, 401],
      ['deleting without a token', { path: '/v1/acts', method: 'DELETE' }, 401],
      ['a token in a cookie', { path: '/v1/acts', method: 'POST', headers: { cookie: 'token=x' } }, 401],
      ['broken escapes', { path: '/v1/%zz' }, 400],
      ['another server’s address', { path: 'http://evil.example/v1/x' }, 400],
      ['a head over API Gateway’s limit', { path: `/v1/x?clientId=${'a'.repeat(10_300)}` }, 431],
      ['posting to the page', { path: '/', method: 'POST' }, 405],
      ['posting to the session', { path: '/session', method: 'POST' }, 405],
    ])('%s is refused', async (_what, sent, status) => {
      const got = await ask(sent)
      expect(got.status).toBe(status)
      expect(got.text).not.toContain(opened().token)
      expect(JSON.parse(got.text)).toMatchObject({ status, detail: expect.stringMatching(/\.$/) })
    })

    it('the token in the address counts for nothing', async () => {
      const got = await ask({ path: `/v1/acts?token=${opened().token}`, method: 'POST' })
      expect(got.status).toBe(401)
    })

    it('the page learns whether its token is valid', async () => {
      const mayAct = async (headers = {}) => JSON.parse((await ask({ path: '/session', headers })).text).mayAct
      expect(await mayAct(bearing(opened().token))).toBe(true)
      expect(await mayAct(bearing('A'.repeat(32)))).toBe(false)
      expect(await mayAct()).toBe(false)
    })
  })

  describe('the page', () => {
    it.each<[what: string, path: string, headers?: Record<string, string>]>([
      ['its root', '/'],
      ['one of its own paths', '/alerts/plant.disconnect_rate.b1.20261122T100100Z'],
      ['a broker’s name with dots', '/clusters/plant/brokers/emqx%4010.0.0.1'],
      ['a link from elsewhere', '/alerts', { 'sec-fetch-site': 'cross-site' }],
      ['dots that lead up', '/../../etc/passwd'],
      ['dots that lead up, escaped', '/%2e%2e/%2e%2e/etc/passwd'],
      ['dots that lead up, and the slash escaped', '/..%2f..%2fetc%2fpasswd'],
    ])('%s is index.html, checked each time', async (_what, path, headers = {}) => {
      const got = await ask({ path, headers })
      expect(got).toMatchObject({ status: 200, text: expect.stringContaining('<!doctype html>') })
      expect(got.headers).toMatchObject({ 'cache-control': 'no-cache', 'content-type': 'text/html; charset=utf-8' })
    })

    it('a file with a hash in its name may be kept for ever', async () => {
      const got = await ask({ path: '/main-ABCD1234.js' })
      expect(got.headers).toMatchObject({
        'cache-control': 'public, max-age=31536000, immutable',
        'content-type': 'text/javascript; charset=utf-8',
      })
    })

    it.each(['/main-00000000.js', '/favicon.ico', '/assets/x', '/.env'])('%s is no file of it', async (path) => {
      expect((await ask({ path })).status).toBe(404)
    })

    it('is not sent again to who has it', async () => {
      const { etag } = (await ask({ path: '/' })).headers
      const again = await ask({ path: '/alerts', headers: { 'if-none-match': `"x", ${String(etag)}` } })
      expect(again).toMatchObject({ status: 304, text: '' })
      expect((await ask({ path: '/', headers: { 'if-none-match': '"x"' } })).status).toBe(200)
    })

    it('comes as small as the browser takes it', async () => {
      const path = '/main-ABCD1234.js'
      const [plain, br, gzip, notBr] = await Promise.all(
        ['identity', 'gzip, deflate, br', 'gzip', 'br;q=0'].map(async (accept) =>
          ask({ path, headers: { 'accept-encoding': accept } }),
        ),
      )
      expect(plain?.headers['content-encoding']).toBeUndefined()
      expect(brotliDecompressSync(br?.bytes ?? '').toString()).toBe(plain?.text)
      expect(gunzipSync(gzip?.bytes ?? '').toString()).toBe(plain?.text)
      expect(notBr?.text).toBe(plain?.text)
    })

    it('a HEAD tells the same without the body', async () => {
      const got = await ask({ path: '/alerts', method: 'HEAD' })
      expect(got).toMatchObject({ status: 200, text: '' })
      expect(Number(got.headers['content-length'])).toBe(page.get('index.html')?.length)
    })

    it.each(['/', '/main-ABCD1234.js', '/none.js', '/session', '/v1/x'])(
      '%s lets no other origin in, and nothing out',
      async (path) => {
        const { headers } = await ask({ path, headers: bearing(opened().token) })
        expect(headers['content-security-policy']).toMatch(
          /default-src 'none'; script-src 'self';.*frame-ancestors 'none'/,
        )
        expect(headers['content-security-policy']).not.toContain('unsafe')
        expect(headers).toMatchObject({
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-resource-policy': 'same-origin',
        })
        expect(
          Object.keys(headers).filter((name) => name.startsWith('access-control-') || name === 'set-cookie'),
        ).toEqual([])
      },
    )
  })
}
