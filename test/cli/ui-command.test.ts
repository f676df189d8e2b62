import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { announce } from '../../local/announced.ts'
import { listenOnLoopback } from '../../local/loopback.ts'
import { openSite } from '../../local/site.ts'
import { until } from '../local/stage.ts'

const folders: string[] = []
const stops: (() => unknown)[] = []
afterAll(async () => {
  for (const stop of stops) await stop()
  for (const each of folders) rmSync(each, { recursive: true, force: true })
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'keepwatch-ui-command-'))
  folders.push(made)
  return made
}

const main = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')

/** Starts `keepwatch ui` in a folder, where nothing of this machine's settings counts. */
function start(cwd: string, args: readonly string[] = []) {
  const PATH = [join(cwd, 'bin'), process.env['PATH']].join(delimiter)
  const child = spawn(process.execPath, [main, 'ui', ...args], { cwd, env: { PATH, TMPDIR: cwd, HOME: cwd } })
  const shown = { text: '', errors: '' }
  child.stdout.on('data', (chunk: Buffer) => (shown.text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (shown.errors += chunk.toString()))
  const closed = once(child, 'close')
  stops.push(() => child.kill('SIGKILL'))
  return { child, shown, ended: async (): Promise<number> => (await closed)[0] }
}

async function site() {
  const opened = await openSite({
    port: 0,
    session: (hasToken) => ({ mode: 'local', mayRead: true, mayAct: hasToken }),
    answer: async () => ({ status: 200, headers: {}, body: Buffer.alloc(0) }),
  })
  stops.push(opened.stop)
  return { url: `http://127.0.0.1:${opened.port}`, token: opened.token }
}

it('of a system that runs in this folder the link is printed, as it serves its page itself', async () => {
  const cwd = folder()
  const system = await site()
  announce(system, cwd)
  const { shown, ended } = start(cwd)
  expect(await ended()).toBe(0)
  expect(shown.text).toContain(`Open ${system.url}/#token=${system.token}\n`)
})

it('where no system runs, or another than the one that announced itself, it says what to do and tells no token', async () => {
  const [empty, left] = [folder(), folder()]
  const { url } = await site()
  announce({ url, token: 'of-a-system-that-ended' }, left)
  for (const cwd of [empty, left]) {
    const { shown, ended } = start(cwd)
    expect(await ended()).toBe(1)
    expect(shown).toEqual({ text: '', errors: expect.stringMatching(/^No system runs in this folder.*--stack NAME/) })
  }
})

it('a port that is none is a wrong command line', async () => {
  const { shown, ended } = start(folder(), ['--port', '70000'])
  expect(await ended()).toBe(2)
  expect(shown.errors).toContain('--port needs a number from 0 to 65535')
})

it('the page is served and what it asks goes to the system named; a browser opens without others learning the token; Ctrl-C ends it', async () => {
  const cwd = folder()
  const heard: (string | undefined)[] = []
  const api = createServer((request, response) => {
    heard.push(request.headers.authorization)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"brokers":[]}')
  })
  const url = `http://127.0.0.1:${await listenOnLoopback(api, 0)}`
  stops.push(
    () => api.closeAllConnections(),
    () => api.close(),
  )
  announce({ url, token: 'token-of-that-system' }, cwd)
  mkdirSync(join(cwd, 'bin'))
  const opened = join(cwd, 'opened')
  // As one step, so that it is never read half.
  const script = `#!/bin/sh\nprintf %s "$*" > '${opened}.draft' && mv '${opened}.draft' '${opened}'\n`
  for (const name of ['open', 'xdg-open']) writeFileSync(join(cwd, 'bin', name), script, { mode: 0o755 })

  const { child, shown, ended } = start(cwd, ['--url', url, '--port', '0', '--open'])
  await until('the link', () => shown.text.includes('#token='))
  const [link = '', page = '', token = ''] = /Open (http:\/\/127\.0\.0\.1:\d+)\/#token=(\S+)/.exec(shown.text) ?? []
  expect(await (await fetch(page)).text()).toContain('<title>Keepwatch</title>')
  expect((await fetch(`${page}/v1/brokers`)).status).toBe(401)
  const answer = await fetch(`${page}/v1/brokers`, { headers: { authorization: `Bearer ${token}` } })
  expect(await answer.json()).toEqual({ brokers: [] })
  expect(heard).toEqual(['Bearer token-of-that-system'])

  await until('the browser was called', () => existsSync(opened))
  const called = readFileSync(opened, 'utf8')
  expect(called).toMatch(/^file:\/\/\S+$/)
  expect(called).not.toContain(token)
  const file = fileURLToPath(called)
  expect(readFileSync(file, 'utf8')).toContain(`url=${link.slice('Open '.length)}"`)
  expect(statSync(file).mode & 0o777).toBe(0o600)

  child.kill('SIGINT')
  expect(await ended()).toBe(0)
  expect(existsSync(file)).toBe(false)
  expect(shown.errors).toBe('')
})
