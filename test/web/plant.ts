/** What the API answers of a cluster called plant: an open alert, a gap, a client with a hostile id. */
import type { Alert } from '../../domain/alert.ts'
import type { AnswerOf } from '../../api/operation.ts'
import type { balance, Broker, brokers } from '../../api/brokers.ts'
import type { foundClients } from '../../api/clients.ts'
import type { coverage, health } from '../../api/health.ts'
import type { clusterMinutes } from '../../api/minutes.ts'

/** Path → answer; a path that is not there is 404. */
export type Answers = Readonly<Record<string, unknown>>

const at = (minutesAgo: number) => new Date(Date.now() - minutesAgo * 60_000).toISOString()
const wholeMinute = (minutesAgo: number) => `${at(minutesAgo).slice(0, 17)}00.000Z`

/** What a client may call itself. */
export const hostileId = '\u202egnp.<img src=x onerror=alert(1)><script>alert(2)</script>'

const alert = {
  id: 'plant.disconnect_rate.b1',
  kind: 'disconnect_rate',
  cluster: 'plant',
  broker: 'b1',
  status: 'open',
  openedAt: at(12),
  updatedAt: at(2),
  severity: 'critical',
  observed: 84,
  expected: 12,
  upper: 40,
  windowMinutes: 10,
  score: 9,
  summary: `84 abnormal disconnects, most of ${hostileId}`,
  topCauses: [{ cause: 'keepalive_timeout', count: 61 }],
  topClients: [],
  transitions: [],
} satisfies Alert

/** A cluster of `count` brokers with an open alert, a gap, and a minute for each of the last fifty. */
export function plant(count: number): Answers {
  const list = Array.from({ length: count }, (_, index): Broker => {
    const share = index === 0 ? 1.5 / count : 1 / count
    const perMinute = { connects: index % 7, disconnects: index % 11, abnormal: index % 13, refused: 0 }
    const status = index === 1 ? 'blind' : 'watched'
    return {
      cluster: 'plant',
      broker: `b${index + 1}`,
      status,
      lastSeen: at(0),
      minute: at(1),
      weight: 1,
      connected: 1000 + index,
      share,
      expectedShare: 1 / count,
      perMinute,
      gauges: {},
    }
  })
  const feed = { cluster: 'plant', feed: 'main', watcher: 'a' }
  return {
    '/v1/brokers': { brokers: list } satisfies AnswerOf<typeof brokers>,
    '/v1/alerts': { alerts: [alert] },
    '/v1/health': {
      status: 'ok',
      watch: [{ ...feed, state: 'up', since: at(600), reportedAt: at(0), rejected: {}, rejectionSamples: [] }],
      analyze: [{ cluster: 'plant', ranAt: at(0), position: at(1), behindSeconds: 20, alertsToTell: 0 }],
    } satisfies AnswerOf<typeof health>,
    '/v1/coverage': {
      feeds: [{ ...feed, brokers: [], first: at(6000), seenUntil: at(0) }],
      gaps: [{ ...feed, from: at(30), until: at(25), reason: 'ECONNREFUSED 10.0.0.4:1883' }],
      cut: false,
    } satisfies AnswerOf<typeof coverage>,
    '/v1/clusters/plant/balance': {
      cluster: 'plant',
      dialect: 'emqx',
      minute: at(1),
      verdict: 'imbalanced',
      reason: 'b1 carries half more than its fair share.',
      brokers: [],
      moves: [{ from: 'b1', to: 'b2', clients: 300 }],
      command: { lines: ['emqx ctl rebalance start'], note: 'EMQX moves them.' },
    } satisfies AnswerOf<typeof balance>,
    '/v1/clusters/plant/minutes': {
      minutes: Array.from({ length: 50 }, (_, ago) => ({
        cluster: 'plant',
        minute: wholeMinute(ago + 1),
        stepMinutes: 1,
        brokers: count,
        coverage: 1,
        connects: 20 + ago,
        refused: 0,
        disconnects: { network_eof: 10 },
        abnormal: 10,
        connected: 5000 - ago,
        topClients: [],
        band: { expected: 8, upper: 20 },
      })),
    } satisfies AnswerOf<typeof clusterMinutes>,
    '/v1/clusters/plant/clients': {
      clients: [
        { clientId: hostileId, brokers: ['b1'], disconnects: 37, attempts: 40, takeovers: 0, peers: [] },
        {
          clientId: hostileId.repeat(1200).slice(0, 65_000),
          brokers: [],
          disconnects: 3,
          attempts: 4,
          takeovers: 0,
          peers: [],
        },
      ],
      lookedAt: { from: at(60), to: at(0), events: 0, minutes: 60, cut: false },
    } satisfies AnswerOf<typeof foundClients>,
  }
}
