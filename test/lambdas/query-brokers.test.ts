import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkSettings } from '../../domain/settings-check.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { joinBrokers } from '../../domain/whole-minute.ts'
import { createQueryApp } from '../../lambdas/query/app.ts'
import { writeMinutes, writeWholeMinutes } from '../../store/minutes.ts'
import { writeBroker } from '../../store/state.ts'
import { minuteOf } from '../domain/timeline.ts'
import { startTables } from '../tables.ts'

const t0 = Date.parse('2026-11-22T10:00:00Z')
const nowMs = t0 + 90_000
const retention = { nowMs, days: 1 }
let engine: Awaited<ReturnType<typeof startTables>>
let app: Hono
const count = 23

beforeAll(async () => {
  engine = await startTables()
  const cluster = (name: string, brokers: object[] = []) => ({ name, dialect: 'emqx', feeds: [], brokers })
  const checked = checkSettings({
    clusters: [cluster('west', [{ name: 'n00', weight: 3 }]), cluster('dim'), cluster('east')].map((each) => ({
      ...each,
      feeds: [{ url: 'mqtt://127.0.0.1' }],
    })),
  })
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults))
  const log = { error: (...fields: unknown[]) => expect(fields).toEqual([]) }
  app = createQueryApp({ settings: checked.settings, tables: engine.tables, log, nowMs: () => nowMs })
  const names = Array.from({ length: count }, (_, n) => `n${String(n).padStart(2, '0')}`)
  for (const name of ['west', 'east', 'dim']) {
    for (const broker of names) {
      await writeBroker(engine.tables.state, { cluster: name, broker, at: instant(nowMs) }, nowMs)
    }
    const minutes = names.map((broker, n) => ({
      ...minuteOf(broker, 0, { connected: n + 1, connects: n }),
      cluster: name,
      minute: instant(t0),
    }))
    // One of these did not tell its clients.
    const { connected: _, ...untold } = minutes[0] ?? minuteOf('n00', 0)
    const stored = name === 'dim' ? [untold, ...minutes.slice(1)] : minutes
    await writeMinutes(engine.tables.minutes, stored, retention)
    // Of this one the cluster's minute is not known.
    const whole = joinBrokers(stored)
    if (name !== 'east' && whole !== undefined) await writeWholeMinutes(engine.tables.minutes, [whole], retention)
  }
})
afterAll(async () => engine.stop())

async function get(path: string): Promise<any> {
  const answer = await app.request(path)
  const body: any = await answer.json()
  return { status: answer.status, ...body }
}

describe('brokers over pages', () => {
  it('each comes once, by cluster and name, with its share of the whole cluster', async () => {
    const whole = await get('/v1/brokers?limit=1000')
    expect(whole.next).toBeUndefined()
    const places = whole.brokers.map((each: any) => `${each.cluster} ${each.broker}`)
    expect(places).toHaveLength(3 * count)
    expect(places).toEqual(places.toSorted())
    const total = (count * (count + 1)) / 2
    for (const each of whole.brokers) {
      const index = Number(each.broker.slice(1))
      const told = each.cluster === 'dim' ? total - 1 : total
      expect(each.share ?? 'untold').toEqual(each.cluster === 'dim' && index === 0 ? 'untold' : (index + 1) / told)
      expect(each.perMinute.connects).toBe(index)
    }
    const weighed = whole.brokers.find((each: any) => each.cluster === 'west' && each.broker === 'n00')
    expect(weighed).toMatchObject({ weight: 3, expectedShare: 3 / (count + 2) })
    const found: any[] = []
    for (let next: string | undefined = ''; next !== undefined; ) {
      const page = await get(`/v1/brokers?limit=7${next === '' ? '' : `&cursor=${next}`}`)
      expect(page.brokers.length).toBeLessThanOrEqual(7)
      found.push(...page.brokers)
      next = page.next
    }
    expect(found).toEqual(whole.brokers)
  })

  it('one that joins meanwhile moves none of the others', async () => {
    const first = await get('/v1/brokers?cluster=west&limit=10')
    await writeBroker(engine.tables.state, { cluster: 'west', broker: 'a-new-one', at: instant(nowMs) }, nowMs)
    const second = await get(`/v1/brokers?cluster=west&limit=100&cursor=${first.next}`)
    expect(second.brokers[0].broker).toBe('n10')
    expect(second.brokers).toHaveLength(count - 10)
    const all = await get('/v1/brokers?cluster=west')
    expect(all.brokers[0]).toMatchObject({ broker: 'a-new-one', status: 'unknown', gauges: {} })
    expect(all.brokers[0]).not.toHaveProperty('minute')
  })

  it('a cursor of other brokers is refused', async () => {
    const { next } = await get('/v1/brokers?cluster=west&limit=1')
    expect((await get(`/v1/brokers?cluster=east&limit=1&cursor=${next}`)).status).toBe(400)
    expect((await get(`/v1/brokers?limit=1&cursor=${next}`)).status).toBe(400)
    const { list } = JSON.parse(Buffer.from(next, 'base64url').toString())
    const forged = Buffer.from(JSON.stringify({ list, after: 'no place', to: instant(nowMs + minuteMs) }))
    expect((await get(`/v1/brokers?cluster=west&cursor=${forged.toString('base64url')}`)).status).toBe(200)
  })
})
