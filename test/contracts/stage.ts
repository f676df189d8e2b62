/** The real functions over a real engine with a small record, asked as API Gateway asks them. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { checkSettings } from '../../domain/settings-check.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { joinBrokers } from '../../domain/whole-minute.ts'
import { createApp } from '../../lambdas/http/app.ts'
import { functionOf } from '../../lambdas/http/function.ts'
import { routes as acts } from '../../lambdas/operate/routes.ts'
import { createQueryApp } from '../../lambdas/query/app.ts'
import {
  eventOf as payloadOf,
  matchRoute,
  plainError,
  type PlainResponse,
  readTarget,
  responseOf,
} from '../../local/http-event.ts'
import { writeAlert } from '../../store/alerts.ts'
import { writeFeed, writeGap } from '../../store/coverage.ts'
import { writeEvents } from '../../store/events.ts'
import { writeMinutes, writeWholeMinutes } from '../../store/minutes.ts'
import { writeSilence } from '../../store/silences.ts'
import { writeBroker } from '../../store/state.ts'
import { eventOf } from '../events.ts'
import { startTables, type TestTables } from '../tables.ts'

export const t0 = Date.parse('2026-11-22T10:00:00Z')
export const nowMs = t0 + 10 * minuteMs + 5000
const retention = { nowMs, days: 1 }
/** Names that the record knows, some of which are hard to carry in a path. */
export const known = {
  cluster: ['plant', 'other'],
  broker: ['b1', 'emqx@10.0.0.1', 'a%41 b#'],
  clientId: ['pump-1', '=pump\t"2"', 'pump-3'],
} as const
export const alertIds = Array.from({ length: 6 }, (_, n) => `plant.disconnect_rate.b1.2026-${n}`)

export interface Asked {
  readonly method: string
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
}

/** As the stack makes them: what is not named here, no function sees. */
const plans = ['GET', 'POST', 'DELETE'].map((method) => ({
  key: `${method} /v1/{proxy+}`,
  authorization: 'AWS_IAM',
  functionArn: method === 'GET' ? 'query' : 'operate',
}))

export async function startContractStage() {
  const engine = await startTables()
  await record(engine.tables)
  // The third was only heard of.
  const feeds = known.broker.slice(0, 2).map((broker) => ({ broker, url: 'mqtt://127.0.0.1' }))
  const checked = checkSettings({
    clusters: known.cluster.map((name) => ({
      name,
      dialect: 'mosquitto',
      feeds,
      watchedClients: [{ clientId: 'pump-3' }],
    })),
  })
  if (!checked.ok) throw new Error(JSON.stringify(checked))
  const faults: unknown[] = []
  const log = { info: () => undefined, error: (...fault: unknown[]) => faults.push(fault) }
  const ports = { settings: checked.settings, tables: engine.tables, log, nowMs: () => nowMs }
  const apps = { query: createQueryApp(ports), operate: createApp(acts, ports) }
  const functions = new Map(Object.entries(apps).map(([name, app]) => [name, functionOf(app)]))
  const ask = async ({ method, target, headers = {}, body = Buffer.alloc(0) }: Asked): Promise<PlainResponse> => {
    const read = readTarget(target)
    if (read === undefined) return plainError(400, 'Bad Request')
    const match = matchRoute(plans, { method, path: read.path })
    if (match === undefined) return plainError(404, 'Not Found')
    const request = { method, target, headers: { host: 'api.example', ...headers }, body, sourceIp: '127.0.0.1' }
    const payload: any = payloadOf(request, { match, ...read, api: 'api', id: 'id', nowMs })
    return decoded(responseOf(await functions.get(match.route.functionArn)?.(JSON.parse(JSON.stringify(payload)))))
  }
  return { ask, apps, faults, stop: engine.stop }
}

