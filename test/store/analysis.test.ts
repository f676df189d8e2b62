import { randomBytes } from 'node:crypto'
import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AnalysisState, openAnalysis } from '../../domain/analysis.ts'
import { contextOf } from '../../domain/cluster-context.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import {
  type AnalysisRecord,
  commitAnalysis,
  readAnalysis,
  readProgress,
  type StoredAnalysis,
  sweepBaselines,
} from '../../store/analysis.ts'
import { namesOfItems, stateKey } from '../../store/state-item.ts'
import { number, text } from '../../store/table.ts'
import { startTables } from '../tables.ts'

const t0 = Date.parse('2026-11-22T10:00:00Z')
let engine: Awaited<ReturnType<typeof startTables>>
beforeAll(async () => {
  engine = await startTables()
})
afterAll(async () => engine.stop())

/** What a run would write: `recent` and `baseline` as one detector gave them. */
function recordOf(minute: number, saved: { recent: unknown; baseline?: unknown }): AnalysisRecord {
  return {
    position: instant(t0 + minute * minuteMs),
    ranAt: instant(t0 + (minute + 1) * minuteMs),
    analysis: {
      state: { detectors: { disconnect_rate: saved.recent }, open: {} },
      baselines: saved.baseline === undefined ? {} : { disconnect_rate: saved.baseline },
    },
    pending: [],
  }
}

function clusterNamed(cluster: string) {
  const table = engine.tables.state
  return {
    read: async () => readAnalysis(table, cluster),
    commit: async (before: StoredAnalysis | undefined, next: AnalysisRecord) =>
      commitAnalysis(table, cluster, { before, next }),
    committed: async (before: StoredAnalysis | undefined, next: AnalysisRecord) => {
      const committed = await commitAnalysis(table, cluster, { before, next })
      if (committed === undefined) throw new Error('another run was first')
      return committed
    },
    sweep: async (committed: StoredAnalysis) => sweepBaselines(table, cluster, committed),
    baselines: async () => namesOfItems(table, cluster, 'baselines#', 'baselines$'),
    bytesOf: async (name: string) => {
      const command = new GetItemCommand({ TableName: table.table, Key: stateKey(cluster, name) })
      return (await table.client.send(command)).Item?.['content']?.B?.length ?? 0
    },
  }
}

