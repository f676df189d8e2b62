import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCleanup, freePort, makeCertificates, mosquittoFolder, removeFolder } from '../watcher/stage.ts'
import { connack, inSession } from './kinds.ts'
import { type Certificates, moreCertificates, serve, type Serving, type Version } from './stage.ts'

const paths = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].map(
  (name) => `/usr/bin/${name}`,
)
const chromiumPath = [...paths, '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'].find(existsSync)
const isMissing = chromiumPath === undefined && process.env['CI'] !== 'true'
const root = join(import.meta.dirname, '../..')

const cleanup = createCleanup()
const folder = mosquittoFolder()
let certificates: Certificates
let browser: Browser
let page: Page
let origin: string

/** What runs in the page: connects, says `go`, and answers the first close that is told. */
const pageCode = `
  import mqtt from 'mqtt'
  import { observe } from './observe/index.ts'
  import { observeOptions } from './observe/options.ts'
  globalThis.closeOf = async (url, options, act, hooked) => {
    const client = mqtt.connect(url, hooked ? observeOptions(options) : options)
    const observer = observe(client)
    client.on('connect', () => act === 'publish' ? client.publish('go', '') : client[act](true))
    const closes = []
    const closed = await new Promise((resolve) => observer.on('closed', (event) => {
      closes.push(event)
      if (hooked || closes.length === 2) resolve(hooked ? event : closes)
    }))
    client.end(true)
    return hooked ? { ...closed, ...await observer.observed() } : closed
  }
`

/** As a page gets it: what is imported later is in files of its own. Gives the texts by their paths. */
async function bundle(name: string, contents: string): Promise<[path: string, text: string][]> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'js' },
    outdir: '/',
    entryNames: name,
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['browser'],
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
  })
  return outputFiles.map(({ path, text }) => [path, text])
}