function decoded(answer: PlainResponse): PlainResponse {
  const encoding = answer.headers['content-encoding']
  if (encoding === 'br') return { ...answer, body: brotliDecompressSync(answer.body) }
  return encoding === 'gzip' ? { ...answer, body: gunzipSync(answer.body) } : answer
}

async function record(tables: TestTables): Promise<void> {
  const at = (n: number) => instant(t0 + n * 1000)
  const events = known.broker.flatMap((broker, place) =>
    known.clientId.flatMap((clientId) =>
      Array.from({ length: 6 }, (_, n) => [
        eventOf({
          broker,
          clientId,
          type: 'connected',
          at: at(60 * n + place),
          peer: '10.1.2.3:5',
          keepaliveSeconds: 60,
        }),
        eventOf({
          broker,
          clientId,
          at: at(60 * n + place + 20),
          cause: 'network_eof',
          reason: '=cmd|x',
          reasonCode: 141,
        }),
        eventOf({
          broker,
          clientId,
          type: 'offline',
          view: 'client',
          at: at(60 * n + place + 30),
          evidence: { rttMs: 7 },
        }),
      ]).flat(),
    ),
  )
  await writeEvents(tables.events, events, retention)
  const figures = { severity: 'warning' as const, observed: 40, expected: 1, score: 20, summary: '40 dropped' }
  for (const [n, id] of alertIds.entries()) {
    const openedAt = at(60 * n)
    const transitions = [{ status: 'opened' as const, at: openedAt, why: 'began' as const, ...figures }]
    const told = { id, kind: 'disconnect_rate' as const, cluster: 'plant', broker: 'b1', openedAt, updatedAt: openedAt }
    const status = n === 5 ? ('open' as const) : ('resolved' as const)
    await writeAlert(
      tables.alerts,
      { ...told, ...figures, status, topCauses: [], topClients: [], transitions },
      retention,
    )
  }
  const minutes = known.broker.flatMap((broker, place) =>
    Array.from({ length: 10 }, (_, n) => ({
      cluster: 'plant',
      broker,
      minute: instant(t0 + n * minuteMs),
      coverage: 1,
      connects: n,
      refused: 1,
      refusedByCode: { '5': 1 },
      disconnects: { network_eof: 2 },
      abnormal: 2,
      connected: 75 - 30 * place,
      gauges: { connected: 75 - 30 * place },
      topClients: [{ clientId: known.clientId[1], disconnects: 2, attempts: 2, peers: ['10.1.2.3'] }],
      watched: [{ clientId: 'pump-3', online: true, at: instant(t0 + n * minuteMs) }],
      band: { expected: 1, upper: 11 },
    })),
  )
  await writeMinutes(tables.minutes, minutes, retention)
  const byMinute = Map.groupBy(minutes, ({ minute }) => minute)
  const whole = [...byMinute.values()].flatMap((each) => joinBrokers(each, { expected: 3, upper: 33 }) ?? [])
  await writeWholeMinutes(tables.minutes, whole, retention)
  for (const broker of known.broker) {
    await writeBroker(tables.state, { cluster: 'plant', broker, at: instant(nowMs) }, nowMs)
    const state = broker === 'b1' ? ('up' as const) : ('down' as const)
    const report = {
      cluster: 'plant',
      feed: broker,
      brokers: [broker],
      state,
      since: at(0),
      rejected: {},
      rejectionSamples: [],
    }
    const seen = { first: at(0), seenFrom: at(0), seenUntil: at(9) }
    await writeFeed(tables.state, { report, watcher: 'a', reportedAt: instant(nowMs), ...seen }, undefined)
  }
  const gap = { cluster: 'plant', feed: 'b1', watcher: 'a', reason: 'cut', from: at(0), until: at(9) }
  await writeGap(tables.state, gap, { inferred: false, ...retention })
  const silence = { cluster: 'plant', from: at(0), comment: 'upgrade', createdBy: 'local', createdAt: at(0) }
  await writeSilence(tables.state, { id: 'plant.first', to: instant(nowMs + 60 * minuteMs), ...silence })
}
