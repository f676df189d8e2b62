/** Ends that were concluded: stored once whoever concluded them, and not at all where the broker told the end. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeBatch } from '../../codec/batch.ts'
import { batchSchemaVersion } from '../../domain/batch.ts'
import type { EventDraft } from '../../domain/event.ts'
import { instant, secondMs } from '../../domain/time.ts'
import { ingest } from '../../lambdas/ingest/ingest.ts'
import { eventsOfBroker } from '../../store/events.ts'
import { draftOf } from '../events.ts'
import { startTables } from '../tables.ts'

const nowMs = Date.parse('2026-11-22T10:00:30Z')
const retention = { eventsDays: 1, minutesDays: 1, samplesDays: 1, alertsDays: 1 }
let engine: Awaited<ReturnType<typeof startTables>>
beforeAll(async () => {
  engine = await startTables()
})
afterAll(async () => engine.stop())

async function deliver(watcher: string, ...events: EventDraft[]): Promise<void> {
  const head = {
    schema: batchSchemaVersion,
    id: `${watcher} ${Math.random()}`,
    watcher,
    sentAt: instant(nowMs),
  } as const
  const body = encodeBatch({ ...head, events, samples: [], gaps: [], feeds: [] })
  const failed = await ingest([{ id: 'm', body }], {
    tables: engine.tables,
    settings: { clusters: [], retention },
    reject: async ({ reason, detail }) => Promise.reject(new Error(`${reason}: ${detail}`)),
    log: { warn: () => {}, error: () => {} },
    nowMs,
  })
  expect(failed).toEqual([])
}

/** Who told the ends that are stored, sorted. */
const storedEnds = async (cluster: string): Promise<string[]> => {
  const span = { from: '2026-11-22T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' }
  const events = await eventsOfBroker(engine.tables.events, { cluster, broker: 'b1', ...span })
  const ends = events.filter((event) => event.type === 'disconnected').map(({ origin = '' }) => origin)
  return ends.toSorted()
}

/** An end of the session that began at `beganMs`, concluded or told, some seconds later; without a key of its own. */
function endOf(
  cluster: string,
  origin: 'broker' | 'inferred',
  seconds: number,
  facts: Partial<EventDraft> = {},
): EventDraft {
  const { sessionKey: _, ...draft } = draftOf({ cluster, origin, atMs: nowMs + seconds * secondMs })
  return { ...draft, ...facts }
}
const connectedAtMs = nowMs - 60 * secondMs

describe('an end that was concluded', () => {
  it('is stored once, though both watchers concluded it at different times', async () => {
    await deliver('a', endOf('both', 'inferred', 3, { connectedAtMs }))
    await deliver('b', endOf('both', 'inferred', 2, { connectedAtMs }), endOf('both', 'inferred', 9, { connectedAtMs }))
    expect(await storedEnds('both')).toEqual(['inferred'])
  })
  it('is dropped where the broker told the end of that session, with its beginning or without', async () => {
    await deliver('a', endOf('dated', 'broker', 1, { connectedAtMs }))
    await deliver('b', endOf('dated', 'inferred', 5, { connectedAtMs }))
    expect(await storedEnds('dated')).toEqual(['broker'])
    await deliver('a', endOf('undated', 'broker', 1))
    await deliver('b', endOf('undated', 'inferred', 5, { connectedAtMs }))
    expect(await storedEnds('undated')).toEqual(['broker'])
  })
  it('stands beside the end of another session of the client', async () => {
    await deliver('a', endOf('other', 'broker', 1, { connectedAtMs: connectedAtMs + 20_000 }))
    await deliver('b', endOf('other', 'inferred', 5, { connectedAtMs }))
    expect(await storedEnds('other')).toEqual(['broker', 'inferred'])
    await deliver('a', endOf('keys', 'broker', 1, { sessionKey: '<1.1>' }))
    await deliver('b', endOf('keys', 'inferred', 5, { sessionKey: '<1.2>', connectedAtMs }))
    expect(await storedEnds('keys')).toEqual(['broker', 'inferred'])
  })
  it('stands beside ends of the seconds in which the session began and ended, if they are another’s', async () => {
    const second = (seconds: number, ordinal: number, type: 'connected' | 'disconnected') =>
      endOf('second', 'broker', seconds, { type, ordinal })
    await deliver('a', second(0, 3, 'disconnected'), second(0, 4, 'connected'))
    await deliver('b', endOf('second', 'inferred', 5, { connectedAtMs: nowMs }))
    expect(await storedEnds('second')).toEqual(['broker', 'inferred'])
    await deliver('a', second(8, 1, 'connected'), second(9, 1, 'connected'), second(9, 2, 'disconnected'))
    await deliver('b', endOf('second', 'inferred', 9, { connectedAtMs: nowMs + 8 * secondMs }))
    expect(await storedEnds('second')).toEqual(['broker', 'broker', 'inferred', 'inferred'])
    await deliver('a', second(20, 1, 'connected'), second(20, 2, 'disconnected'))
    await deliver('b', endOf('second', 'inferred', 25, { connectedAtMs: nowMs + 20 * secondMs }))
    expect(await storedEnds('second')).toEqual(['broker', 'broker', 'broker', 'inferred', 'inferred'])
  })
  it('gives way to the broker’s own word where that comes late, with or without a beginning', async () => {
    await deliver('b', endOf('late', 'inferred', 5, { connectedAtMs }))
    await deliver('a', endOf('late', 'broker', 1))
    expect(await storedEnds('late')).toEqual(['broker'])
    await deliver('b', endOf('late', 'inferred', 5, { connectedAtMs }))
    expect(await storedEnds('late')).toEqual(['broker'])
    await deliver('b', endOf('later', 'inferred', 5, { connectedAtMs }))
    await deliver('a', endOf('later', 'broker', 1, { connectedAtMs: connectedAtMs + 1000 }))
    expect(await storedEnds('later')).toEqual(['broker', 'inferred'])
    await deliver('a', endOf('later', 'broker', 2, { connectedAtMs }))
    expect(await storedEnds('later')).toEqual(['broker', 'broker'])
  })
  it('of hundreds of sessions at once are each stored once', async () => {
    const ends = Array.from({ length: 300 }, (_, n) =>
      endOf('many', 'inferred', 3, { clientId: `pump-${n}`, connectedAtMs }),
    )
    await deliver('a', ...ends)
    await deliver('b', ...ends)
    expect(await storedEnds('many')).toHaveLength(300)
  })
})
