/** The MQTT clients that are connected to an EMQX cluster now, from its REST API. */
import * as z from 'zod/mini'
import type { ListedClient } from '../domain/open-sessions.ts'
import { type ApiAccess, askApi } from './api-request.ts'
import type { Roster } from './rabbitmq-roster.ts'

/**
 * Rows a page; the first is the most that EMQX gives. It counts rows at every question anew, so that clients who come
 * and go meanwhile move others over the edge of a page, unseen. A second reading with other edges finds those.
 */
const pageSizes = [10_000, 6180]
const maxClients = 200_000

const PageSchema = z.object({
  data: z.array(z.object({ clientid: z.string(), node: z.string(), connected_at: z.string() })),
  meta: z.object({ hasnext: z.boolean() }),
})

/** Fetches the list. Never rejects. */
export async function fetchEmqxRoster(access: ApiAccess): Promise<Roster> {
  const clients = new Map<string, ListedClient>()
  for (const limit of pageSizes) {
    const pages = await readPages(access, limit, clients)
    if (!pages.ok) return pages
    if (pages.count === 1) break
  }
  return { ok: true, clients: [...clients.values()] }
}

type Pages = { readonly ok: true; readonly count: number } | { readonly ok: false; readonly reason: string }

async function readPages(access: ApiAccess, limit: number, into: Map<string, ListedClient>): Promise<Pages> {
  for (let page = 1; ; page += 1) {
    const query = `page=${page}&limit=${limit}&conn_state=connected&fields=clientid,node,connected_at`
    const answer = await askApi(access, `/api/v5/clients?${query}`)
    if (!answer.ok) return answer
    const read = PageSchema.safeParse(answer.json)
    if (!read.success) return { ok: false, reason: strange(access, read.error) }
    for (const { clientid, node, connected_at: connectedAt } of read.data.data) {
      const connectedAtMs = Date.parse(connectedAt)
      if (Number.isNaN(connectedAtMs))
        return { ok: false, reason: `the API at ${access.url} tells no time that we know` }
      into.set(clientid, later({ clientId: clientid, broker: node, connectedAtMs }, into.get(clientid)))
    }
    if (into.size > maxClients) return { ok: false, reason: `more than ${maxClients} clients are connected` }
    if (!read.data.meta.hasnext) return { ok: true, count: page }
    if (page * limit > maxClients) return { ok: false, reason: `the API at ${access.url} lists pages without end` }
  }
}

/** While a session moves between nodes, both list it. */
function later(one: ListedClient, other: ListedClient | undefined): ListedClient {
  return other !== undefined && (other.connectedAtMs ?? 0) > (one.connectedAtMs ?? 0) ? other : one
}

function strange({ url }: ApiAccess, error: z.core.$ZodError): string {
  const path = error.issues[0]?.path.map(String).join('.') ?? ''
  return `the API at ${url} lists clients in another form than EMQX 5 (${path})`
}
