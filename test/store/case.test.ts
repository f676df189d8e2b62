import { afterAll, beforeAll, expect, test } from 'vitest'
import { diagnose } from '../../domain/diagnosis.ts'
import { ClusterSchema } from '../../domain/settings.ts'
import { instant, minuteMs, secondMs } from '../../domain/time.ts'
import { gatherCase, knownBrokers } from '../../store/case.ts'
import { latestEvents, writeEvents } from '../../store/events.ts'
import { writeMinutes } from '../../store/minutes.ts'
import { writeBroker } from '../../store/state.ts'
import { minuteOf } from '../domain/timeline.ts'
import { eventOf } from '../events.ts'
import { startTables } from '../tables.ts'

const t0 = Date.parse('2026-11-22T10:00:00Z')
const retention = { nowMs: t0, days: 1 }
const day = { fromMs: t0 - 1440 * minuteMs, toMs: t0 + 60 * minuteMs }
const brokers = ['b1', 'b2'].map((name) => ({ name, weight: 1 }))
const at = (ms: number) => instant(t0 + ms)
let engine: Awaited<ReturnType<typeof startTables>>
let requests = 0
beforeAll(async () => {
  engine = await startTables()
  engine.tables.events.client.middlewareStack.add(
    (next) => async (input) => {
      requests += 1
      return next(input)
    },
    { step: 'initialize' },
  )
})
afterAll(async () => engine.stop())

test('a client’s case holds its newest events of both views, and what others did near its last ends only', async () => {
  const { tables } = engine
  const own = Array.from({ length: 550 }, (_, n) => [
    eventOf({
      cluster: 'one',
      clientId: 'pump',
      broker: 'b1',
      type: 'connected',
      at: at(n * minuteMs - 590 * minuteMs),
    }),
    eventOf({
      cluster: 'one',
      clientId: 'pump',
      broker: 'b1',
      view: n % 10 === 0 ? 'client' : 'broker',
      at: at((n - 589.5) * minuteMs),
    }),
  ]).flat()
  const lastEndMs = Date.parse(own.at(-1)?.at ?? '') - t0
  const other = (clientId: string, ms: number, broker = 'b1') =>
    eventOf({ cluster: 'one', clientId, broker, at: at(lastEndMs + ms) })
  const near = [other('near-1', -4000), other('near-2', 4999), other('near-3', -4 * minuteMs)]
  const far = [other('far-1', 6000), other('far-2', -6 * minuteMs), other('far-3', 0, 'b2')]
  await writeEvents(tables.events, [...own, ...near, ...far], retention)
  const found = await gatherCase(tables, 'one', { ...day, subject: { of: 'client', clientId: 'pump' }, brokers })
  const newest = own.toSorted((a, b) => (a.at < b.at ? 1 : -1)).slice(0, 1000)
  expect(new Set(found.events.map(({ id }) => id))).toEqual(new Set(newest.map(({ id }) => id)))
  expect(found.events.some(({ view }) => view === 'client')).toBe(true)
  expect(found.cut).toBe(true)
  expect(new Set(found.nearby.map(({ clientId }) => clientId))).toEqual(new Set(['near-1', 'near-2', 'near-3']))
})

test('in a storm around a client’s ends the nearest hundred of each are looked at, by a bounded number of requests', async () => {
  const { tables } = engine
  const ends = [0, 1, 2, 3, 4, 5, 6].map((n) => eventOf({ cluster: 'storm', at: at(n * minuteMs), clientId: 'pump' }))
  const storm = [5, 6].flatMap((n) =>
    Array.from({ length: 400 }, (_, k) =>
      eventOf({ cluster: 'storm', clientId: `c${n}-${k}`, at: at(n * minuteMs + (k - 200) * 20) }),
    ),
  )
  await writeEvents(tables.events, [...ends, ...storm], retention)
  requests = 0
  const found = await gatherCase(tables, 'storm', { ...day, subject: { of: 'client', clientId: 'pump' }, brokers })
  expect(requests).toBeLessThanOrEqual(1 + 5 * 16 + 2)
  expect(found.nearby).toHaveLength(200)
  const apart = found.nearby.map((event) => Math.abs(((Date.parse(event.at) - t0 + 30_000) % minuteMs) - 30_000))
  // What happened within half a second of an end is there whatever came after it.
  expect(apart.filter((ms) => ms <= 500)).toHaveLength(2 * 51)
})

