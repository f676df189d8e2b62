import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instant } from '../../domain/time.ts'
import { wholeMinutesOf } from '../../store/minutes.ts'
import { writeBroker, writeMark } from '../../store/state.ts'
import { startTables } from '../tables.ts'
import { at, clusterOn, t0 } from './analyze-stage.ts'

let engine: Awaited<ReturnType<typeof startTables>>
beforeAll(async () => {
  engine = await startTables()
})
afterAll(async () => engine.stop())

async function wholes(cluster: string) {
  const span = { from: instant(t0), to: instant(at(600)), limit: 600 }
  const page = await wholeMinutesOf(engine.tables.minutes, { cluster, ...span })
  return page.entries.map(({ value }) => value).toReversed()
}

describe('the minute of a whole cluster', () => {
  it('is written with those of its brokers, held against what was expected of all together', async () => {
    const c = clusterOn(engine.tables, 'whole')
    for (let minute = 0; minute < 20; minute += 1) {
      await c.connected(minute, { b1: 100, b2: 100, b3: 100 })
      for (const broker of ['b1', 'b2', 'b3']) await c.drops(minute, broker, minute === 15 && broker === 'b1' ? 60 : 1)
    }
    await c.covered(20)
    await c.run(20)
    const all = await wholes('whole')
    expect(all).toHaveLength(20)
    for (const each of all) expect(each).toMatchObject({ brokers: 3, coverage: 1, connected: 300 })
    expect(all.map(({ abnormal }) => abnormal)).toEqual(all.map((_, n) => (n === 15 ? 62 : 3)))
    for (const [n, { abnormal, band }] of all.entries()) {
      expect(band, String(n)).toBeDefined()
      expect(abnormal > (band?.upper ?? 0), String(n)).toBe(n === 15)
      expect(band?.expected).toBeGreaterThan(0.5)
    }
    const ofBrokers = (await c.minutes('b2'))[14]?.band
    // As one they are held against less than three times what one of them is held against.
    expect(all[14]?.band?.upper).toBeLessThan(3 * (ofBrokers?.upper ?? 0))
    // A client of the same name dropped from each.
    expect(all[3]?.topClients).toEqual([
      expect.objectContaining({ clientId: 'c0', disconnects: 3, brokers: ['b1', 'b2', 'b3'] }),
    ])
  })

  it('does not tell clients while a broker is not seen; one that was taken away is not missed', async () => {
    const c = clusterOn(engine.tables, 'unseen')
    await c.connected(0, { b1: 100, b2: 100, b3: 100 })
    await c.covered(1)
    // This one was heard of long ago, and the configuration does not name it.
    await writeBroker(engine.tables.state, { cluster: 'unseen', broker: 'gone', at: instant(at(-60)) }, at(2))
    await c.run(2)
    await c.connected(1, { b1: 100, b2: 100 })
    await c.covered(2, ['b1', 'b2'])
    await c.covered(2, ['b3'], true)
    await c.run(3)
    const [first, second] = await wholes('unseen')
    expect(first).toMatchObject({ brokers: 3, coverage: 1, connected: 300 })
    expect(second).toMatchObject({ brokers: 3, coverage: 2 / 3 })
    expect(second).not.toHaveProperty('connected')
    expect(second?.band).toBeDefined()
  })

  it('has no band where something was counted of a broker that was held against nothing', async () => {
    const c = clusterOn(engine.tables, 'hardly')
    await c.connected(0, { b1: 100, b2: 100, b3: 100 })
    await c.drops(0, 'b3', 2)
    await c.covered(1, ['b1', 'b2'])
    await c.covered(0.25, ['b3'])
    await c.run(3)
    const [minute] = await wholes('hardly')
    expect(minute?.abnormal).toBe(2)
    expect(minute).not.toHaveProperty('band')
  })

  it('is corrected with its brokers’ minutes, and keeps its band', async () => {
    const c = clusterOn(engine.tables, 'corrected')
    for (let minute = 0; minute < 6; minute += 1) {
      await c.connected(minute, { b1: 100, b2: 100, b3: 100 })
      await c.drops(minute, 'b2', 1)
    }
    await c.covered(5)
    await c.run(5)
    const before = await wholes('corrected')
    await c.drops(0, 'b1', 4)
    await c.drops(4, 'b3', 2)
    await writeMark(engine.tables.state, 'corrected', { broker: 'b1', minute: instant(at(0)), by: 'batch' })
    await c.covered(6)
    await c.run(6)
    const after = await wholes('corrected')
    expect(after.map(({ abnormal }) => abnormal)).toEqual([5, 1, 1, 1, 3, 1])
    expect(after.slice(0, 5).map(({ band }) => band)).toEqual(before.map(({ band }) => band))
    expect(after[0]).toMatchObject({ connected: 300, brokers: 3 })
  })
})
