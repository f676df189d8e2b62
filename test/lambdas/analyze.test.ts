import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Alert } from '../../domain/alert.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { analyze } from '../../lambdas/analyze/analyze.ts'
import { alertsOf, readAlert } from '../../store/alerts.ts'
import { writeEvents } from '../../store/events.ts'
import { minutesOf } from '../../store/minutes.ts'
import { writeSamples } from '../../store/samples.ts'
import { readFeed, writeFeed, writeGap } from '../../store/coverage.ts'
import { readAnalysis } from '../../store/analysis.ts'
import { writeMark } from '../../store/state.ts'
import { eventOf } from '../events.ts'
import { startTables } from '../tables.ts'

const t0 = Date.parse('2026-11-22T10:00:00Z')
const at = (minutes: number) => t0 + minutes * minuteMs
const retention = (nowMs: number) => ({ nowMs, days: 1 })
const silent = { info: () => {}, warn: () => {} }
let engine: Awaited<ReturnType<typeof startTables>>
beforeAll(async () => {
  engine = await startTables()
})
afterAll(async () => engine.stop())

/** One cluster of its own with brokers b1, b2, b3 and what a timeline does to it. */
function clusterOf(name: string) {
  const feeds = ['b1', 'b2', 'b3'].map((broker) => ({ broker, url: 'mqtt://127.0.0.1' }))
  const detection = { imbalance: { openMinutes: 1 }, disconnectRate: { clearMinutes: 5 } }
  const checked = checkSettings({ clusters: [{ name, dialect: 'aedes', feeds, detection }] })
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults))
  const { settings } = checked
  const told: Alert[] = []
  const { tables } = engine
  return {
    told,
    tables,
    async covered(untilMinute: number, brokers = ['b1', 'b2', 'b3'], down = false) {
      for (const feed of brokers) {
        const seen = { first: instant(t0), seenFrom: instant(t0), seenUntil: instant(at(untilMinute)) }
        const known = await readFeed(tables.state, { cluster: name, feed, watcher: 'a' })
        const report = {
          cluster: name,
          feed,
          brokers: [feed],
          state: down ? ('down' as const) : ('up' as const),
          since: instant(t0),
          rejected: {},
          rejectionSamples: [],
        }
        const seenUntil = down && known ? { seenUntil: known.value.seenUntil ?? seen.seenUntil } : {}
        await writeFeed(
          tables.state,
          { report, watcher: 'a', reportedAt: instant(at(untilMinute)), ...seen, ...seenUntil },
          known?.revision,
        )
      }
    },
    async connected(minute: number, counts: Record<string, number>) {
      const samples = Object.entries(counts).map(([broker, value]) => ({
        cluster: name,
        broker,
        name: 'connected' as const,
        at: instant(at(minute) + 50_000),
        // The feed itself is one of the broker's clients.
        value: value + 1,
      }))
      await writeSamples(tables.samples, samples, retention(at(minute)))
    },
    async drops(minute: number, broker: string, count: number) {
      const events = Array.from({ length: count }, (_, n) =>
        eventOf({ cluster: name, broker, clientId: `c${n}`, at: instant(at(minute) + 20_000 + n) }),
      )
      await writeEvents(tables.events, events, retention(at(minute)))
    },
    async run(minute: number, publish?: (alert: Alert) => Promise<void>) {
      const ports = { tables, log: silent, nowMs: at(minute) + 6000 }
      const tell = async (alert: Alert) => {
        told.push(alert)
      }
      await analyze(settings, { ...ports, publish: publish ?? tell })
    },
    async minutes(broker: string) {
      const span = { from: instant(t0), to: instant(at(600)) }
      const page = await minutesOf(tables.minutes, { cluster: name, broker, ...span, limit: 100 })
      return page.entries.map((entry) => entry.value).toReversed()
    },
  }
}

describe('the analysis', () => {
  it('minutes 0–2 calm, 40 of 100 clients drop in minute 3: one alert, stored before it is told, resolved when calm', async () => {
    const c = clusterOf('timeline')
    for (let minute = 0; minute < 10; minute += 1) {
      await c.connected(minute, { b1: 100, b2: 100, b3: 100 })
      await c.drops(minute, 'b1', minute === 3 ? 40 : 1)
      await c.covered(minute + 1)
      await c.run(minute + 1, async (alert) => {
        expect(await readAlert(c.tables.alerts, alert.id)).toEqual(alert)
        c.told.push(alert)
      })
    }
    expect(c.told.map((alert) => [alert.kind, alert.broker, alert.transitions.at(-1)?.status])).toEqual([
      ['disconnect_rate', 'b1', 'opened'],
      ['disconnect_rate', 'b1', 'resolved'],
    ])
    expect(c.told[0]?.openedAt).toBe(instant(at(4)))
    expect(c.told[0]).toMatchObject({ observed: 40, severity: 'critical' })
    expect(c.told[0]?.topCauses).toEqual([{ cause: 'network_eof', count: 40 }])
    const minutes = await c.minutes('b1')
    expect(minutes.map((minute) => minute.abnormal)).toEqual([1, 1, 1, 40, 1, 1, 1, 1, 1, 1])
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
    const opened = c.told.map((alert) => [alert.kind, alert.broker, alert.observed, alert.expected])
    expect(opened).toEqual([['imbalance', 'b3', 0, 100]])
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
    expect(c.told.map((alert) => alert.kind)).toEqual(['disconnect_rate'])
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
    expect(c.told.map((alert) => alert.id)).toEqual(attempted)
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

  it('a late event corrects its minute, keeps its band, and does not alert', async () => {
    const c = clusterOf('late')
    for (let minute = 0; minute < 8; minute += 1) {
      await c.connected(minute, { b1: 100, b2: 100, b3: 100 })
      await c.covered(minute + 1)
      await c.run(minute + 1)
    }
    const before = (await c.minutes('b1'))[1]
    await c.drops(1, 'b1', 60)
    await writeMark(c.tables.state, 'late', { broker: 'b1', minute: instant(at(1)), by: 'batch' })
    await c.covered(9)
    await c.run(9)
    const after = (await c.minutes('b1'))[1]
    expect([before?.abnormal, after?.abnormal]).toEqual([0, 60])
    expect(after?.band).toEqual(before?.band)
    expect(c.told).toEqual([])
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
