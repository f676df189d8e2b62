import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import type { Alert } from '../../domain/alert.ts'
import { clientDigest } from '../../codec/identity.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { joinBrokers } from '../../domain/whole-minute.ts'
import { createQueryApp } from '../../lambdas/query/app.ts'
import { routes } from '../../lambdas/query/routes/index.ts'
import { writeAlert } from '../../store/alerts.ts'
import { writeGap } from '../../store/coverage.ts'
import { writeEvents } from '../../store/events.ts'
import { writeMinutes, writeWholeMinutes } from '../../store/minutes.ts'
import { writeBroker } from '../../store/state.ts'
import { eventOf } from '../events.ts'
import { minuteOf } from '../domain/timeline.ts'
import { startTables } from '../tables.ts'

const t0 = Date.parse('2026-11-22T10:00:00Z')
const nowMs = t0 + 10 * minuteMs + 5000
const retention = { nowMs, days: 1 }
const long = clientDigest('x'.repeat(3000))
let engine: Awaited<ReturnType<typeof startTables>>
let app: Hono

beforeAll(async () => {
  engine = await startTables()
  const feeds = ['b1', 'b2'].map((broker) => ({ broker, url: 'mqtt://127.0.0.1' }))
  const checked = checkSettings({
    clusters: [
      { name: 'plant', dialect: 'emqx', feeds, watchedClients: [{ clientId: 'pump', offlineMinutes: 7 }] },
      { name: 'empty', dialect: 'mosquitto', feeds },
    ],
  })
  if (!checked.ok) throw new Error('wrong settings')
  const log = { error: (...fields: unknown[]) => expect(fields).toEqual([]) }
  app = createQueryApp({ settings: checked.settings, tables: engine.tables, log, nowMs: () => nowMs })
  for (let n = 0; n < 10; n += 1) {
    const minute = instant(t0 + n * minuteMs)
    const both = ['b1', 'b2'].map((broker, index) => ({
      ...minuteOf(broker, 0, { connected: index === 0 ? 800 : 200, abnormal: 2 }),
      minute,
      topClients: [{ clientId: index === 0 ? 'rover' : long, disconnects: 1 + index, attempts: 2, takeovers: 0 }],
      ...(index === 1 && n === 4 ? { watched: [{ clientId: 'pump', online: false, at: minute }] } : {}),
    }))
    await writeMinutes(engine.tables.minutes, both, retention)
    const whole = joinBrokers(both)
    if (whole !== undefined) await writeWholeMinutes(engine.tables.minutes, [whole], retention)
  }
})
afterAll(async () => engine.stop())

/** Asks, and checks the answer by the schema that describes it. */
async function get(path: string): Promise<any> {
  const answer = await app.request(path)
  const body: any = await answer.json()
  const [asked = ''] = path.split('?')
  const route = routes.find((each) => new RegExp(`^${each.path.replace(/:\w+/g, '[^/]+')}$`).test(asked))
  const fault = answer.status === 200 ? z.safeParse(route?.answer ?? z.never(), body).error : undefined
  expect(fault, path).toBeUndefined()
  return { status: answer.status, ...body }
}

describe('clients found without their id', () => {
  it('of the whole cluster, and of one broker', async () => {
    const { clients, lookedAt } = await get('/v1/clusters/plant/clients')
    expect(lookedAt).toMatchObject({ minutes: 10, cut: false })
    expect(clients.map((each: any) => [each.clientId, each.disconnects, each.brokers])).toEqual([
      [long, 20, ['b2']],
      ['rover', 10, ['b1']],
      ['pump', 0, ['b2']],
    ])
    expect(clients[2].watched).toEqual({ offlineMinutes: 7, online: false, at: instant(t0 + 4 * minuteMs) })
    const span = `from=${instant(t0 + 8 * minuteMs)}&to=${instant(nowMs)}`
    const ofBroker = await get(`/v1/clusters/plant/clients?broker=b1&${span}&limit=1`)
    expect(ofBroker.clients).toMatchObject([{ clientId: 'rover', disconnects: 2, attempts: 4, brokers: ['b1'] }])
    expect((await get('/v1/clusters/empty/clients')).clients).toEqual([])
    expect((await get('/v1/clusters/nowhere/clients')).status).toBe(404)
  })
})