describe('the analysis of a cluster in the table', () => {
  it('comes back as it was committed, and its progress without what it learned', async () => {
    const c = clusterNamed('plain')
    expect([await c.read(), await readProgress(engine.tables.state, 'plain')]).toEqual([undefined, undefined])
    const next = recordOf(0, { recent: { b1: [1, 2] }, baseline: { 'b"\ud800': [0.1] } })
    const committed = await c.committed(undefined, next)
    expect(await c.read()).toEqual(committed)
    expect(committed).toMatchObject(next)
    const { position, ranAt } = next
    expect(await readProgress(engine.tables.state, 'plain')).toEqual({ position, ranAt, pendingAlerts: 0 })
  })

  it('baselines that did not change are not written again', async () => {
    const c = clusterNamed('same')
    const first = await c.committed(undefined, recordOf(0, { recent: 1, baseline: [1] }))
    const second = await c.committed(first, recordOf(1, { recent: 2, baseline: [1] }))
    expect(second.baselinesItem).toBe(first.baselinesItem)
    const third = await c.committed(second, recordOf(2, { recent: 3, baseline: [2] }))
    expect(await c.baselines()).toEqual([first.baselinesItem, third.baselinesItem])
    await c.sweep(third)
    expect(await c.baselines()).toEqual([third.baselinesItem])
    expect(await c.read()).toEqual(third)
  })

  it('of runs at once one commits, and the others’ baselines neither replace its own nor stay', async () => {
    const c = clusterNamed('race')
    const before = await c.committed(undefined, recordOf(0, { recent: 0, baseline: 'old' }))
    const runs = ['one', 'two', 'three', 'one'].map((baseline) => recordOf(1, { recent: baseline, baseline }))
    const outcomes = await Promise.all(runs.map(async (run) => c.commit(before, run)))
    const [winner, ...others] = outcomes.flatMap((outcome) => outcome ?? [])
    expect([winner === undefined, others]).toEqual([false, []])
    const now = await c.read()
    expect(now).toEqual(winner)
    // What is in force belongs together: the state and the baselines are of one run.
    expect(now?.analysis.baselines['disconnect_rate']).toBe(now?.analysis.state.detectors['disconnect_rate'])
    if (now === undefined) return
    await c.sweep(now)
    expect(await c.baselines()).toEqual([now.baselinesItem])
  })

  it('a late loser that sweeps nothing of a later run: its baselines go with the next ones that are committed', async () => {
    const c = clusterNamed('late')
    const first = await c.committed(undefined, recordOf(0, { recent: 0, baseline: 'first' }))
    const second = await c.committed(first, recordOf(1, { recent: 1, baseline: 'second' }))
    // A run that read the first version writes its baselines after the second was committed and swept.
    await c.sweep(second)
    expect(await c.commit(first, recordOf(1, { recent: 'late', baseline: 'late' }))).toBeUndefined()
    expect(await c.read()).toEqual(second)
    const third = await c.committed(second, recordOf(2, { recent: 2, baseline: 'third' }))
    // A sweep of an earlier version leaves what a later one names.
    await c.sweep(second)
    expect(await c.read()).toEqual(third)
    await c.sweep(third)
    expect(await c.baselines()).toEqual([third.baselinesItem])
  })

  it('a run that dies between its baselines and its commit changes nothing, and leaves nothing for long', async () => {
    const c = clusterNamed('crash')
    const before = await c.committed(undefined, recordOf(0, { recent: 0, baseline: 'old' }))
    // The state does not fit, so that the run ends after it wrote its baselines.
    const huge = randomBytes(300_000).toString('hex') + randomBytes(300_000).toString('hex')
    await expect(c.commit(before, recordOf(1, { recent: huge, baseline: 'new' }))).rejects.toThrow('do not fit')
    expect(await c.baselines()).toHaveLength(2)
    expect(await c.read()).toEqual(before)
    const next = await c.committed(before, recordOf(1, { recent: 1, baseline: 'newer' }))
    await c.sweep(next)
    expect(await c.baselines()).toEqual([next.baselinesItem])
  })

  it('baselines that somebody removed are missed, and everything else is there', async () => {
    const c = clusterNamed('lost')
    const committed = await c.committed(undefined, recordOf(0, { recent: 7, baseline: 'old' }))
    const Key = stateKey('lost', committed.baselinesItem ?? '')
    await engine.tables.state.client.send(new DeleteItemCommand({ TableName: engine.tables.state.table, Key }))
    const read = await c.read()
    expect(read).toMatchObject({ lostBaselines: committed.baselinesItem, analysis: { baselines: {} } })
    expect(read?.analysis.state).toEqual(committed.analysis.state)
    const next = await c.committed(read, recordOf(1, { recent: 8, baseline: 'old' }))
    expect(await c.read()).toEqual(next)
  })

  it('one that was written before they were packed is taken for none, and replaced', async () => {
    const c = clusterNamed('old')
    const Item = { ...stateKey('old', 'analysis'), version: number(7), content: text('{}') }
    await engine.tables.state.client.send(new PutItemCommand({ TableName: engine.tables.state.table, Item }))
    expect([await c.read(), await readProgress(engine.tables.state, 'old')]).toEqual([undefined, undefined])
    const committed = await c.committed(undefined, recordOf(0, { recent: 1 }))
    expect(await c.read()).toEqual(committed)
  })

  it('what no item could hold is refused, with the cluster and the size', async () => {
    const c = clusterNamed('large')
    const huge = randomBytes(400_000).toString('hex')
    const refused = c.commit(undefined, recordOf(0, { recent: 0, baseline: huge }))
    await expect(refused).rejects.toThrow(
      /^The baselines of cluster large do not fit into an item of DynamoDB: 4\d{5} bytes packed/,
    )
    await expect(c.commit(undefined, recordOf(0, { recent: huge }))).rejects.toThrow(
      'alerts of cluster large do not fit',
    )
    expect([await c.read(), await c.baselines()]).toEqual([undefined, []])
  })

  it('of 100 brokers both items are far below what an item holds', async () => {
    const c = clusterNamed('hundred')
    const analysis = { state: stateOfBrokers(100), baselines: { disconnect_rate: seasons() } }
    const committed = await c.committed(undefined, { ...recordOf(0, { recent: 0 }), analysis })
    expect(await c.read()).toEqual(committed)
    const [state, baselines] = [await c.bytesOf('analysis'), await c.bytesOf(committed.baselinesItem ?? '')]
    expect(state).toBeLessThan(190_000)
    expect(baselines).toBeLessThan(190_000)
  })
})

let seed = 1
function random(): number {
  seed = (seed * 48_271) % 2_147_483_647
  return seed / 2_147_483_647
}

/** What the analysis remembers when the longest window of every broker is full. */
function stateOfBrokers(count: number): AnalysisState {
  const checked = checkSettings({ clusters: [{ name: 'hundred', dialect: 'emqx', feeds: [{ url: 'mqtt://emqx' }] }] })
  const cluster = checked.ok ? checked.settings.clusters[0] : undefined
  if (!checked.ok || cluster === undefined) throw new Error('wrong settings')
  const analysis = openAnalysis(contextOf(checked.settings, cluster), undefined)
  for (let minute = 0; minute < 130; minute += 1) {
    const startMs = t0 + minute * minuteMs
    const brokers = Array.from({ length: count }, (_, n) => {
      const [timeouts, losses] = [Math.round(random() * 3), Math.round(random() * 6)]
      return {
        cluster: 'hundred',
        broker: `emqx@10.0.${n}.1`,
        minute: instant(startMs),
        coverage: 1,
        connects: timeouts + losses,
        refused: Math.round(random()),
        disconnects: { keepalive_timeout: timeouts, network_eof: losses },
        abnormal: timeouts + losses,
        connected: 5000 + n,
        gauges: { connected: 5000 + n },
        topClients: [{ clientId: `pump-${Math.round(random() * 1e5)}`, disconnects: 1 }],
      }
    })
    analysis.judge({ cluster: 'hundred', startMs, end: instant(startMs + minuteMs), brokers, coverage: 1 })
  }
  return analysis.save().state
}

/** Two kinds of day in slots of five minutes, for eight of each. */
function seasons() {
  const slots = () => Array.from({ length: 8 * 288 }, () => Number((random() * 1e-3).toPrecision(4)))
  return { weekday: slots(), weekend: slots() }
}
