/** A broker's REST API as documented, for tests: basic authentication, and lists of clients that a test may change. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export interface EmqxClient {
  readonly clientid: string
  readonly node: string
  readonly connected_at: string
}

export const node = 'emqx@10.0.0.1'
export const startMs = Date.parse('2026-11-22T10:00:00.000Z')

/** A row of EMQX's list. It writes the zone of its machine. */
export function clientRow(clientid: string, atMs = startMs): EmqxClient {
  return { clientid, node, connected_at: new Date(atMs + 3_600_000).toISOString().replace('Z', '+01:00') }
}

/** The most rows EMQX puts into a page. */
const mostRows = 10_000
const user = 'key-1'
export const password = 'a-secret-key'

/** Serves `GET /api/v5/clients` as EMQX 5 does and `GET /api/v4/clients` as NanoMQ does. */
export async function serveRoster(clients: () => readonly EmqxClient[]) {
  const asked: string[] = []
  /** What is answered in place of a list, if anything. */
  let instead: ((response: ServerResponse) => void) | undefined
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (instead !== undefined) return instead(response)
    if (!isLetIn(request))
      return answer(response, { code: 'BAD_API_KEY_OR_SECRET', message: 'Check api_key/api_secret' }, 401)
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://any')
    if (pathname === '/api/v4/clients') {
      const data = clients().map(({ clientid }, row) => ({
        client_id: clientid,
        username: '',
        conn_state: row % 2 === 0 ? 'connected' : 'disconnected',
      }))
      return answer(response, { code: 0, data })
    }
    const [page, limit] = [Number(searchParams.get('page')), Number(searchParams.get('limit'))]
    const fine = pathname === '/api/v5/clients' && searchParams.get('conn_state') === 'connected' && limit <= mostRows
    if (!fine) return answer(response, { code: 'BAD_REQUEST' }, 400)
    const all = clients()
    const data = all.slice((page - 1) * limit, page * limit)
    answer(response, { data, meta: { page, limit, hasnext: page * limit < all.length } })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    answerInstead: (with_: typeof instead) => {
      instead = with_
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function isLetIn({ headers }: IncomingMessage): boolean {
  return headers.authorization === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

function answer(response: ServerResponse, json: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
}

export const credentials = { username: user, password }
