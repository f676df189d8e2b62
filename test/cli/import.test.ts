/** Logs in, events out: against the webhook's own code behind HTTP; nothing is lost on what cannot be read. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { findDocument } from '../../cli/import/find.ts'
import { importClaims } from '../../cli/import.ts'
import { decodeBatch } from '../../codec/batch.ts'
import { dialects } from '../../domain/dialects/index.ts'
import { type EventDraft, EventDraftSchema } from '../../domain/event.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import { createReceive } from '../../lambdas/feed/receive.ts'
import { createCleanup } from '../watcher/stage.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)
const token = 'a-token-of-the-plant-1234567890'
const key = 'a-key-for-signing-1234567890'

/** The webhook of the cluster plant; `before` may answer in its place. */
async function startWebhook(before: () => number | undefined = () => undefined) {
  const outcome = checkSettings({
    clusters: [{ name: 'plant', dialect: 'mosquitto', webhook: { secret: 'hook' }, brokers: [{ name: 'm-1' }] }],
  })
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.faults))
  const events: EventDraft[] = []
  const ignore = () => undefined
  const receive = createReceive({
    settings: outcome.settings,
    dialects,
    keyring: { read: async () => Promise.resolve({ tokens: [token], hmacKeys: [key] }) },
    send: async (body) => {
      const decoded = await decodeBatch(body)
      if (decoded.ok) events.push(...decoded.batch.events.map((event) => EventDraftSchema.parse(event)))
    },
    log: { warn: ignore, error: ignore },
    now: Date.now,
  })
  const requests: number[] = []
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const status = before()
    requests.push(status ?? 200)
    if (status !== undefined) {
      response.writeHead(status, { 'retry-after': '0' }).end()
      return
    }
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const cluster = request.url?.split('/').at(-1) ?? ''
    const given = await receive({ cluster, headers, query: {}, body: Buffer.concat(chunks) })
    response.writeHead(given.status, { 'content-type': 'application/json' }).end(JSON.stringify(given.body))
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanup.defer(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}`, events, requests }
}

function createFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'keepwatch-import-'))
  cleanup.defer(() => rmSync(folder, { recursive: true }))
  return (name: string, content: string | Buffer) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
}

async function run(...args: string[]) {
  const said = { out: '', err: '' }
  const terminal = {
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
    hasColours: false,
    columns: undefined,
    isWatched: false,
  }
  const code = await importClaims.call(args, terminal)
  return { code, ...said, counts: () => JSON.parse(said.out) }
}

const nowMs = Date.now()
const event = (sequence: number) => ({ type: 'offline', atMs: nowMs - 86_400_000 * 3 + sequence, sequence })
const line = (sequence: number, changes: object = {}) =>
  JSON.stringify({ keepwatch: 1, clientId: 'pump "1" {x}', process: 'p', events: [event(sequence)], ...changes })

describe('a document is found', () => {
  it.each([
    ['alone on its line', line(1)],
    ['behind what a logger puts in front', `2026-11-22 10:00:00 {"pid":7} [info] ${line(1)}`],
    ['before what a logger puts behind', `${line(1)} {"pid":7}\r`],
    ['as the message of a JSON logger', JSON.stringify({ level: 30, msg: line(1) })],
    [
      'as that in the log of a container',
      JSON.stringify({ log: `${JSON.stringify({ msg: line(1) })}\n`, stream: 'stdout' }),
    ],
    [
      'with its members in another order',
      JSON.stringify({ process: 'p', clientId: 'a', events: [event(1)], keepwatch: 1 }),
    ],
  ])('%s', (_, text) => {
    expect(findDocument(text, nowMs)).toMatchObject({ kind: 'document', events: 1, unread: 0 })
  })
  it.each([
    ['', 'none'],
    ['connected to mqtt', 'none'],
    ['keepwatch started', 'none'],
    [line(1, { events: [] }), 'none'],
    [line(1).slice(0, 60), 'fault'],
    [line(1, { keepwatch: 2 }), 'fault'],
    [line(1, { clientId: undefined }), 'fault'],
    [line(1, { note: 'x'.repeat(40_000) }), 'fault'],
  ])('and in %j not', (text, kind) => {
    expect(findDocument(text, nowMs).kind).toBe(kind)
  })
})

it('logs become events at the time they tell, a bad line costs itself alone and is named, and the rest is sent', async () => {
  const { url, events, requests } = await startWebhook()
  const write = createFolder()
  const lines = Array.from({ length: 1300 }, (_, sequence) => line(sequence))
  const log = ['starting', line(9000).slice(0, 50), ...lines, `[info] ${line(1300)}`].join('\n')
  const args = [
    write('app.log', `${log}\n${'x'.repeat(1_200_000)}\n${line(1301)}`),
    write('old.log.gz', gzipSync(`${line(2000)}\n`)),
    '--to',
    `${url}/`,
    '--cluster',
    'plant',
    '--secret-file',
    write('token', `${token}\n`),
  ]
  const { code, out } = await run(...args)
  expect(out).toContain('1306 lines, 1303 events in 1303 documents; 1303 sent.')
  expect(out).toMatch(/2 lines .*first at .*app\.log:2: no JSON follows/)
  expect(code).toBe(1)
  expect(events).toHaveLength(1303)
  expect(requests).toHaveLength(3)
  expect(events.find(({ ordinal }) => ordinal === 7)).toMatchObject({
    atMs: event(7).atMs,
    broker: 'm-1',
    view: 'client',
  })
})

it('a webhook that cannot take it now is asked again, and signed requests are taken too', async () => {
  const refusals = [503, 429, 500]
  const { url, events, requests } = await startWebhook(() => refusals.shift())
  const write = createFolder()
  const secret = write('secret.json', JSON.stringify({ hmacKeys: [key] }))
  const { code, counts } = await run(
    write('a.log', line(1)),
    '--to',
    url,
    '--cluster',
    'plant',
    '--secret-file',
    secret,
    '--json',
  )
  expect(counts()).toEqual({ lines: 1, documents: 1, events: 1, sent: 1, problems: [], dryRun: false })
  expect([code, events.length, requests]).toEqual([0, 1, [503, 429, 500, 200]])
})

it('a webhook that does not know the token ends it, and it is said which line was first', async () => {
  const { url, requests } = await startWebhook()
  const write = createFolder()
  const lines = Array.from({ length: 1200 }, (_, sequence) => line(sequence)).join('\n')
  const secret = write('token', 'a-token-of-somebody-else-12345')
  const { code, out } = await run(write('a.log', lines), '--to', url, '--cluster', 'plant', '--secret-file', secret)
  expect(out).toMatch(/1200 events could not be sent.*a\.log:1: answered 401/)
  expect([code, requests.length]).toEqual([2, 1])
})

it('a dry run sends nothing and needs no secret; a file that breaks off does not cost the others', async () => {
  const write = createFolder()
  const broken = gzipSync(`${line(1)}\n`.repeat(2000)).subarray(0, 60)
  const { code, counts } = await run(write('a.gz', broken), write('b.log', line(2)), '--dry-run', '--json')
  expect(counts()).toMatchObject({ sent: 0, dryRun: true, problems: [{ kind: 'broken', count: 1 }] })
  expect(counts().events).toBeGreaterThanOrEqual(1)
  expect(code).toBe(1)
})

it.each([
  ['no file', []],
  ['no cluster', ['a.log', '--secret-file', 't']],
  ['no secret', ['a.log', '--cluster', 'plant']],
  ['a file that is not there', ['/nowhere/a.log', '--dry-run']],
  ['a secret that is not there', ['a.log', '--cluster', 'plant', '--secret-file', '/nowhere/t']],
  ['no URL', ['a.log', '--to', 'plant', '--cluster', 'plant', '--secret-file', 't']],
  ['an unknown option', ['a.log', '--fast']],
])('%s is a wrong command line', async (_, args) => {
  const { code, err } = await run(...args)
  expect(code).toBe(2)
  expect(err).not.toBe('')
})