describe('the balance of a cluster', () => {
  it('is told with what would have to move and the broker’s own command', async () => {
    const found = await get('/v1/clusters/plant/balance')
    expect(found).toMatchObject({
      verdict: 'imbalanced',
      dialect: 'emqx',
      minute: instant(t0 + 9 * minuteMs),
      connected: 1000,
      moves: [{ from: 'b1', to: 'b2', clients: 300 }],
      indices: { peakToFair: 1.6, misplacedShare: 0.3 },
    })
    expect(found.command.lines[0]).toContain('emqx ctl rebalance start --nodes "b1 b2"')
    expect(found).not.toHaveProperty('alert')
  })

  it('names the open alert, and what is not known', async () => {
    const at = instant(t0)
    const figures = {
      severity: 'warning' as const,
      observed: 8,
      expected: 5,
      score: 9,
      summary: 'b1 carries too many.',
    }
    const alert: Alert = {
      id: 'plant.imbalance.b1.2026',
      kind: 'imbalance',
      cluster: 'plant',
      broker: 'b1',
      status: 'open',
      openedAt: at,
      updatedAt: at,
      ...figures,
      topCauses: [],
      topClients: [],
      transitions: [{ status: 'opened', at, why: 'began', ...figures }],
    }
    await writeAlert(engine.tables.alerts, alert, retention)
    expect(await get('/v1/clusters/plant/balance')).toMatchObject({ alert: alert.id, reason: 'b1 carries too many.' })
    const unknown = await get('/v1/clusters/empty/balance')
    expect(unknown).toMatchObject({ verdict: 'unknown', moves: [], brokers: [{ fairShare: 0.5 }, { fairShare: 0.5 }] })
    expect(unknown.reason).toContain('No broker told')
    // Heard of now, and it told nothing yet.
    await writeBroker(engine.tables.state, { cluster: 'plant', broker: 'b3', at: instant(nowMs) }, nowMs)
    const unseen = await get('/v1/clusters/plant/balance')
    expect(unseen.brokers.at(-1)).toEqual({ broker: 'b3', weight: 1, fairShare: 1 / 3 })
    expect(unseen.moves).toEqual([])
  })
})

describe('ages of sessions', () => {
  it('a broker’s, by cause, beside the idle limits that are known', async () => {
    const sessions = Array.from({ length: 6 }, (_, n) => {
      const [connectedAt, at] = [instant(t0 - 30 * minuteMs + n * 1000), instant(t0 - 29 * minuteMs + n * 1000)]
      const client = { clientId: `c${n}`, broker: 'b2' }
      return [
        eventOf({ ...client, type: 'connected', at: connectedAt }),
        eventOf({ ...client, at, connectedAt, cause: n === 0 ? 'kicked' : 'network_eof' }),
      ]
    }).flat()
    await writeEvents(engine.tables.events, sessions, retention)
    const found = await get('/v1/clusters/plant/brokers/b2/session-ages')
    expect(found).toMatchObject({
      sessions: 6,
      bins: [{ fromSeconds: 56.2, toSeconds: 75, counts: { network_eof: 5, kicked: 1 } }],
      lookedAt: { events: 12, cut: false },
    })
    expect(found.idleLimits.map(({ seconds }: any) => seconds)).toContain(350)
    expect((await get('/v1/clusters/plant/brokers/nowhere/session-ages')).status).toBe(404)
  })
})

describe('coverage', () => {
  it('tells a thousand gaps of a cluster at most, the oldest, and that there are more', async () => {
    const gap = { cluster: 'plant', feed: 'b1', watcher: 'a', reason: 'cut' }
    const write = async (n: number) => {
      const from = t0 - n * 10_000
      await writeGap(
        engine.tables.state,
        { ...gap, from: instant(from), until: instant(from + 9000) },
        { inferred: false, ...retention },
      )
    }
    for (let n = 0; n < 1001; n += 20)
      await Promise.all(Array.from({ length: Math.min(20, 1001 - n) }, async (_, k) => write(n + k)))
    const { gaps, cut } = await get('/v1/coverage?cluster=plant')
    expect([gaps.length, cut]).toEqual([1000, true])
    expect((await get(`/v1/coverage?cluster=plant&from=${instant(t0 - minuteMs)}`)).cut).toBe(false)
  })
})
