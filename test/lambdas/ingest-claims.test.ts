/** What a client says of itself is stored, and changes nothing that is judged. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { encodeBatch } from '../../codec/batch.ts'
import { batchSchemaVersion } from '../../domain/batch.ts'
import { readClaimDocument } from '../../domain/claims.ts'
import { deriveMinute } from '../../domain/minute.ts'
import { createOpenSessions } from '../../domain/open-sessions.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { ingest } from '../../lambdas/ingest/ingest.ts'
import { clientEvents, eventsOfBroker } from '../../store/events.ts'
import { brokersOf, marksOf } from '../../store/state.ts'
import { draftOf } from '../events.ts'
import { startTables } from '../tables.ts'

const nowMs = Date.parse('2026-11-22T10:00:30Z')
const hourAgoMs = nowMs - 60 * minuteMs
let engine: Awaited<ReturnType<typeof startTables>>
beforeAll(async () => {
  engine = await startTables()
})
afterAll(async () => engine.stop())

const closed = { type: 'closed', connected: true, cause: 'keepalive_timeout', phase: 'mqtt', sequence: 2 }
const claims = (cluster: string, broker: string) =>
  readClaimDocument(
    { keepwatch: 1, process: 'p', events: [{ ...closed, atMs: hourAgoMs, sessionMs: 1000 }] },
    { cluster, broker, clientId: 'pump-1', receivedAtMs: nowMs, isOwn: () => false },
  ).events

const retention = { eventsDays: 1, minutesDays: 1, samplesDays: 1, alertsDays: 1 }
const inHour = { from: instant(hourAgoMs), to: instant(nowMs) }

it('a claim of an hour ago is stored beside the broker’s word, marks no minute and makes no broker known', async () => {
  const cluster = 'claims'
  const told = draftOf({ cluster, clientId: 'pump-1', atMs: hourAgoMs })
  const events = [told, ...claims(cluster, 'b1'), ...claims(cluster, 'b9')]
  const batch = { schema: batchSchemaVersion, id: 'batch-1', watcher: 'a', sentAt: instant(nowMs), events } as const
  const body = encodeBatch({ ...batch, samples: [], gaps: [], feeds: [] })
  const ports = { tables: engine.tables, settings: { clusters: [], retention }, nowMs }
  const silent = { warn: () => undefined, error: () => undefined }
  for (let times = 0; times < 2; times += 1) {
    expect(await ingest([{ id: 'm', body }], { ...ports, reject: async () => Promise.reject(), log: silent })).toEqual(
      [],
    )
  }
  const page = await clientEvents(engine.tables.events, { cluster, client: 'pump-1', ...inHour, limit: 10 })
  expect(page.entries.map(({ value }) => value.view).toSorted()).toEqual(['broker', 'client', 'client'])
  expect((await brokersOf(engine.tables.state, cluster, nowMs)).map(({ broker }) => broker)).toEqual(['b1'])
  expect((await marksOf(engine.tables.state, cluster, 10)).map(({ broker }) => broker)).toEqual(['b1'])

  const stored = await eventsOfBroker(engine.tables.events, { cluster, broker: 'b1', ...inHour })
  const source = { cluster, broker: 'b1', start: hourAgoMs, coverage: 1, ownConnections: 0, samples: [] }
  expect(stored).toHaveLength(2)
  expect(deriveMinute({ ...source, events: stored })).toEqual(
    deriveMinute({ ...source, events: stored.filter(({ view }) => view === 'broker') }),
  )
})

it('a claim neither begins nor ends a session that is followed', () => {
  const sessions = createOpenSessions('claims', 10)
  sessions.take(draftOf({ type: 'connected', clientId: 'pump-1', atMs: hourAgoMs - 1000 }), nowMs)
  const [claim] = claims('claims', 'b1')
  if (claim === undefined) throw new Error('no claim')
  expect(sessions.take(claim, nowMs)).toBe(claim)
  sessions.take({ ...claim, type: 'connected', clientId: 'pump-2' }, nowMs)
  const ends = sessions.endAll({ broker: 'b1', atMs: nowMs, cause: 'server_shutdown', reason: 'test' })
  expect(ends.map(({ clientId }) => clientId)).toEqual(['pump-1'])
})