test('a client of which nothing is recorded in the span is not explained by what its cluster did', async () => {
  const { tables } = engine
  await writeMinutes(
    tables.minutes,
    [minuteOf('b1', 0, { cluster: 'storm', disconnects: { network_eof: 500 } })],
    retention,
  )
  const found = await gatherCase(tables, 'storm', { ...day, subject: { of: 'client', clientId: 'calm' }, brokers })
  expect(found).toMatchObject({ events: [], nearby: [], minutes: [], cut: false })
  expect(diagnose(found)[0]).toMatchObject({ name: 'unknown', title: 'Nothing to explain' })
})

test('of a broker the newest events are read whole, however they lie in the shards, and what is left out is said', async () => {
  const { tables } = engine
  const events = Array.from({ length: 900 }, (_, n) =>
    eventOf({ cluster: 'busy', clientId: `c${n}`, at: at(Math.floor(n / 3) * 100) }),
  )
  await writeEvents(tables.events, events, retention)
  const span = { cluster: 'busy', broker: 'b1', from: at(-minuteMs), to: at(60 * minuteMs) }
  const latest = await latestEvents(tables.events, { ...span, limit: 400 })
  expect(latest.cut).toBe(true)
  expect(latest.events.length).toBeGreaterThan(300)
  expect(latest.events.length).toBeLessThanOrEqual(400)
  const since = latest.events.map((event) => event.at).toSorted()[0] ?? ''
  const later = events.filter((event) => event.at > since).map(({ id }) => id)
  const held = new Set(latest.events.map(({ id }) => id))
  expect(later.filter((id) => !held.has(id))).toEqual([])
  const all = await gatherCase(tables, 'busy', { ...day, subject: { of: 'broker', broker: 'b1' }, brokers })
  expect([all.events.length, all.cut]).toEqual([900, false])
})

test('a cluster’s case shares its room among the brokers, and holds the newest minutes of each', async () => {
  const { tables } = engine
  const minutes = brokers.flatMap(({ name }) =>
    Array.from({ length: 400 }, (_, n) => minuteOf(name, n, { cluster: 'wide' })),
  )
  await writeMinutes(tables.minutes, minutes, retention)
  const events = ['b1', 'b2', 'b3'].map((broker) => eventOf({ cluster: 'wide', broker, at: at(secondMs) }))
  await writeEvents(tables.events, events, retention)
  const span = { fromMs: t0, toMs: t0 + 400 * minuteMs }
  const found = await gatherCase(tables, 'wide', { ...span, subject: { of: 'cluster' }, brokers })
  expect(found.events.map(({ broker }) => broker).toSorted()).toEqual(['b1', 'b2'])
  expect(found.minutes).toHaveLength(600)
  expect(found.minutes.some(({ minute }) => minute === minutes.at(-1)?.minute)).toBe(true)
  expect(found.minutes.some(({ minute }) => minute === minutes[0]?.minute)).toBe(false)
})

test('brokers are those of the configuration, with what it says of them, and those that were heard of', async () => {
  const { state } = engine.tables
  await writeBroker(state, { cluster: 'plant', broker: 'heard', at: at(0) }, t0)
  const cluster = ClusterSchema.parse({
    name: 'plant',
    dialect: 'mosquitto',
    feeds: [{ broker: 'fed', url: 'mqtt://127.0.0.1' }],
    brokers: [{ name: 'weighted', weight: 3, maximumConnections: 100 }],
  })
  expect(await knownBrokers(state, cluster, t0)).toEqual([
    { name: 'fed', weight: 1 },
    { name: 'heard', weight: 1 },
    { name: 'weighted', weight: 3, maximumConnections: 100 },
  ])
})
