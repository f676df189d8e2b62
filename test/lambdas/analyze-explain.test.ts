import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Alert } from '../../domain/alert.ts'
import type { Diagnosis } from '../../domain/diagnosis.ts'
import { notificationOf } from '../../domain/notification.ts'
import { ClusterSchema } from '../../domain/settings.ts'
import { instant, secondMs } from '../../domain/time.ts'
import { explainAlerts } from '../../lambdas/analyze/explain.ts'
import { readAlert, writeAlert } from '../../store/alerts.ts'
import { readAnalysis } from '../../store/analysis.ts'
import { writeEvents } from '../../store/events.ts'
import { eventOf } from '../events.ts'
import { startTables, type TestTables } from '../tables.ts'
import { at, clusterOn, retention } from './analyze-stage.ts'

let engine: Awaited<ReturnType<typeof startTables>>
beforeAll(async () => {
  engine = await startTables()
})
afterAll(async () => engine.stop())

/** In a minute two processes throw each other out of one client id, every four seconds. */
async function fight(tables: TestTables, cluster: string, minute: number): Promise<void> {
  const events = Array.from({ length: 15 }, (_, n) => {
    const ms = at(minute) + n * 4 * secondMs
    const session = { cluster, clientId: 'gateway-7', broker: 'b1', keepaliveSeconds: 60 }
    const [holder, challenger] = n % 2 === 0 ? ['10.0.0.1', '10.0.0.2'] : ['10.0.0.2', '10.0.0.1']
    return [
      eventOf({ ...session, type: 'connected', at: instant(ms), peer: `${challenger}:5${n}01` }),
      eventOf({
        ...session,
        cause: 'session_taken_over',
        at: instant(ms + 3),
        ordinal: 1,
        connectedAt: instant(ms - 4 * secondMs),
        peer: `${holder}:5${n}00`,
      }),
    ]
  }).flat()
  await writeEvents(tables.events, events, retention(at(minute)))
}

async function fought(name: string): Promise<ReturnType<typeof clusterOn>> {
  const c = clusterOn(engine.tables, name, { names: ['b1'] })
  for (let minute = 0; minute < 6; minute += 1) {
    await fight(engine.tables, name, minute)
    await c.covered(minute + 1)
    await c.run(minute + 1)
  }
  return c
}

test('an alert is stored and told with its cause, out of the record; resolved it keeps the last one', async () => {
  const c = await fought('fight')
  const [opened] = c.toldOf('takeover_loop')
  expect(opened?.diagnosis).toMatchObject({ name: 'duplicate_client_id', basis: 'settled' })
  expect(opened?.diagnosis?.evidence.join(' ')).toContain('10.0.0.2')
  expect(await readAlert(c.tables.alerts, opened?.id ?? '')).toMatchObject({ diagnosis: opened?.diagnosis })
  await c.covered(60)
  await c.run(60)
  const resolved = c.toldOf('takeover_loop').at(-1)
  expect(resolved).toMatchObject({ status: 'resolved', diagnosis: { name: 'duplicate_client_id' } })
  expect(await readAlert(c.tables.alerts, opened?.id ?? '')).toEqual(resolved)
  // What every run reads and writes again does not grow by it.
  expect(JSON.stringify(await readAnalysis(c.tables.state, 'fight'))).not.toContain('diagnosis')
})

const cluster = ClusterSchema.parse({ name: 'plant', dialect: 'mosquitto' })
const figures = { severity: 'warning', observed: 20, expected: 1, score: 9, summary: '20 dropped' } as const

function alertOf(changes: Partial<Alert> = {}): Alert {
  const opened = instant(at(5))
  return {
    id: 'plant.disconnect_rate.b1.20261122T100500Z',
    kind: 'disconnect_rate',
    cluster: 'plant',
    broker: 'b1',
    status: 'open',
    openedAt: opened,
    updatedAt: opened,
    ...figures,
    topCauses: [],
    topClients: [],
    transitions: [{ status: 'opened', at: opened, why: 'began', ...figures }],
    ...changes,
  }
}

function logging() {
  const lines: Record<string, string | number>[] = []
  return { lines, log: { warn: (_: string, fields: Record<string, string | number>) => void lines.push(fields) } }
}

test('where the record cannot be read, or not in time, the alert goes out without a diagnosis, and that is logged', async () => {
  const { tables } = engine
  const { lines, log } = logging()
  const ports = { log, nowMs: at(6) }
  const gone = { ...tables, events: { ...tables.events, table: 'gone' } }
  expect(await explainAlerts(cluster, [alertOf()], { ...ports, tables: gone })).toEqual([alertOf()])
  expect(lines).toEqual([{ alert: alertOf().id, reason: expect.stringContaining('ResourceNotFoundException') }])
  // Nothing answers as fast as at once.
  expect(await explainAlerts(cluster, [alertOf()], { ...ports, tables }, 0)).toEqual([alertOf()])
  expect(lines[1]).toMatchObject({ reason: 'the record did not answer within 0 ms' })
})

test('nothing is asked for an end, nor where Keepwatch itself was blind', async () => {
  const { lines, log } = logging()
  const ports = { tables: { ...engine.tables, events: { ...engine.tables.events, table: 'gone' } }, log, nowMs: at(6) }
  const ended = { status: 'resolved', at: instant(at(9)), why: 'calm_again', ...figures } as const
  const alerts = [alertOf({ status: 'resolved', transitions: [ended] }), alertOf({ kind: 'watcher_blind' })]
  expect(await explainAlerts(cluster, alerts, ports)).toEqual(alerts)
  expect(lines).toEqual([])
})

test('a known cause outlasts an answer that names none, and gives way to another known one', async () => {
  const { alerts } = engine.tables
  const diagnosis = (name: string): Diagnosis => ({
    name,
    title: name,
    confidence: 0.7,
    basis: 'settled',
    evidence: [],
    remedy: [],
    alternatives: [],
  })
  const names: (string | undefined)[] = []
  for (const name of ['unknown', 'idle_timeout', 'unknown', undefined, 'endpoint_down']) {
    const alert = alertOf({ id: 'plant.flapping.x', ...(name === undefined ? {} : { diagnosis: diagnosis(name) }) })
    names.push((await writeAlert(alerts, alert, retention(at(6)))).diagnosis?.name)
  }
  expect(names).toEqual(['unknown', 'idle_timeout', 'idle_timeout', 'idle_timeout', 'endpoint_down'])
  expect((await readAlert(alerts, 'plant.flapping.x'))?.diagnosis?.name).toBe('endpoint_down')
})

test('whatever clients are called, an alert with its cause fits into a message of SNS', async () => {
  const c = clusterOn(engine.tables, 'hostile', { names: ['b1'] })
  const events = Array.from({ length: 300 }, (_, n) =>
    eventOf({
      cluster: 'hostile',
      clientId: `${n}${'\u0001\ud800'.repeat(500)}`,
      at: instant(at(3) + n * 50),
      peer: '\u0001'.repeat(256),
      reason: '\u0001'.repeat(1000),
    }),
  )
  await c.covered(3)
  await c.run(3)
  await writeEvents(c.tables.events, events, retention(at(4)))
  await c.covered(4)
  await c.run(4)
  const told = c.toldOf('disconnect_rate')
  expect(told.map(({ diagnosis }) => diagnosis?.name)).toEqual([expect.any(String)])
  const bytes = c.told.map((alert) => Buffer.byteLength(notificationOf(alert).body))
  expect(Math.max(...bytes)).toBeLessThan(256 * 1024)
})
