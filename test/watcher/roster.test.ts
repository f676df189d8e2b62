/** Brokers asked for their clients, over real HTTP: whoever is connected is in the list, and half a list is none. */
import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { rosterOf } from '../../watcher/roster.ts'
import { credentials, type EmqxClient, clientRow as client, node, serveRoster, startMs } from './roster-server.ts'
import { createCleanup } from './stage.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)

const connection = { rejectUnauthorized: true }

async function serve(clients: () => readonly EmqxClient[]) {
  const server = await serveRoster(clients)
  cleanup.defer(server.close)
  return server
}

const fetchFrom = async (dialect: string, url: string, who: object = credentials) =>
  rosterOf(dialect)?.({ url, credentials: who, connection }, { broker: 'nano-1' })

describe('EMQX is asked', () => {
  it('for who is connected, page by page, and tells a hundred thousand', async () => {
    const clients = Array.from({ length: 100_000 }, (_each, n) => client(`pump-${n}`, startMs + n))
    const { url, asked } = await serve(() => clients)
    const roster = await fetchFrom('emqx', url)
    const found = roster?.ok === true ? roster.clients : []
    expect(found).toHaveLength(100_000)
    expect(found[99_999]).toEqual({ clientId: 'pump-99999', broker: node, connectedAtMs: startMs + 99_999 })
    expect(asked[0]).toBe('/api/v5/clients?page=1&limit=10000&conn_state=connected&fields=clientid,node,connected_at')
    expect(asked).toHaveLength(10 + 17)
  })

  it('once where one page holds all', async () => {
    const { url, asked } = await serve(() => [client('a'), client('b')])
    expect(await fetchFrom('emqx', `${url}/`)).toMatchObject({
      ok: true,
      clients: [{ clientId: 'a' }, { clientId: 'b' }],
    })
    expect(asked).toHaveLength(1)
  })

  it('so that nobody who stays is missed, though others leave between the pages', async () => {
    const staying = Array.from({ length: 30_000 }, (_each, n) => client(`stays-${n}`))
    const leaving = Array.from({ length: 200 }, (_each, n) => client(`leaves-${n}`))
    const { url } = await serve(() => [...leaving.splice(0), ...staying])
    const roster = await fetchFrom('emqx', url)
    const found = new Set(roster?.ok === true ? roster.clients.map(({ clientId }) => clientId) : [])
    expect(staying.filter(({ clientid }) => !found.has(clientid))).toEqual([])
  })

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['turns us away', (response) => response.writeHead(403).end(), 'answered 403: check the secret of "api"'],
    ['redirects', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), 'answered 302'],
    ['is a page for people', (response) => response.end('<html>'), 'did not answer JSON'],
    ['has another form', (response) => response.end('{"data":[{"clientid":7}],"meta":{}}'), 'in another form'],
    [
      'tells no time',
      (response) =>
        response.end(JSON.stringify({ data: [{ ...client('a'), connected_at: 'now' }], meta: { hasnext: false } })),
      'tells no time',
    ],
    [
      'never ends',
      (response) => response.end(JSON.stringify({ data: [client('a')], meta: { hasnext: true } })),
      'pages without end',
    ],
    ['hangs up', (response) => response.destroy(), 'ECONNRESET'],
    [
      'sends without bound',
      (response) => response.end(Buffer.alloc(17 * 1024 * 1024, ' ')),
      'more than 16777216 bytes',
    ],
  ])('and what is no list ends nobody: it %s', async (_what, instead, reason) => {
    const { url, answerInstead } = await serve(() => [])
    answerInstead(instead)
    const roster = await fetchFrom('emqx', url)
    expect(roster).toMatchObject({ ok: false, reason: expect.stringContaining(reason) })
  })

  it('with credentials, which no reason shows', async () => {
    const { url } = await serve(() => [client('a')])
    for (const who of [{}, { username: 'key-1', password: 'wrong-secret' }]) {
      const roster = await fetchFrom('emqx', url, who)
      expect(roster).toMatchObject({ ok: false, reason: expect.stringContaining('answered 401: check the secret') })
      expect(JSON.stringify(roster)).not.toMatch(/wrong-secret|key-1/)
    }
  })
})

it('NanoMQ is asked once, and sessions that it keeps for absent clients are not open', async () => {
  const { url } = await serve(() => [client('a'), client('absent'), client('b')])
  const clients = ['a', 'b'].map((clientId) => ({ clientId, broker: 'nano-1' }))
  expect(await fetchFrom('nanomq', url)).toEqual({ ok: true, clients })
})
