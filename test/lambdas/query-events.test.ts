import fc from 'fast-check'
import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Event } from '../../domain/event.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import { newestFirst } from '../../domain/session.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { createQueryApp } from '../../lambdas/query/app.ts'
import { writeEvents } from '../../store/events.ts'
import { eventOf } from '../events.ts'
import { startTables } from '../tables.ts'

const t0 = Date.parse('2026-11-22T10:00:00Z')
const nowMs = t0 + 120 * minuteMs
const retention = { nowMs, days: 1 }
let engine: Awaited<ReturnType<typeof startTables>>
let app: Hono
/** Of one client, on two brokers, told by both views; several in one instant. */
const events: Event[] = Array.from({ length: 120 }, (_, n) => {
  const isBegin = n % 2 === 0
  return eventOf({
    clientId: 'rover',
    broker: n % 10 < 6 ? 'b1' : 'b2',
    at: instant(t0 + Math.floor(n / 3) * 20_000),
    ordinal: n,
    type: isBegin ? 'connected' : 'disconnected',
    view: n % 7 === 0 ? 'client' : 'broker',
    peer: `10.${n % 4}.0.1:${5000 + n}`,
    ...(isBegin ? {} : { cause: n % 3 === 0 ? ('kicked' as const) : ('network_eof' as const) }),
  })
})

beforeAll(async () => {
  engine = await startTables()
  const feeds = ['b1', 'b2'].map((broker) => ({ broker, url: 'mqtt://127.0.0.1' }))
  const clusters = ['plant', 'other'].map((name) => ({ name, dialect: 'mosquitto', feeds }))
  const checked = checkSettings({ clusters })
  if (!checked.ok) throw new Error('wrong settings')
  const log = { error: (...fields: unknown[]) => expect(fields).toEqual([]) }
  app = createQueryApp({ settings: checked.settings, tables: engine.tables, log, nowMs: () => nowMs })
  await writeEvents(engine.tables.events, events, retention)
})
afterAll(async () => engine.stop())

async function get(path: string): Promise<any> {
  const answer = await app.request(path)
  const body: any = await answer.json()
  return { status: answer.status, ...body }
}

const ofClient = '/v1/clients/events?cluster=plant&clientId=rover'
const ofBroker = '/v1/clusters/plant/brokers/b1/events?from=2026-11-22T10:00:00Z'

describe('events by filters', () => {
  it('pages hold each event that matches once, newest first, while new ones are written above the first', async () => {
    const optional = (...values: string[]) => fc.option(fc.constantFrom(...values), { nil: undefined })
    const filters = fc.record({
      type: optional('connected', 'disconnected', 'refused'),
      cause: optional('kicked', 'network_eof'),
      view: optional('broker', 'client'),
      peer: optional('10.', '10.1.', '10.1.0.1:5', '11.'),
      broker: optional('b1', 'b2'),
    })
    let fresh = 0
    await fc.assert(
      fc.asyncProperty(filters, fc.constantFrom(3, 8, 50), fc.boolean(), async (asked, limit, isOfBroker) => {
        const { broker, ...rest } = asked
        const chosen = isOfBroker ? rest : asked
        const query = Object.entries(chosen).flatMap(([name, value]) =>
          value === undefined ? [] : [`&${name}=${value}`],
        )
        const path = `${isOfBroker ? ofBroker : ofClient}${query.join('')}&to=${instant(nowMs)}&limit=${limit}`
        const expected = newestFirst(
          events.filter(
            (event) =>
              (asked.type ?? event.type) === event.type &&
              (asked.cause ?? event.cause) === event.cause &&
              (asked.view ?? event.view) === event.view &&
              ((isOfBroker ? 'b1' : broker) ?? event.broker) === event.broker &&
              (event.peer ?? '').startsWith(asked.peer ?? ''),
          ),
        )
        const found: any[] = []
        for (let next: string | undefined = ''; next !== undefined; ) {
          const page = await get(next === '' ? path : `${path}&cursor=${next}`)
          expect(page.status).toBe(200)
          found.push(...page.events)
          next = page.next
          fresh += 1
          const above = eventOf({ clientId: 'rover', at: instant(nowMs + fresh * 1000), peer: '10.1.0.1:5000' })
          await writeEvents(engine.tables.events, [above], retention)
        }
        expect(found.map(({ at }) => at)).toEqual(expected.map(({ at }) => at))
        expect(new Set(found.map(({ id }) => id))).toEqual(new Set(expected.map(({ id }) => id)))
      }),
      { numRuns: 12 },
    )
  })

  it('an end keeps its session where its begin was not asked for', async () => {
    const at = (seconds: number) => instant(t0 + seconds * 1000)
    const session = [
      eventOf({ clientId: 'pair', type: 'connected', at: at(0) }),
      eventOf({ clientId: 'pair', at: at(30), cause: 'kicked' }),
      eventOf({ clientId: 'pair', type: 'connected', at: at(40) }),
      eventOf({ clientId: 'pair', at: at(100), cause: 'kicked' }),
    ]
    await writeEvents(engine.tables.events, session, retention)
    const { events: found } = await get('/v1/clients/events?cluster=plant&clientId=pair&type=disconnected')
    expect(found.map((each: any) => each.session.seconds)).toEqual([60, 30])
  })

  it('a cursor is refused for another client, cluster, broker or filter', async () => {
    const { next } = await get(`${ofClient}&limit=2&view=broker`)
    const others = [
      `${ofClient}&view=client`,
      ofClient,
      `${ofClient}&view=broker&peer=10.`,
      `${ofClient}&view=broker&broker=b1`,
      `${ofClient}&view=broker&type=connected`,
      ofClient.replace('rover', 'pair').concat('&view=broker'),
      ofClient.replace('plant', 'other').concat('&view=broker'),
      `${ofBroker}&view=broker`,
    ]
    expect((await get(`${ofClient}&limit=2&view=broker&cursor=${next}`)).status).toBe(200)
    for (const path of others) expect((await get(`${path}&limit=2&cursor=${next}`)).status, path).toBe(400)
    const broker = await get(`${ofBroker}&limit=2&cause=kicked`)
    const place = `&limit=2&cursor=${broker.next}`
    expect((await get(`${ofBroker}&cause=kicked${place}`)).status).toBe(200)
    for (const path of [
      ofBroker,
      `${ofBroker}&cause=kicked&peer=1`,
      ofBroker.replace('b1', 'b2').concat('&cause=kicked'),
    ]) {
      expect((await get(path + place)).status, path).toBe(400)
    }
  })
})
