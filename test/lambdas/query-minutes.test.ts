import fc from 'fast-check'
import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Minute } from '../../domain/minute.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import { startOfStep, stepsOfBroker, stepsOfCluster } from '../../domain/stepped-minutes.ts'
import { dayMs, instant, minuteMs } from '../../domain/time.ts'
import { joinBrokers, type WholeMinute } from '../../domain/whole-minute.ts'
import { createQueryApp } from '../../lambdas/query/app.ts'
import { writeMinutes, writeWholeMinutes } from '../../store/minutes.ts'
import { minuteOf } from '../domain/timeline.ts'
import { startTables } from '../tables.ts'

const t0 = Date.parse('2026-11-20T10:00:00Z')
const nowMs = t0 + 2 * dayMs
const retention = { nowMs, days: 1 }
let engine: Awaited<ReturnType<typeof startTables>>
let app: Hono
/** Newest first; some minutes are not stored. */
const minutes: Minute[] = []

beforeAll(async () => {
  engine = await startTables()
  const checked = checkSettings({
    clusters: [{ name: 'plant', dialect: 'mosquitto', feeds: [{ broker: 'b1', url: 'mqtt://127.0.0.1' }] }],
  })
  if (!checked.ok) throw new Error('wrong settings')
  const log = { error: (...fields: unknown[]) => expect(fields).toEqual([]) }
  app = createQueryApp({ settings: checked.settings, tables: engine.tables, log, nowMs: () => nowMs })
  for (let index = 2 * 1440 - 1; index >= 0; index -= 1) {
    if (index % 97 < 11) continue
    minutes.push({ ...minuteOf('b1', 0), minute: instant(t0 + index * minuteMs), connects: index, abnormal: index % 3 })
  }
  await writeMinutes(engine.tables.minutes, minutes, retention)
  await writeWholeMinutes(engine.tables.minutes, wholeOf(minutes), retention)
})
afterAll(async () => engine.stop())

function wholeOf(all: readonly Minute[]): WholeMinute[] {
  return all.flatMap((minute) => joinBrokers([minute]) ?? [])
}

async function pages(path: string, between: (page: number) => Promise<void> = async () => {}): Promise<any[][]> {
  const found: any[][] = []
  for (let next: string | undefined = ''; next !== undefined; ) {
    const answer = await app.request(next === '' ? path : `${path}&cursor=${next}`)
    expect(answer.status).toBe(200)
    const body: any = await answer.json()
    found.push(body.minutes)
    next = body.next
    await between(found.length)
  }
  return found
}

const span = `from=${instant(t0)}&to=${instant(nowMs)}`

describe('minutes over pages', () => {
  it('whatever step and limit, every minute counts once, and each step is whole on one page', async () => {
    const step = fc.constantFrom(1, 3, 7, 15, 60, 1000, 1440)
    const limit = fc.constantFrom(40, 333, 1000)
    await fc.assert(
      fc.asyncProperty(step, limit, fc.constantFrom('', '/brokers/b1'), async (width, most, of) => {
        const found = await pages(`/v1/clusters/plant${of}/minutes?${span}&step=${width}&limit=${most}`)
        const expected = of === '' ? stepsOfCluster(wholeOf(minutes), width) : stepsOfBroker(minutes, width)
        expect(found.flat()).toEqual(expected)
        expect(Math.max(...found.map((page) => page.length))).toBeLessThanOrEqual(most)
      }),
      { numRuns: 12 },
    )
  })

  it('what is written while pages are read neither moves nor repeats a step', async () => {
    const fresh = { ...minuteOf('b1', 0), connects: 1 }
    const found = await pages(`/v1/clusters/plant/brokers/b1/minutes?${span}&step=15&limit=50`, async (page) => {
      const late = { ...fresh, minute: instant(nowMs + page * minuteMs) }
      await writeMinutes(engine.tables.minutes, [late], retention)
    })
    expect(found.flat()).toEqual(stepsOfBroker(minutes, 15))
  })

  it('a span that begins within a step is widened to all of it', async () => {
    const from = instant(t0 + 22 * minuteMs)
    const to = instant(t0 + 31 * minuteMs)
    const [found] = await pages(`/v1/clusters/plant/brokers/b1/minutes?from=${from}&to=${to}&step=15`)
    expect(found?.map((each) => [each.minute, each.stepMinutes])).toEqual([
      [startOfStep(to, 15), 15],
      [startOfStep(from, 15), 15],
    ])
  })

  it('a cursor is refused for another step, cluster or broker', async () => {
    const path = `/v1/clusters/plant/brokers/b1/minutes?${span}&limit=5&step=5`
    const { next }: any = await (await app.request(path)).json()
    const forged = [
      path.replace('step=5', 'step=6'),
      path.replace('b1', 'b2'),
      `/v1/clusters/plant/minutes?${span}&limit=5&step=5`,
    ]
    for (const each of forged) expect((await app.request(`${each}&cursor=${next}`)).status, each).toBe(400)
    for (const wrong of ['0', '1441', '1.5', 'x']) {
      expect((await app.request(`/v1/clusters/plant/minutes?step=${wrong}`)).status).toBe(400)
    }
    expect((await app.request('/v1/clusters/elsewhere/minutes')).status).toBe(404)
  })
})