describe.skipIf(isMissing)('in Chromium (where it is missing: apt-get install chromium)', () => {
  beforeAll(async () => {
    makeCertificates(folder)
    certificates = moreCertificates(folder)
    const example = readFileSync(join(root, 'examples/observe/page.html'), 'utf8')
    // Each by itself, so that there are two copies of what the last two share.
    const modules = new Map([
      ...(await bundle('script', pageCode)),
      ...(await bundle('mqtt', "export { default } from 'mqtt'")),
      // Each by itself, so that there are two copies of what the two share.
      ...(await bundle('observe', "export * from './observe/index.ts'")),
      ...(await bundle('observe-options', "export * from './observe/options.ts'")),
    ])
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://page').pathname
      const script = modules.get(path)
      response.setHeader('content-type', script ? 'text/javascript' : 'text/html')
      response.end(script ?? (path === '/example' ? example : '<script type="module" src="/script.js"></script>'))
    })
    const port = await freePort()
    server.listen(port, '127.0.0.1')
    origin = `http://127.0.0.1:${port}`
    browser = await chromium.launch({ executablePath: chromiumPath ?? 'chromium', args: ['--no-sandbox'] })
    page = await browser.newPage()
    await page.goto(origin)
    await page.waitForFunction(() => 'closeOf' in globalThis)
  })
  afterAll(async () => {
    await browser?.close()
    await cleanup.run()
    removeFolder(folder)
  })

  interface Asked {
    readonly serving?: Serving
    readonly version?: Version
    readonly options?: object
    readonly act?: 'publish' | 'end'
    readonly isHooked?: boolean
    readonly isShut?: boolean
    readonly transport?: 'ws' | 'wss'
  }
  async function closeInPage(asked: Asked): Promise<unknown> {
    const { version = 4, options = {}, act = 'publish', isHooked = true, transport = 'ws' } = asked
    const server = await serve(transport, version, certificates, asked.serving ?? inSession(() => undefined)())
    cleanup.defer(server.close)
    const port = asked.isShut ? await freePort() : server.port
    const all = { protocolVersion: version, reconnectPeriod: isHooked ? 60_000 : 50, ...options }
    return page.evaluate(
      async ([url, given, name, hooked]) =>
        (globalThis as unknown as { closeOf: (...all: unknown[]) => Promise<unknown> }).closeOf(
          url,
          given,
          name,
          hooked,
        ),
      [`${transport}://127.0.0.1:${port}`, all, act, isHooked] as const,
    )
  }

  it.each([1000, 1001, 1011, 4001])('a close code of the server: %i', async (code) => {
    const serving = inSession((peer) => peer.closeWebSocket(code))()
    expect(await closeInPage({ serving })).toMatchObject({
      cause: 'ws_close',
      code,
      connected: true,
      runtime: 'browser',
      transport: 'ws',
      hidden: false,
    })
  })
  it('a connection that broke: 1006, whether by FIN or RST', async () => {
    const told = { cause: 'ws_close', code: 1006, connected: true, phase: 'mqtt' }
    expect(await closeInPage({ serving: inSession((peer) => peer.fin())() })).toMatchObject(told)
    expect(await closeInPage({ serving: inSession((peer) => peer.reset())() })).toMatchObject(told)
  })
  it('what a page cannot tell apart: a refused upgrade, a port where nobody listens, a certificate it does not trust', async () => {
    const told = { cause: 'ws_close', code: 1006, connected: false, phase: 'ws' }
    const refuses: Serving = { onUpgrade: (socket) => socket.end('HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n') }
    expect(await closeInPage({ serving: refuses })).toMatchObject(told)
    expect(await closeInPage({ isShut: true })).toMatchObject(told)
    expect(await closeInPage({ transport: 'wss' })).toMatchObject(told)
  })
  it('a server that says no more: keepalive in the session, CONNACK before it', async () => {
    const options = { keepalive: 1, timerVariant: 'native' }
    const serving = inSession(() => undefined, false)()
    expect(await closeInPage({ serving, options })).toMatchObject({ cause: 'keepalive_timeout', connected: true })
    expect(
      await closeInPage({ serving: { onPeer: () => undefined }, options: { connectTimeout: 1500 } }),
    ).toMatchObject({ cause: 'connack_timeout', connected: false, phase: 'mqtt' })
    expect(
      await closeInPage({ serving: { onUpgrade: () => undefined }, options: { connectTimeout: 300 } }),
    ).toMatchObject({ cause: 'connack_timeout', connected: false, phase: 'ws' })
  })
  it('end, a refusal by CONNACK, a DISCONNECT of MQTT 5, bytes that are no MQTT', async () => {
    expect(await closeInPage({ act: 'end' })).toMatchObject({ cause: 'local_end', connected: true })
    const refuses: Serving = { onPeer: (peer) => peer.on('connect', () => peer.send(connack(peer.version, 0x87))) }
    expect(await closeInPage({ serving: refuses, version: 5 })).toMatchObject({ cause: 'connack_refused', code: 0x87 })
    const says = inSession((peer) => {
      peer.send({ cmd: 'disconnect', reasonCode: 0x8e })
      peer.closeWebSocket(1000)
    })()
    expect(await closeInPage({ serving: says, version: 5 })).toMatchObject({ cause: 'server_disconnect', code: 0x8e })
    const garbage = inSession((peer) => {
      peer.raw(Buffer.from([0x48, 0x00]))
      peer.closeWebSocket(1000)
    })()
    expect(await closeInPage({ serving: garbage })).toMatchObject({ cause: 'protocol_error' })
  })
  it('without observeOptions the first close has no code, the second one has', async () => {
    const serving = inSession((peer) => peer.closeWebSocket(4001))()
    const closes = await closeInPage({ serving, isHooked: false })
    expect(closes).toMatchObject([{ cause: 'ws_close' }, { cause: 'ws_close', code: 4001 }])
    expect(closes).not.toHaveProperty('0.code')
  })
  it('the example page says what happened', async () => {
    const server = await serve('ws', 4, certificates, inSession((peer) => peer.closeWebSocket(1001))())
    cleanup.defer(server.close)
    const example = await browser.newPage()
    await example.goto(`${origin}/example?broker=ws://127.0.0.1:${server.port}`)
    await example.waitForSelector('li')
    expect(await example.textContent('ol')).toContain('WebSocket closed (1001)')
  })
})
