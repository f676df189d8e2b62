import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBatch } from '../../codec/batch.ts'
import type { FeedReport } from '../../domain/batch.ts'
import type { EventDraft } from '../../domain/event.ts'
import { type Entry, maxBodyBytes, pack } from '../../watcher/pack.ts'

const at = '2026-11-22T10:00:00.000Z'
const atMs = Date.parse(at)
let ids = 0
const packing = { watcher: 'a', nowMs: atMs, newId: () => `batch-${(ids += 1)}` }
const from = { cluster: 'plant', feed: 'node-1' }

function event(clientId: string, more: Partial<EventDraft> = {}): Entry {
  const base = { atMs, ordinal: 0, cluster: 'plant', broker: 'node-1', own: false }
  return { kind: 'event', event: { ...base, clientId, type: 'connected', view: 'broker', ...more }, from }
}

async function clientsOf(bodies: readonly { body: string }[]): Promise<string[]> {
  const decoded = await Promise.all(bodies.map(async ({ body }) => decodeBatch(body)))
  return decoded.flatMap((outcome) =>
    outcome.ok ? outcome.batch.events.map((each) => (each as EventDraft).clientId!) : [],
  )
}

test('whatever the entries, every parcel is small enough and all events arrive once, in their order', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(sizes, async (lengths) => {
      // Random client ids are the worst case: they do not compress.
      const clientIds = lengths.map((length) => randomBytes(length).toString('base64url').slice(0, length))
      const { parcels, unsendable } = pack(
        clientIds.map((clientId) => event(clientId)),
        packing,
      )
      expect(unsendable).toEqual([])
      expect(Math.max(...parcels.map(({ body }) => body.length))).toBeLessThanOrEqual(maxBodyBytes)
      expect(await clientsOf(parcels)).toEqual(clientIds)
    }),
    { numRuns: 25 },
  )
})

test('reports come after the events they cover', async () => {
  const report: FeedReport = {
    cluster: 'plant',
    feed: 'node-1',
    brokers: [],
    state: 'up',
    since: at,
    rejected: {},
    rejectionSamples: [],
  }
  const large = Array.from({ length: 8 }, () => event(randomBytes(49_000).toString('base64url').slice(0, 65_000)))
  const { parcels } = pack([...large, { kind: 'report', report }], packing)
  const decoded = await Promise.all(parcels.map(async ({ body }) => decodeBatch(body)))
  expect(parcels.length).toBeGreaterThan(1)
  expect(decoded.map((outcome) => outcome.ok && outcome.batch.feeds.length)).toEqual([
    ...Array(parcels.length - 1).fill(0),
    1,
  ])
})

test('a parcel knows whose events it holds and over which time', () => {
  const laterMs = atMs + 5000
  const { parcels } = pack([event('x', { atMs: laterMs }), event('y')], packing)
  expect(parcels[0]?.spans).toEqual([{ ...from, fromMs: atMs, untilMs: laterMs, events: 2 }])
})

test('one event that no queue would take is set apart, and its neighbours go', async () => {
  const text = () => randomBytes(110_000).toString('base64url')
  const monster = event('monster', { username: text(), reason: text() })
  const { parcels, unsendable } = pack([event('x'), monster, event('y')], packing)
  expect(await clientsOf(parcels)).toEqual(['x', 'y'])
  expect(unsendable.map(({ spans }) => spans[0]?.events)).toEqual([1])
})
