/** The MQTT clients that are connected to a RabbitMQ cluster now, from its management API. */
import * as z from 'zod/mini'
import { peerOf, sessionKeyOf } from '../domain/dialects/rabbitmq-terms.ts'
import type { ListedClient } from '../domain/open-sessions.ts'
import { type ApiAccess, askApi } from './api-request.ts'

export type Roster =
  | { readonly ok: true; readonly clients: readonly ListedClient[] }
  /** Why there is none: a list that is not whole would end sessions that are open. */
  | { readonly ok: false; readonly reason: string }

/** The most that one page may hold. */
const pageSize = 500
const maxPages = 400

const WhoAmISchema = z.object({ tags: z.union([z.array(z.string()), z.string()]) })
const Client = z.object({ client_id: z.optional(z.string()) })
const ConnectionSchema = z.object({
  name: z.string(),
  node: z.string(),
  protocol: z.string(),
  connected_at: z.optional(z.number()),
  // 3.10 has it in both, but writes `client_properties` twice.
  client_properties: z.optional(z.unknown()),
  variable_map: z.optional(z.unknown()),
})
type Connection = z.infer<typeof ConnectionSchema>
const PageSchema = z.object({ page_count: z.number(), items: z.array(ConnectionSchema) })

/** Fetches the list. Never rejects. */
export async function fetchRabbitRoster(access: ApiAccess): Promise<Roster> {
  const whoAmI = await askApi(access, '/api/whoami')
  if (!whoAmI.ok) return whoAmI
  const me = WhoAmISchema.safeParse(whoAmI.json)
  if (!me.success) return { ok: false, reason: `the API at ${access.url} is not RabbitMQ's` }
  const tags = typeof me.data.tags === 'string' ? me.data.tags.split(',') : me.data.tags
  if (!tags.some((tag) => tag === 'monitoring' || tag === 'administrator')) {
    const advice = 'rabbitmqctl set_user_tags keepwatch monitoring'
    return { ok: false, reason: `the API shows its user only that user's own connections; allow it all: ${advice}` }
  }
  return fetchPages(access)
}

/**
 * Pages in order of beginning, the last page first: connections that begin meanwhile come after it, and those that end
 * move others to earlier pages, which are still to be read. So none that stays is missed.
 */
async function fetchPages(access: ApiAccess): Promise<Roster> {
  const clients = new Map<string, ListedClient>()
  const first = await fetchPage(access, 1)
  if (!first.ok) return first
  if (first.pages > maxPages) return { ok: false, reason: `more than ${maxPages * pageSize} connections` }
  for (let number = first.pages; number >= 1; number -= 1) {
    const page = first.pages === 1 ? first : await fetchPage(access, number)
    if (!page.ok) return page
    for (const connection of page.connections) {
      if (!/^(?:Web )?MQTT\b/.test(connection.protocol)) continue
      const client = clientOf(connection)
      if (client === undefined) return { ok: false, reason: `the API tells no client id of ${connection.name}` }
      clients.set(`${client.broker} ${connection.name}`, client)
    }
  }
  return { ok: true, clients: [...clients.values()] }
}

type Page =
  | { readonly ok: true; readonly pages: number; readonly connections: readonly Connection[] }
  | { readonly ok: false; readonly reason: string }

async function fetchPage(access: ApiAccess, number: number): Promise<Page> {
  const columns = Object.keys(ConnectionSchema.shape).join(',')
  const query = `page=${number}&page_size=${pageSize}&sort=connected_at&columns=${columns}`
  const answer = await askApi(access, `/api/connections?${query}`)
  // The last page is no more: its connections ended meanwhile.
  if (!answer.ok && answer.status === 400 && number > 1) return { ok: true, pages: number - 1, connections: [] }
  if (!answer.ok) return answer
  const page = PageSchema.safeParse(answer.json)
  if (page.success) return { ok: true, pages: page.data.page_count, connections: page.data.items }
  const reason = `the API at ${access.url} lists connections without what is needed: is its metrics collector switched off?`
  return { ok: false, reason }
}

function clientOf({ name, node, connected_at: connectedAtMs, ...told }: Connection): ListedClient | undefined {
  const [inMap, inProperties] = [told.variable_map, told.client_properties].map((each) => Client.safeParse(each).data)
  const clientId = inMap?.client_id ?? inProperties?.client_id
  if (clientId === undefined) return undefined
  const sessionKey = sessionKeyOf(node, name)
  const peer = peerOf(name)
  return {
    clientId,
    broker: node,
    ...(connectedAtMs === undefined ? {} : { connectedAtMs }),
    ...(sessionKey === undefined ? {} : { sessionKey }),
    ...(peer === undefined ? {} : { peer }),
  }
}
