import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { FeedReport } from '../../domain/batch.ts'
import type { EventDraft } from '../../domain/event.ts'
import { startBatcher } from '../../watcher/batcher.ts'
import type { Parcel } from '../../watcher/pack.ts'
import { everyMinute } from '../../watcher/minute.ts'

const at = '2026-11-22T10:00:00.000Z'
const from = { cluster: 'plant', feed: 'node-1' }
const event: EventDraft = {
  atMs: Date.parse(at),
  ordinal: 0,
  cluster: 'plant',
  broker: 'node-1',
  clientId: 'pump-1',
  type: 'connected',
  view: 'broker',
  own: false,
}
const report: FeedReport = { ...from, brokers: [], state: 'up', since: at, rejected: {}, rejectionSamples: [] }

beforeEach(
  () => void vi.useFakeTimers({ now: Date.parse(at), toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }),
)
afterEach(() => void vi.useRealTimers())

function start(receipts: () => readonly (() => void)[] = () => []) {
  const parcels: Parcel[] = []
  let ids = 0
  const batcher = startBatcher({
    watcher: 'a',
    reports: () => [report],
    receipts,
    ship: (parcel) => void parcels.push(parcel),
    refuse: () => undefined,
    log: () => undefined,
    now: Date.now,
    newId: () => `batch-${(ids += 1)}`,
  })
  return {
    batcher,
    parcels,
    events: () => parcels.map(({ spans }) => spans.reduce((sum, span) => sum + span.events, 0)),
  }
}

test('an event leaves within a second, with what came meanwhile', () => {
  const { batcher, events } = start()
  batcher.event(event, from)
  vi.advanceTimersByTime(500)
  batcher.event(event, from)
  expect(events()).toEqual([])
  vi.advanceTimersByTime(500)
  expect(events()).toEqual([2])
  batcher.stop()
})

test('reports leave every ten seconds though nothing happens', () => {
  const { batcher, parcels } = start()
  vi.advanceTimersByTime(9_999)
  expect(parcels).toHaveLength(0)
  vi.advanceTimersByTime(20_001)
  expect(parcels).toHaveLength(3)
  batcher.stop()
})

test('a flood leaves at once in full batches and is not held', () => {
  const { batcher, events } = start()
  for (let count = 0; count < 4500; count += 1) batcher.event(event, from)
  expect(events()).toEqual([2000, 2000])
  expect(batcher.waiting()).toBe(500)
  batcher.stop()
  expect(events()).toEqual([2000, 2000, 500])
})

test('what arrived until a departure is acknowledged when the last parcel of it is safe, and not before', () => {
  const acknowledged: number[] = []
  let arrived = 0
  const { batcher, parcels } = start(() => {
    const upTo = arrived
    return [() => void acknowledged.push(upTo)]
  })
  // Random names do not pack: these leave together and need more than one parcel.
  for (; arrived < 12; arrived += 1) {
    batcher.event({ ...event, clientId: randomBytes(30_000).toString('base64url') }, from)
  }
  vi.advanceTimersByTime(1000)
  arrived += 1
  expect(parcels.length).toBeGreaterThan(1)
  for (const { settled } of parcels.slice(0, -1)) expect(settled).toBeUndefined()
  expect(acknowledged).toEqual([])
  parcels.at(-1)?.settled?.()
  expect(acknowledged).toEqual([12])
  batcher.stop()
})

test('a broker that waits for acknowledgements is not kept waiting', () => {
  const { batcher, events } = start()
  batcher.event(event, from)
  batcher.hurry()
  vi.advanceTimersByTime(0)
  expect(events()).toEqual([1])
  batcher.stop()
})

test('nothing is left behind by a stop, and no timer either', () => {
  const { batcher, events } = start()
  batcher.event(event, from)
  batcher.stop()
  expect(events()).toEqual([1])
  expect(vi.getTimerCount()).toBe(0)
})

test('each minute is called once, at its start', () => {
  const starts: string[] = []
  const end = everyMinute({ now: Date.now, run: (startMs) => void starts.push(new Date(startMs).toISOString()) })
  vi.advanceTimersByTime(150_000)
  end()
  expect(starts).toEqual(['2026-11-22T10:01:00.000Z', '2026-11-22T10:02:00.000Z'])
  expect(vi.getTimerCount()).toBe(0)
})
