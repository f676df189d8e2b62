import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { explain } from '../../cli/explain.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { createQueryApp } from '../../lambdas/query/app.ts'
import { writeEvents } from '../../store/events.ts'
import { eventOf } from '../events.ts'
import { startTables } from '../tables.ts'
import { createCleanup, freePort } from '../watcher/stage.ts'

const t0 = Date.parse('2026-11-22T10:00:00Z')
const nowMs = t0 + 60 * minuteMs
const hostile = 'pump \u001b[31m\u202e17'
const cleanup = createCleanup()
let url = ''

/** A client that something cuts at 60 s, again and again. */
const cutAt60 = (clientId: string) =>
  Array.from({ length: 12 }, (_, n) => {
    const beganMs = t0 + n * 61_200
    const session = { clientId, keepaliveSeconds: 90, peer: `10.0.0.9:50${n + 10}` }
    const [at, connectedAt] = [instant(beganMs + 60_000 + n * 10), instant(beganMs)]
    return [
      eventOf({ ...session, type: 'connected', at: connectedAt }),
      eventOf({ ...session, at, connectedAt, cause: 'network_eof' }),
    ]
  }).flat()

beforeAll(async () => {
  const { tables, stop } = await startTables()
  cleanup.defer(stop)
  const feeds = ['b1', 'b2'].map((broker) => ({ broker, url: 'mqtt://127.0.0.1' }))
  const checked = checkSettings({ clusters: [{ name: 'plant', dialect: 'mosquitto', feeds }] })
  if (!checked.ok) throw new Error('wrong settings')
  const once = [eventOf({ clientId: 'once', at: instant(t0), cause: 'network_reset' })]
  const calm = [eventOf({ clientId: '-calm', type: 'connected', at: instant(t0), cause: undefined })]
  const claimed = [eventOf({ clientId: 'claimed', view: 'client', type: 'connected', at: instant(t0) })]
  const events = [...cutAt60('pump-17'), ...cutAt60(hostile), ...once, ...calm, ...claimed]
  await writeEvents(tables.events, events, { nowMs, days: 1 })
  const log = { error: () => undefined }
  const app = createQueryApp({ settings: checked.settings, tables, log, nowMs: () => nowMs })
  const server = createServer((request, response) => {
    void (async () => {
      const answer = await app.request(request.url ?? '')
      response.writeHead(answer.status, Object.fromEntries(answer.headers))
      response.end(await answer.text())
    })()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  cleanup.defer(async () => new Promise<void>((done) => server.close(() => done())))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(async () => cleanup.run())

async function run(...args: readonly string[]) {
  let out = ''
  let err = ''
  const code = await explain.call(args, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    hasColours: false,
    columns: undefined,
    isWatched: false,
  })
  return { code, out, err }
}
const asked = async (...args: string[]) => run('--url', url, ...args)

test('a client: how it is, the cause with how sure it is, the figures, what to do, and what was looked at', async () => {
  const { code, out, err } = await asked('pump-17')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/^pump-17: disconnected \(network_eof\) on b1 \(plant\) since 2026-11-22 10:12Z$/m)
  expect(out).toContain('In the last 24 hours: 12 connects; ended: 12 × network_eof.')
  expect(out).toMatch(/^Something on the path .* \(confidence \d+ %, settled\)$/m)
  expect(out).toMatch(/^ {2}- .*12 .*60 s/m)
  expect(out).toMatch(/^What to do:\n {2}- .*keepalive/m)
  expect(out).toContain('More: docs/diagnosis.md#idle_timeout')
  expect(out).toMatch(/^Looked at: 2026-11-21 11:01Z to 2026-11-22 11:01Z, \d+ events and/m)
  expect(out.split('\n').filter((line) => line.length > 100 && !line.startsWith('Shown at: '))).toEqual([])
})

test('a client id that holds anything is found, and shown without acting', async () => {
  for (const json of [[], ['--json']]) {
    const { code, out } = await asked(hostile, '--cluster', 'plant', ...json)
    expect(code).toBe(0)
    expect(out).toContain('u{202e}17')
    expect(out).not.toContain('\u001b')
    expect(out).not.toContain('\u202e')
  }
})

test('--json is what the API answers; a broker and a cluster are asked over a span', async () => {
  const span = ['--from', '2026-11-22T11:00:00+01:00', '--to', '2026-11-22T10:30:00Z', '--json']
  const broker = await asked('--broker', 'b1', '--cluster', 'plant', ...span)
  expect(JSON.parse(broker.out)).toMatchObject({ cluster: 'plant', broker: 'b1', lookedAt: { from: instant(t0) } })
  const cluster = await asked('--cluster', 'plant', ...span)
  expect(JSON.parse(cluster.out)).toMatchObject({ cluster: 'plant', lookedAt: { to: instant(t0 + 30 * minuteMs) } })
  expect((await asked('--broker', 'b2', '--cluster', 'plant')).out).toMatch(/^b2 \(plant\)\n\nNothing to explain\n/)
})

test('unknown is an answer of its own: exit code 3, and what would have to be recorded; nothing to explain is 0', async () => {
  const once = await asked('once')
  expect(once.code).toBe(3)
  expect(once.out).toContain('What would tell more:\n  - ')
  const calm = await asked('--', '-calm')
  expect(calm).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to explain') })
  expect((await asked('claimed')).out).toContain('By its own word alone: no broker told of it.')
})

test('what the API refuses is said in its words; where nobody answers, how to start it; exit code 1', async () => {
  expect(await asked('nobody')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('no event of such a client'),
  })
  expect(await asked('pump-17', '--cluster', 'nowhere')).toMatchObject({
    code: 1,
    err: expect.stringContaining('no such cluster'),
  })
  const silent = await run('pump-17', '--url', `http://127.0.0.1:${await freePort()}`)
  expect(silent).toMatchObject({ code: 1, out: '', err: expect.stringContaining('npm start') })
})

test.each([
  [[], 'a CLIENT_ID is needed'],
  [['a', 'b'], '"b" is one too many'],
  [['a', '--broker', 'b1', '--cluster', 'plant'], 'exclude each other'],
  [['--broker', 'b1'], '--broker needs --cluster'],
  [['a', '--from', 'yesterday'], '--from needs a time'],
  [['a', '--url', 'ftp://x'], '--url needs'],
  [['a', '--colour'], 'no option --colour'],
  [['a', '--claster', 'plant'], 'did you mean --cluster?'],
  [['a', '--last', '1h', '--from', '10:00'], 'exclude each other'],
])('%j is a wrong command line: exit code 2, what was found, and where to read more', async (args, message) => {
  const { code, out, err } = await run(...args)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain(message)
  expect(err).toContain('keepwatch explain --help')
})
