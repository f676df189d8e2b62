import { zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { encodeBatch, maxUnpackedBytes } from '../../codec/batch.ts'
import { type Batch, batchSchemaVersion, type FeedReport } from '../../domain/batch.ts'
import type { Event } from '../../domain/event.ts'
import { dayMs, instant, minuteMs } from '../../domain/time.ts'
import { ingest } from '../../lambdas/ingest/ingest.ts'
import type { Rejected } from '../../lambdas/ingest/reject.ts'
import { clientEvents, eventsOfBroker } from '../../store/events.ts'
import { feedsOf, gapsSince } from '../../store/coverage.ts'
import { brokersOf, marksOf } from '../../store/state.ts'
import { draftOf } from '../events.ts'
import { startTables } from '../tables.ts'

const nowMs = Date.parse('2026-11-22T10:00:30Z')
const silent = { warn: () => {}, error: () => {} }
let engine: Awaited<ReturnType<typeof startTables>>
let rejected: Rejected[]
beforeAll(async () => {
  engine = await startTables()
})
afterAll(async () => engine.stop())
beforeEach(() => {
  rejected = []
})

const retention = { eventsDays: 1, minutesDays: 1, samplesDays: 1, alertsDays: 1 }
async function deliver(...bodies: string[]): Promise<string[]> {
  const messages = bodies.map((body, n) => ({ id: `m${n}`, body }))
  const reject = async (one: Rejected) => {
    rejected.push(one)
  }
  return ingest(messages, { tables: engine.tables, settings: { clusters: [], retention }, reject, log: silent, nowMs })
}

function batchOf(parts: Partial<Omit<Batch, 'events'>> & { events?: readonly unknown[] }): string {
  const batch = {
    schema: batchSchemaVersion,
    id: 'batch-1',
    watcher: 'a',
    sentAt: instant(nowMs),
    samples: [],
    gaps: [],
    feeds: [],
  }
  return encodeBatch({ ...batch, events: [], ...parts } as unknown as Batch)
}

function reportOf(changes: Partial<FeedReport> & { cluster: string }): FeedReport {
  const since = '2026-11-22T09:00:00.000Z'
  return { feed: 'b1', brokers: ['b1'], state: 'up', since, rejected: {}, rejectionSamples: [], ...changes }
}

const stored = async (cluster: string): Promise<Event[]> =>
  eventsOfBroker(engine.tables.events, {
    cluster,
    broker: 'b1',
    from: '2026-11-22T00:00:00.000Z',
    to: '2026-11-23T00:00:00.000Z',
  })

describe('what cannot be stored goes to the dead-letter queue with its reason, and its neighbours are stored', () => {
  it.each([
    ['no base64', 'no base64!', 'not_base64'],
    ['of no watcher and no rule', '{"schema":2}', 'not_an_envelope'],
    ['no Zstandard', Buffer.from('hello').toString('base64'), 'not_zstd'],
    ['a bomb', zstdCompressSync(Buffer.alloc(maxUnpackedBytes + 1)).toString('base64'), 'too_large'],
    ['no JSON', zstdCompressSync(Buffer.from('{')).toString('base64'), 'not_json'],
    ['another schema', zstdCompressSync(Buffer.from('{"schema":1}')).toString('base64'), 'unknown_schema'],
    ['no batch', zstdCompressSync(Buffer.from('{"schema":2}')).toString('base64'), 'not_a_batch'],
  ])('%s', async (name, poison, reason) => {
    const cluster = `poison-${reason}`
    const failed = await deliver(poison, batchOf({ events: [draftOf({ cluster })] }))
    expect(failed).toEqual([])
    expect(rejected.map((one) => one.reason)).toEqual([reason])
    expect(await stored(cluster), name).toHaveLength(1)
  })

  it('one bad event in a batch costs itself only', async () => {
    const cluster = 'one-bad'
    const bad = { ...draftOf({ cluster }), atMs: 'yesterday' }
    expect(await deliver(batchOf({ events: [draftOf({ cluster }), bad, 7, draftOf({ cluster })] }))).toEqual([])
    expect(await stored(cluster)).toHaveLength(2)
    expect(rejected.map((one) => one.reason)).toEqual(['invalid_event', 'invalid_event'])
    expect(rejected[0]?.detail).toContain('at')
  })

  it('a store that does not answer makes the message come again, and nothing is rejected', async () => {
    const gone = { client: engine.tables.events.client, table: 'no-such-table' }
    const failed = await ingest([{ id: 'm0', body: batchOf({ events: [draftOf()] }) }], {
      tables: { ...engine.tables, events: gone },
      settings: { clusters: [], retention },
      reject: async () => {},
      log: silent,
      nowMs,
    })
    expect(failed).toEqual(['m0'])
  })
})

describe('stored once', () => {
  it('a batch delivered three times, by two watchers, is stored once', async () => {
    const events = [1, 2, 3].map(() => draftOf({ cluster: 'once' }))
    await deliver(batchOf({ events }), batchOf({ events, watcher: 'b', id: 'batch-2' }))
    await deliver(batchOf({ events }))
    expect(await stored('once')).toHaveLength(3)
  })

  it('an event without a client id is stored and found at its broker', async () => {
    const { clientId: _, ...anonymous } = draftOf({ cluster: 'anon', type: 'refused', cause: 'not_authorized' })
    await deliver(batchOf({ events: [anonymous] }))
    expect((await stored('anon')).map((event) => event.type)).toEqual(['refused'])
  })

  it('a client cannot write into another client’s record', async () => {
    await deliver(batchOf({ events: [draftOf({ cluster: 'k', clientId: 'victim#2026-11-22T10:00:00.000Z' })] }))
    const page = await clientEvents(engine.tables.events, {
      cluster: 'k',
      client: 'victim',
      from: '2026-01-01T00:00:00.000Z',
      to: '2027-01-01T00:00:00.000Z',
      limit: 10,
    })
    expect(page.entries).toEqual([])
  })
})

describe('coverage', () => {
  const at = (seconds: number) => instant(nowMs + seconds * 1000)
  const tell = async (cluster: string, sent: number, report: Partial<FeedReport>, watcher = 'a') =>
    deliver(batchOf({ watcher, sentAt: at(sent), feeds: [reportOf({ cluster, ...report })] }))

  it('grows with every report, whatever order they come in', async () => {
    await tell('grow', 0, { seenFrom: at(-60), seenUntil: at(0) })
    await tell('grow', 20, { seenFrom: at(-60), seenUntil: at(20) })
    await tell('grow', 10, { seenFrom: at(-60), seenUntil: at(10) })
    const [feed] = await feedsOf(engine.tables.state, 'grow')
    expect([feed?.first, feed?.seenUntil]).toEqual([at(-60), at(20)])
    expect(await gapsSince(engine.tables.state, 'grow', instant(0))).toEqual([])
  })

  it('a watcher that was killed and started again leaves a gap, though it tells of none', async () => {
    await tell('killed', 0, { seenFrom: at(-60), seenUntil: at(0) })
    await tell('killed', 40, { seenFrom: at(35), seenUntil: at(40) })
    const [gap] = await gapsSince(engine.tables.state, 'killed', instant(0))
    expect([gap?.from, gap?.until]).toEqual([at(0), at(35)])
    expect(gap?.reason).toContain('killed')
  })

  it('a resumed session leaves no gap as long as the broker kept its messages, and else the part it did not keep', async () => {
    await tell('resumed', 0, { seenFrom: at(-60), seenUntil: at(0) })
    await tell('resumed', 20, { seenFrom: at(15), seenUntil: at(20), keptFrom: at(-5) })
    expect(await gapsSince(engine.tables.state, 'resumed', instant(0))).toEqual([])
    await tell('resumed', 70, { seenFrom: at(65), seenUntil: at(70), keptFrom: at(45) })
    const [gap] = await gapsSince(engine.tables.state, 'resumed', instant(0))
    expect([gap?.from, gap?.until]).toEqual([at(20), at(45)])
  })

  it('what is pushed moves the end of its coverage on and leaves no gaps', async () => {
    await tell('pushed', 0, { seenFrom: at(0), seenUntil: at(0), pushed: true })
    await tell('pushed', 900, { seenFrom: at(900), seenUntil: at(900), pushed: true })
    const [feed] = await feedsOf(engine.tables.state, 'pushed')
    expect([feed?.first, feed?.seenUntil]).toEqual([at(0), at(900)])
    expect(await gapsSince(engine.tables.state, 'pushed', instant(0))).toEqual([])
  })

  it('two reports of a feed in one batch are read in their order', async () => {
    await tell('both', 0, { seenFrom: at(-60), seenUntil: at(0) })
    const down = reportOf({ cluster: 'both', state: 'down', seenFrom: at(-60), seenUntil: at(4), problem: 'lost' })
    const up = reportOf({ cluster: 'both', seenFrom: at(7), seenUntil: at(9) })
    await deliver(batchOf({ sentAt: at(10), feeds: [down, up] }))
    const [feed] = await feedsOf(engine.tables.state, 'both')
    expect([feed?.report.state, feed?.seenUntil]).toEqual(['up', at(9)])
    const [gap] = await gapsSince(engine.tables.state, 'both', instant(0))
    expect([gap?.from, gap?.until]).toEqual([at(4), at(7)])
  })

  it('the gap a watcher tells replaces the one concluded from silence', async () => {
    await tell('told', 0, { seenFrom: at(-60), seenUntil: at(0) })
    await tell('told', 40, { seenFrom: at(35), seenUntil: at(40) })
    const gap = { cluster: 'told', feed: 'b1', watcher: 'a', from: at(0), until: at(35), reason: 'connection reset' }
    await deliver(batchOf({ gaps: [gap] }))
    expect(await gapsSince(engine.tables.state, 'told', instant(0))).toEqual([gap])
  })

  it.each(['before', 'after'])(
    'a watcher killed, then at first unable to connect, leaves the whole gap (told %s)',
    async (order) => {
      const cluster = `whole-${order}`
      // It knows only of the time since it was started again.
      const gap = { cluster, feed: 'b1', watcher: 'a', from: at(30), until: at(35), reason: 'connection refused' }
      await tell(cluster, 0, { seenFrom: at(-60), seenUntil: at(0) })
      if (order === 'before') await deliver(batchOf({ gaps: [gap] }))
      await tell(cluster, 40, { seenFrom: at(35), seenUntil: at(40) })
      if (order === 'after') await deliver(batchOf({ gaps: [gap] }))
      const gaps = await gapsSince(engine.tables.state, cluster, instant(0))
      expect(gaps.map((each) => [each.from, each.until])).toEqual([[at(0), at(35)]])
    },
  )

  it('late events mark their minute, recent ones do not, and brokers are remembered for a week', async () => {
    await deliver(
      batchOf({
        events: [draftOf({ cluster: 'late', atMs: nowMs - 10 * minuteMs }), draftOf({ cluster: 'late', atMs: nowMs })],
      }),
    )
    const marks = await marksOf(engine.tables.state, 'late', 10)
    expect(marks.map((mark) => mark.minute)).toEqual(['2026-11-22T09:50:00.000Z'])
    const known = async (days: number) => brokersOf(engine.tables.state, 'late', nowMs + days * dayMs)
    expect((await known(6)).map((each) => each.broker)).toEqual(['b1'])
    expect(await known(8)).toEqual([])
  })
})
