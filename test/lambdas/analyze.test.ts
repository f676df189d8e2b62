import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instant } from '../../domain/time.ts'
import { commitAnalysis, readAnalysis } from '../../store/analysis.ts'
import { alertsOf, readAlert } from '../../store/alerts.ts'
import { writeFeed, writeGap } from '../../store/coverage.ts'
import { namesOfItems } from '../../store/state-item.ts'
import { marksOf, writeMark } from '../../store/state.ts'
import { startTables } from '../tables.ts'
import { at, clusterOn, retention, t0 } from './analyze-stage.ts'

let engine: Awaited<ReturnType<typeof startTables>>
beforeAll(async () => {
  engine = await startTables()
})
afterAll(async () => engine.stop())

const detection = { imbalance: { openMinutes: 1 }, disconnectRate: { clearMinutes: 5 } }
const clusterOf = (name: string) => clusterOn(engine.tables, name, { detection })

describe('the analysis', () => {
  it('minutes 0–2 calm, 40 of 100 clients drop in minute 3: one alert, stored before it is told, resolved when calm', async () => {
    const c = clusterOf('timeline')
    for (let minute = 0; minute < 30; minute += 1) {
      await c.connected(minute, { b1: 100, b2: 100, b3: 100 })
      await c.drops(minute, 'b1', minute === 3 ? 40 : 1)
      // What comes after the drop is judged in one run.
      if (minute > 4 && minute < 29) continue
      await c.covered(minute + 1)
      await c.run(minute + 1, async (alert) => {
        expect(await readAlert(c.tables.alerts, alert.id)).toEqual(alert)
        c.told.push(alert)
      })
    }
    const told = c.toldOf('disconnect_rate')
    expect(told.map((alert) => [alert.broker, alert.transitions.at(-1)?.status])).toEqual([
      ['b1', 'opened'],
      ['b1', 'resolved'],
    ])
    expect(told[0]?.openedAt).toBe(instant(at(4)))
    expect(told[0]).toMatchObject({ observed: 40, severity: 'critical' })
    expect(told[0]?.topCauses).toEqual([{ cause: 'network_eof', count: 40 }])
    const minutes = await c.minutes('b1')
    expect(minutes.map((minute) => minute.abnormal)).toEqual(minutes.map((_, n) => (n === 3 ? 40 : 1)))
    expect(minutes).toHaveLength(30)
    expect(minutes.every((minute) => minute.coverage === 1 && minute.connected === 100 && minute.band)).toBe(true)
  })

  it('clients crowd onto two brokers after the third comes back empty: imbalance opens, but not while it was unseen', async () => {
    const c = clusterOf('crowd')
    await c.connected(0, { b1: 100, b2: 100, b3: 100 })
    await c.covered(1)
    await c.run(1)
    await c.connected(1, { b1: 150, b2: 150 })
    await c.covered(2, ['b1', 'b2'])
    await c.covered(2, ['b3'], true)
    await c.run(2)
    expect(c.told).toEqual([])
    await c.connected(2, { b1: 150, b2: 150, b3: 0 })
    await c.covered(3)
    await c.run(3)
    const opened = c.toldOf('imbalance').map((alert) => [alert.broker, alert.observed, alert.expected])
    expect(opened).toEqual([['b3', 0, 100]])
  })

  it('a gap is neither calm nor an outage: the minute is judged late, with its coverage', async () => {
    const c = clusterOf('gap')
    await c.covered(1)
    await c.run(1)
    await c.covered(2, ['b1', 'b2'])
    await c.run(2)
    expect((await readAnalysis(c.tables.state, 'gap'))?.position).toBe(instant(at(0)))
    await c.run(3)
    expect((await readAnalysis(c.tables.state, 'gap'))?.position).toBe(instant(at(1)))
    expect((await c.minutes('b3')).map((minute) => minute.coverage)).toEqual([1, 0])
    expect((await c.minutes('b1')).map((minute) => minute.coverage)).toEqual([1, 1])
  })

  it('a broker that was never reached is not waited for, and its minute is unseen', async () => {
    const c = clusterOf('never')
    await c.covered(1, ['b1', 'b2'])
    const report = { cluster: 'never', feed: 'b3', brokers: ['b3'], state: 'down' as const, since: instant(t0) }
    const never = {
      report: { ...report, rejected: {}, rejectionSamples: [] },
      watcher: 'a',
      reportedAt: instant(at(1)),
    }
    await writeFeed(c.tables.state, never, undefined)
    await c.run(1)
    expect((await readAnalysis(c.tables.state, 'never'))?.position).toBe(instant(at(0)))
    expect((await c.minutes('b3'))[0]?.coverage).toBe(0)
  })

  it('a told gap takes its seconds from the minute', async () => {
    const c = clusterOf('part')
    await c.covered(1)
    const gap = { cluster: 'part', feed: 'b1', watcher: 'a', reason: 'cut' }
    const span = { from: instant(at(0) + 15_000), until: instant(at(0) + 30_000) }
    await writeGap(c.tables.state, { ...gap, ...span }, { inferred: false, ...retention(at(1)) })
    await c.run(1)
    expect((await c.minutes('b1'))[0]?.coverage).toBe(0.75)
  })

  it('two runs at once judge a minute once and tell of it once', async () => {
    const c = clusterOf('twice')
    await c.connected(0, { b1: 100, b2: 100, b3: 100 })
    await c.drops(0, 'b2', 50)
    await c.covered(1)
    await Promise.all([c.run(1), c.run(1), c.run(1)])
    expect(c.toldOf('disconnect_rate')).toHaveLength(1)
    // And what was learned is of one of them.
    const learned = await readAnalysis(c.tables.state, 'twice')
    const items = await namesOfItems(c.tables.state, 'twice', 'baselines#', 'baselines$')
    expect(items).toEqual(learned?.baselinesItem === undefined ? [] : [learned.baselinesItem])
  })

  it('an alert that could not be published is told by the next run, with the same id', async () => {
    const c = clusterOf('retry')
    await c.connected(0, { b1: 100, b2: 100, b3: 100 })
    await c.drops(0, 'b2', 50)
    await c.covered(1)
    const attempted: string[] = []
    await c.run(1, async (alert) => {
      attempted.push(alert.id)
      throw new Error('SNS does not answer')
    })
    await c.covered(2)
    await c.run(2)
    const [first] = c.toldOf('disconnect_rate')
    expect([first?.id, first?.transitions.length]).toEqual([attempted[0], 1])
    const open = { status: 'open' as const, from: instant(t0), to: instant(at(600)), limit: 10 }
    expect((await alertsOf(c.tables.alerts, open)).entries.map((entry) => entry.value.id)).toContain(attempted[0])
  })

  it('after an outage of the analysis every minute is judged, in order', async () => {
    const c = clusterOf('outage')
    await c.covered(1)
    await c.run(1)
    await c.covered(30)
    await c.run(30)
    expect(await c.minutes('b1')).toHaveLength(30)
  })

  it('an event later than two hours corrects its minute, keeps its band, and alerts nobody', async () => {
    const c = clusterOf('late')
    await c.connected(0, { b1: 100, b2: 100, b3: 100 })
    await c.covered(1)
    await c.run(1)
    const before = await readAnalysis(c.tables.state, 'late')
    if (before === undefined) throw new Error('nothing was judged')
    const next = { ...before, position: instant(at(121)) }
    await commitAnalysis(c.tables.state, 'late', { before, next })
    const [judged] = await c.minutes('b1')
    await c.drops(0, 'b1', 60)
    await writeMark(c.tables.state, 'late', { broker: 'b1', minute: instant(at(0)), by: 'batch' })
    await c.connected(122, { b1: 100, b2: 100, b3: 100 })
    await c.covered(123)
    await c.run(123)
    const [corrected] = await c.minutes('b1')
    expect([judged?.abnormal, corrected?.abnormal]).toEqual([0, 60])
    expect(corrected?.band).toEqual(judged?.band)
    expect(judged?.band).toBeDefined()
    expect(c.told).toEqual([])
    expect(await marksOf(c.tables.state, 'late', 10)).toEqual([])
  })

  it('a late event in an old gap does not make the gap seen', async () => {
    const c = clusterOf('oldgap')
    await c.covered(1)
    const gap = {
      cluster: 'oldgap',
      feed: 'b1',
      watcher: 'a',
      reason: 'cut',
      from: instant(at(1)),
      until: instant(at(2)),
    }
    await writeGap(c.tables.state, gap, { inferred: false, ...retention(at(2)) })
    await c.run(1)
    await c.covered(40)
    await c.run(40)
    expect((await c.minutes('b1'))[1]?.coverage).toBe(0)
    await c.drops(1, 'b1', 5)
    await writeMark(c.tables.state, 'oldgap', { broker: 'b1', minute: instant(at(1)), by: 'batch' })
    await c.covered(41)
    await c.run(41)
    const corrected = (await c.minutes('b1'))[1]
    expect([corrected?.abnormal, corrected?.coverage]).toEqual([5, 0])
  })
})
