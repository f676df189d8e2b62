import fc from 'fast-check'
import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { clientDigest } from '../../codec/identity.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { acts } from '../../api/acts.ts'
import { createQueryApp } from '../../lambdas/query/app.ts'
import { routes } from '../../lambdas/query/routes/index.ts'
import { writeAlert } from '../../store/alerts.ts'
import { writeEvents } from '../../store/events.ts'
import { writeMinutes } from '../../store/minutes.ts'
import { writeFeed, writeGap } from '../../store/coverage.ts'
import { writeBroker } from '../../store/state.ts'
import { eventOf } from '../events.ts'
import { startTables } from '../tables.ts'

const t0 = Date.parse('2026-11-22T10:00:00Z')
const nowMs = t0 + 10 * minuteMs + 5000
const retention = { nowMs, days: 1 }
const long = 'x'.repeat(3000)
const failures: unknown[] = []
let engine: Awaited<ReturnType<typeof startTables>>
let app: Hono

const alert = (n: number, status: 'open' | 'resolved') => {
  const at = instant(t0 + n * minuteMs)
  const figures = { severity: 'warning' as const, observed: 40, expected: 1, score: 20, summary: '40 dropped' }
  return {
    id: `plant.disconnect_rate.b1.2026-${n}`,
    kind: 'disconnect_rate' as const,
    cluster: 'plant',
    broker: 'b1',
    status,
    openedAt: at,
    updatedAt: at,
    ...figures,
    topCauses: [],
    topClients: [],
    transitions: [{ status: 'opened' as const, at, why: 'began' as const, ...figures }],
  }
}

beforeAll(async () => {
  engine = await startTables()
  const { tables } = engine
  const feeds = ['b1', 'b2'].map((broker) => ({ broker, url: 'mqtt://127.0.0.1' }))
  const checked = checkSettings({ clusters: [{ name: 'plant', dialect: 'mosquitto', feeds }] })
  if (!checked.ok) throw new Error('wrong settings')
  const log = { error: (...fields: unknown[]) => failures.push(fields) }
  app = createQueryApp({ settings: checked.settings, tables, log, nowMs: () => nowMs })
  const second = (n: number) => instant(t0 + n * 1000)
  await writeEvents(
    tables.events,
    [
      eventOf({ type: 'connected', at: second(0), ordinal: 0 }),
      eventOf({ at: second(30), cause: 'keepalive_timeout' }),
      eventOf({ type: 'connected', at: second(40) }),
      eventOf({ at: second(40), ordinal: 1, cause: 'session_taken_over' }),
      eventOf({ type: 'connected', at: second(40), ordinal: 2 }),
      eventOf({ clientId: long, at: second(50) }),
      ...Array.from({ length: 30 }, (_, n) => eventOf({ clientId: `many-${n}`, broker: 'b2', at: second(n) })),
    ],
    retention,
  )
  for (let n = 0; n < 10; n += 1) await writeAlert(tables.alerts, alert(n, n === 9 ? 'open' : 'resolved'), retention)
  const minutes = ['b1', 'b2'].flatMap((broker, index) =>
    Array.from({ length: 10 }, (_, n) => ({
      cluster: 'plant',
      broker,
      minute: instant(t0 + n * minuteMs),
      coverage: 1,
      connects: n,
      refused: 0,
      disconnects: { network_eof: 2 },
      abnormal: 2,
      connected: index === 0 ? 75 : 25,
      gauges: {},
      topClients: [],
      band: { expected: 1, upper: 11 },
    })),
  )
  await writeMinutes(tables.minutes, minutes, retention)
  for (const [feed, state] of [
    ['b1', 'up'],
    ['b2', 'down'],
  ] as const) {
    await writeBroker(tables.state, { cluster: 'plant', broker: feed, at: instant(nowMs) }, nowMs)
    const report = {
      cluster: 'plant',
      feed,
      brokers: [feed],
      state,
      since: instant(t0),
      rejected: { not_lifecycle: 3 },
      rejectionSamples: [],
      ...(state === 'down' ? { problem: 'connection refused' } : {}),
    }
    const seen = { first: instant(t0), seenFrom: instant(t0), seenUntil: instant(state === 'up' ? nowMs : t0) }
    await writeFeed(tables.state, { report, watcher: 'a', reportedAt: instant(nowMs), ...seen }, undefined)
  }
  const gap = { cluster: 'plant', feed: 'b1', watcher: 'a', reason: 'cut' }
  const told = { ...gap, from: instant(t0), until: instant(t0 + 9000) }
  await writeGap(tables.state, told, { inferred: false, ...retention })
})
afterAll(async () => engine.stop())

