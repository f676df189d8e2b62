import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instant } from '../../domain/time.ts'
import { readAlert, writeAct } from '../../store/alerts.ts'
import { removeSilence, writeSilence } from '../../store/silences.ts'
import { startTables } from '../tables.ts'
import { at, clusterOn } from './analyze-stage.ts'

let engine: Awaited<ReturnType<typeof startTables>>
beforeAll(async () => {
  engine = await startTables()
})
afterAll(async () => engine.stop())

/** A cluster that is seen for a minute and then no more: from the sixth minute on, `watcher_blind` is open. */
async function blindCluster(name: string, detection: object = {}) {
  const c = clusterOn(engine.tables, name, { detection, names: ['b1'] })
  await c.covered(1)
  await c.run(1)
  return {
    ...c,
    id: `${name}.watcher_blind..20261122T100600Z`,
    /** Runs so that everything before this minute is judged, though nobody saw it. */
    blindUntil: async (minute: number) => c.run(minute + 1),
    seenUntil: async (minute: number) => {
      await c.covered(minute)
      await c.run(minute)
    },
    transitions: () => c.toldOf('watcher_blind').map((alert) => alert.transitions.at(-1)?.why),
  }
}

describe('a silence', () => {
  const silence = { comment: 'upgrade', createdBy: 'local', createdAt: instant(at(0)) }

  it('keeps an alert quiet, which is stored, and told when the silence ends', async () => {
    const c = await blindCluster('silent')
    const span = { from: instant(at(0)), to: instant(at(9)) }
    await writeSilence(c.tables.state, { ...silence, ...span, id: 'silent.1', cluster: 'silent' })
    await c.blindUntil(8)
    expect(c.transitions()).toEqual([])
    expect((await readAlert(c.tables.alerts, c.id))?.transitions).toMatchObject([{ why: 'began', quiet: 'silence' }])
    await c.blindUntil(10)
    expect(c.transitions()).toEqual(['silence_over'])
    expect((await readAlert(c.tables.alerts, c.id))?.transitions.map(({ at: when }) => when)).toEqual([
      instant(at(6)),
      instant(at(9)),
    ])
  })

  it('that is removed lets what it kept quiet be told with the next minute', async () => {
    const c = await blindCluster('removed')
    const span = { from: instant(at(0)), to: instant(at(600)) }
    await writeSilence(c.tables.state, { ...silence, ...span, id: 'removed.1', cluster: 'removed' })
    await c.blindUntil(8)
    expect(c.transitions()).toEqual([])
    await removeSilence(c.tables.state, 'removed.1')
    await c.blindUntil(9)
    expect(c.transitions()).toEqual(['silence_over'])
  })

  it('of another kind changes nothing', async () => {
    const c = await blindCluster('other')
    const other = { id: 'other.1', cluster: 'other', kind: 'imbalance' as const }
    await writeSilence(c.tables.state, { ...silence, ...other, from: instant(at(0)), to: instant(at(600)) })
    await c.blindUntil(8)
    expect(c.transitions()).toEqual(['began'])
  })
})

describe('an acknowledged alert', () => {
  const acknowledgement = { at: instant(at(8)), by: 'local' }

  it('is not repeated, and is told when it ends, still acknowledged', async () => {
    const detection = { alerts: { repeatHours: 1 } }
    const told: string[][] = []
    for (const name of ['repeated', 'acknowledged']) {
      const c = await blindCluster(name, detection)
      await c.blindUntil(8)
      if (name === 'acknowledged') await writeAct(c.tables.alerts, c.id, { acknowledgement })
      await c.blindUntil(60)
      await c.blindUntil(70)
      await c.seenUntil(72)
      await c.seenUntil(73)
      told.push(c.transitions().map(String))
      const { acknowledgement: kept, status } = (await readAlert(c.tables.alerts, c.id)) ?? {}
      expect([status, kept]).toEqual(['resolved', name === 'acknowledged' ? acknowledgement : undefined])
    }
    expect(told).toEqual([
      ['began', 'repeated', 'calm_again'],
      ['began', 'calm_again'],
    ])
  })
})
