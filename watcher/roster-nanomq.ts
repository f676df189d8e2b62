/** The MQTT clients that are connected to a NanoMQ now, from its REST API. */
import * as z from 'zod/mini'
import { type ApiAccess, askApi } from './api-request.ts'
import type { Roster } from './rabbitmq-roster.ts'

/** One answer holds all; sessions that NanoMQ keeps for absent clients are in it too. */
const ListSchema = z.object({
  code: z.literal(0),
  data: z.array(z.object({ client_id: z.string(), conn_state: z.string() })),
})

/** Fetches the list. Never rejects. */
export async function fetchNanomqRoster(access: ApiAccess, { broker }: { readonly broker: string }): Promise<Roster> {
  const answer = await askApi(access, '/api/v4/clients')
  if (!answer.ok) return answer
  const read = ListSchema.safeParse(answer.json)
  if (!read.success) return { ok: false, reason: `the API at ${access.url} lists clients in another form than NanoMQ` }
  const connected = read.data.data.filter((client) => client.conn_state === 'connected')
  return { ok: true, clients: connected.map((client) => ({ clientId: client.client_id, broker })) }
}
