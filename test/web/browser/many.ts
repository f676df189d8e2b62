/** The page before an API of much: a thousand brokers, and a client with any number of events, which nothing stores. */
import type { AnswerOf } from '../../../api/operation.ts'
import type { client } from '../../../api/clients.ts'
import type { clientHistory } from '../../../api/events.ts'
import type { Cause } from '../../../domain/cause.ts'
import type { JoinedEvent } from '../../../domain/session.ts'
import { instant } from '../../../domain/time.ts'
import { openSite } from '../../../local/site.ts'
import { buildPage } from '../../../web/build.ts'
import { plant } from '../plant.ts'

export const busyClient = 'gateway-1'
const causes: readonly Cause[] = ['network_eof', 'keepalive_timeout', 'session_taken_over', 'client_requested']

/** Serves `brokers` brokers, and `events` events of `busyClient` spread over the last day. */
export async function openStageOfMany({ brokers, events }: { readonly brokers: number; readonly events: number }) {
  const fleet = plant(brokers)
  const endMs = Date.now()
  const spreadMs = 86_000_000 / events
  /** The nth, from the newest. */
  const eventAt = (n: number): JoinedEvent => {
    const session = Math.floor(n / 2)
    const broker = `b${1 + (session % 5)}`
    const at = instant(Math.round(endMs - n * spreadMs))
    const common = {
      id: String(n).padStart(22, '0'),
      at,
      ordinal: 0,
      cluster: 'plant',
      broker,
      clientId: busyClient,
      view: 'broker',
      own: false,
      peer: `10.1.${session % 250}.7:${20_000 + (session % 40_000)}`,
      sessionKey: `s${session}`,
    } as const
    if (n % 2 === 1) return { ...common, type: 'connected', keepaliveSeconds: 60, protocol: 5 }
    const connectedAt = instant(Math.round(endMs - (n + 1) * spreadMs))
    const cause = causes[session % causes.length] ?? 'unknown'
    const ended = { cause, initiator: 'network', graceful: false, origin: 'broker', reason: `reason ${n}` } as const
    return {
      ...common,
      ...ended,
      type: 'disconnected',
      connectedAt,
      session: { connectedAt, seconds: spreadMs / 1000 },
    }
  }
  const history = (query: URLSearchParams): AnswerOf<typeof clientHistory> => {
    const from = query.get('from') ?? ''
    const begin = Number(query.get('cursor') ?? 0)
    const end = Math.min(events, begin + Number(query.get('limit') ?? 100))
    const page = Array.from({ length: end - begin }, (_, n) => eventAt(begin + n)).filter(({ at }) => at >= from)
    return { events: page, ...(end < events && page.length === end - begin ? { next: String(end) } : {}) }
  }
  const state: AnswerOf<typeof client> = {
    clientId: busyClient,
    cluster: 'plant',
    status: 'disconnected',
    statusView: 'broker',
    broker: 'b1',
    since: instant(endMs),
    last: eventAt(0),
    day: { connects: events / 2, refused: 0, disconnects: { network_eof: events / 2 }, cut: true },
    diagnosis: [],
    lookedAt: { from: instant(endMs - 86_400_000), to: instant(endMs), events: 1000, minutes: 600, cut: true },
  }
  const site = await openSite({
    port: 0,
    page: await buildPage(),
    session: (hasToken) => ({ mode: 'local', mayRead: true, mayAct: hasToken }),
    answer: async ({ path, query }) => {
      const found =
        path === '/v1/clients/events'
          ? history(new URLSearchParams(query))
          : path === '/v1/clients'
            ? state
            : fleet[path]
      const missing = { type: 'about:blank', title: 'Not found', status: 404, detail: `there is no ${path}` }
      return Promise.resolve({
        status: found === undefined ? 404 : 200,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(JSON.stringify(found ?? missing)),
      })
    },
  })
  const origin = `http://127.0.0.1:${site.port}`
  return { origin, stop: site.stop, clientPath: `/clusters/plant/clients?clientId=${busyClient}` }
}