async function get(path: string): Promise<{ status: number; type: string; body: any }> {
  const answer = await app.request(path)
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', body: await answer.json() }
}

describe('what the API answers', () => {
  it('a client’s history is newest first, by the feed’s order within one instant, with sessions joined', async () => {
    const { body } = await get('/v1/clients/events?clientId=pump-1')
    expect(body.events.map((e: any) => [e.type, e.cause, e.session?.seconds])).toEqual([
      ['connected', 'network_eof', undefined],
      ['disconnected', 'session_taken_over', 0],
      ['connected', 'network_eof', undefined],
      ['disconnected', 'keepalive_timeout', 30],
      ['connected', 'network_eof', undefined],
    ])
  })

  it('a client’s status, broker, since and day', async () => {
    const { body } = await get('/v1/clients?clientId=pump-1&cluster=plant')
    expect(body).toMatchObject({ status: 'connected', broker: 'b1', since: instant(t0 + 40_000) })
    expect(body.day).toMatchObject({ connects: 3, disconnects: { keepalive_timeout: 1, session_taken_over: 1 } })
    expect((await get('/v1/clients?clientId=nobody')).status).toBe(404)
  })

  it('a client’s status is what brokers tell; where only its own word is there, that is said', async () => {
    const { tables } = engine
    const claim = (seconds: number, changes: object = {}) =>
      eventOf({ clientId: 'boaster', view: 'client', type: 'connected', at: instant(t0 + seconds * 1000), ...changes })
    await writeEvents(tables.events, [claim(1), claim(2, { type: 'reconnecting' })], retention)
    const alone = await get('/v1/clients?clientId=boaster')
    expect(alone.body).toMatchObject({ status: 'connected', statusView: 'client', since: instant(t0 + 1000) })
    // However much it says of itself, the broker's word counts.
    const told = eventOf({ clientId: 'boaster', at: instant(t0), cause: 'kicked' })
    await writeEvents(tables.events, [told, ...Array.from({ length: 600 }, (_, n) => claim(10 + n / 10))], retention)
    const both = await get('/v1/clients?clientId=boaster')
    expect(both.body).toMatchObject({ status: 'disconnected', statusView: 'broker', last: { cause: 'kicked' } })
  })

  it('why a client’s connections end: the likeliest cause first, over the span that is asked about', async () => {
    const { tables } = engine
    // It is cut at 60 s, time and again: its keepalive is longer.
    const sessions = Array.from({ length: 12 }, (_, n) => {
      const beginMs = t0 - 60 * minuteMs + n * 61_200
      const session = { clientId: 'idle', keepaliveSeconds: 90, peer: `10.0.0.9:50${n + 10}` }
      const [at, connectedAt] = [instant(beginMs + 60_000 + n * 10), instant(beginMs)]
      return [
        eventOf({ ...session, type: 'connected', at: connectedAt }),
        eventOf({ ...session, at, connectedAt, cause: 'network_eof' }),
      ]
    }).flat()
    await writeEvents(tables.events, sessions, retention)
    const { body } = await get('/v1/clients?clientId=idle')
    expect(body.diagnosis[0]).toMatchObject({ name: 'idle_timeout', basis: 'settled' })
    expect(body.diagnosis[0].evidence.join(' ')).toContain('60 s')
    expect(body.advice.keepalive.option).toBe('keepalive')
    expect(body.lookedAt).toMatchObject({ events: 24, cut: false, from: instant(nowMs + minuteMs - 1440 * minuteMs) })
    const before = `from=${instant(t0 - 300 * minuteMs)}&to=${instant(t0 - 120 * minuteMs)}`
    const calm = await get(`/v1/clients?clientId=idle&${before}`)
    expect(calm.body.diagnosis).toMatchObject([{ name: 'unknown', title: 'Nothing to explain' }])
  })

  it('why connections of a broker and of a cluster end, by default in the last hour', async () => {
    const broker = await get('/v1/clusters/plant/brokers/b2/diagnosis')
    expect(broker.body).toMatchObject({ cluster: 'plant', broker: 'b2', lookedAt: { events: 30, minutes: 20 } })
    expect(broker.body.diagnosis.length).toBeGreaterThan(0)
    const cluster = await get(`/v1/clusters/plant/diagnosis?from=${instant(t0)}&to=${instant(t0 + minuteMs)}`)
    expect(cluster.body).toMatchObject({
      cluster: 'plant',
      lookedAt: { from: instant(t0), to: instant(t0 + minuteMs) },
    })
    expect(cluster.body).not.toHaveProperty('broker')
    expect((await get('/v1/clusters/plant/brokers/nowhere/diagnosis')).status).toBe(404)
    expect((await get('/v1/clusters/elsewhere/diagnosis')).status).toBe(404)
  })

  it('an oversized client id is found by itself and by its digest', async () => {
    for (const id of [long, clientDigest(long)]) {
      expect((await get(`/v1/clients/events?clientId=${encodeURIComponent(id)}`)).body.events).toHaveLength(1)
    }
  })

  it('a broker’s events by type and cause, over pages that neither skip nor repeat', async () => {
    const path = '/v1/clusters/plant/brokers/b2/events?type=disconnected&limit=7'
    const seen: string[] = []
    for (let next: string | undefined = ''; next !== undefined; ) {
      const { body } = await get(next === '' ? path : `${path}&cursor=${next}`)
      seen.push(...body.events.map((e: any) => e.id))
      next = body.next
    }
    expect(seen).toHaveLength(30)
    expect(new Set(seen).size).toBe(30)
    expect((await get('/v1/clusters/plant/brokers/b2/events?cause=kicked')).body.events).toEqual([])
  })

  it('brokers with share, fair share, rates and whether they are watched', async () => {
    const { body } = await get('/v1/brokers')
    expect(body.brokers).toMatchObject([
      { broker: 'b1', status: 'watched', connected: 75, share: 0.75, expectedShare: 0.5 },
      { broker: 'b2', status: 'blind', problem: 'connection refused', connected: 25, share: 0.25 },
    ])
    expect(body.brokers[0].perMinute).toEqual({ connects: 9, disconnects: 2, abnormal: 2, refused: 0 })
  })

  it('minutes with their band, alerts by status, coverage with gaps that are still open, health', async () => {
    const minutes = await get('/v1/clusters/plant/brokers/b1/minutes?limit=4')
    expect(minutes.body.minutes.map((m: any) => [m.connects, m.band.upper])).toEqual([9, 8, 7, 6].map((n) => [n, 11]))
    const rest = await get(`/v1/clusters/plant/brokers/b1/minutes?limit=4&cursor=${minutes.body.next}`)
    expect(rest.body.minutes.map((m: any) => m.connects)).toEqual([5, 4, 3, 2])
    expect((await get('/v1/alerts?status=open')).body.alerts.map((a: any) => a.id)).toEqual([alert(9, 'open').id])
    const page = await get('/v1/alerts?limit=4')
    const more = await get(`/v1/alerts?limit=100&cursor=${page.body.next}`)
    expect(page.body.alerts.length + more.body.alerts.length).toBe(10)
    expect((await get(`/v1/alerts/${alert(3, 'open').id}`)).body.openedAt).toBe(instant(t0 + 3 * minuteMs))
    const coverage = await get('/v1/coverage')
    expect(coverage.body.gaps.map((gap: any) => [gap.feed, gap.reason, gap.open])).toEqual([
      ['b1', 'cut', undefined],
      ['b2', 'connection refused', true],
    ])
    const health = await get('/v1/health')
    expect(health.body.status).toBe('degraded')
    expect(health.body.watch[1]).toMatchObject({ feed: 'b2', state: 'down', problem: 'connection refused' })
  })
})

describe('a wrong or forged parameter', () => {
  it.each([
    ['/v1/clients/events', 'clientId'],
    ['/v1/clients/events?clientId=a&limit=0', 'limit'],
    ['/v1/clients/events?clientId=a&limit=1001', 'limit'],
    ['/v1/clients/events?clientId=a&from=yesterday', 'from'],
    ['/v1/clients/events?clientId=a&view=god', 'view'],
    ['/v1/clients/events?clientId=a&clientId=b', 'clientId'],
    ['/v1/clients/events?clientId=a&colour=red', 'colour'],
    ['/v1/clients/events?clientId=a&cursor=abc', 'cursor'],
    ['/v1/clients/events?clientId=a&cursor=%00', 'cursor'],
    ['/v1/clusters/plant/brokers/b1/events?cause=boredom', 'cause'],
    ['/v1/clusters/pl%20ant/brokers/b1/events', 'cluster'],
    ['/v1/alerts?status=closed', 'status'],
    ['/v1/clients?clientId=a&from=2026-11-22T10:00:00Z&to=2026-11-22T10:00:00Z', 'to'],
    ['/v1/clusters/plant/diagnosis?limit=5', 'limit'],
    ['/v1/alerts?cursor=abcd', 'cursor'],
  ])('%s → 400 naming %s', async (path, parameter) => {
    const { status, type, body } = await get(path)
    expect([status, type, body.parameter]).toEqual([400, 'application/problem+json', parameter])
    expect(body.detail).toContain(parameter)
  })

  it('a cursor of one client’s list is refused for another’s', async () => {
    const { body } = await get('/v1/clients/events?clientId=pump-1&limit=1')
    expect((await get(`/v1/clients/events?clientId=pump-1&limit=1&cursor=${body.next}`)).status).toBe(200)
    expect((await get(`/v1/clients/events?clientId=pump-2&limit=1&cursor=${body.next}`)).status).toBe(400)
  })

  it('whatever is asked, the answer is never a 5xx', async () => {
    const path = fc.constantFrom(...routes.map((route) => route.path))
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('plant', 'b1', 'open', instant(t0), '1'))
    const query = fc.dictionary(
      fc.oneof(fc.constantFrom('clientId', 'cluster', 'limit', 'cursor', 'from', 'to', 'type', 'status'), fc.string()),
      value,
      { maxKeys: 4 },
    )
    await fc.assert(
      fc.asyncProperty(path, query, value, async (template, parameters, segment) => {
        const wellFormed = (text: string) => encodeURIComponent(text.toWellFormed())
        const filled = template.replace(/:\w+/g, wellFormed(segment) || 'x')
        const search = Object.entries(parameters).map(([key, each]) => `${wellFormed(key)}=${wellFormed(each)}`)
        const answer = await app.request(`${filled}?${search.join('&')}`)
        expect(answer.status).toBeLessThan(500)
      }),
      { numRuns: 300 },
    )
    expect(failures).toEqual([])
  })
})

describe('OpenAPI', () => {
  it('describes every route, and answers are what it describes', async () => {
    const { body } = await get('/v1/openapi.json')
    // And the acts and the webhook, which other functions answer, and itself.
    const paths = new Set([...routes, ...acts].map(({ path }) => path))
    expect(Object.keys(body.paths)).toHaveLength(paths.size + 2)
    expect(body.paths['/v1/feeds/{cluster}'].post.requestBody.content).toHaveProperty('application/json')
    expect(body.openapi).toBe('3.1.0')
    const asked = [
      '/v1/brokers',
      '/v1/alerts',
      '/v1/silences',
      '/v1/coverage',
      '/v1/health',
      '/v1/clients?clientId=pump-1',
      '/v1/clients?clientId=idle',
    ]
    for (const path of asked) {
      const route = routes.find((each) => each.path === path.split('?')[0])
      const { body: answer } = await get(path)
      expect(z.safeParse(route?.answer ?? z.never(), answer).error, path).toBeUndefined()
    }
  })

  it('an unknown path is a problem that says where to look', async () => {
    const { status, body } = await get('/v1/nothing')
    expect([status, body.title]).toEqual([404, 'Not found'])
    expect(body.detail).toContain('/v1/openapi.json')
  })
})
