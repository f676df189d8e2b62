import { expect, test } from 'vitest'
import type { SendOutcome } from '../../watcher/queue.ts'
import { parcel, startShipping } from './shipping.ts'
import { until } from './stage.ts'

test('parcels go in the order they came, however often the queue fails', async () => {
  let calls = 0
  const { shipper, sent } = startShipping(() =>
    (calls += 1) % 3 === 0 ? { kind: 'sent' } : { kind: 'unreachable', reason: 'down' },
  )
  for (let number = 0; number < 20; number += 1) shipper.add(parcel(number))
  await until('all of them', () => sent.length === 20)
  expect(sent).toEqual(Array.from({ length: 20 }, (_, number) => number))
  expect(shipper.backlog()).toMatchObject({ batches: 0, bytes: 0, dropped: 0, stuckMs: 0 })
  expect(await shipper.stop(1000)).toEqual({ left: 0, unsafe: 0 })
})

test('beyond the bound the oldest are dropped, counted, and told as one gap when the queue returns', async () => {
  let reachable = false
  const { shipper, sent, gaps, lostUntil } = startShipping(
    () => (reachable ? { kind: 'sent' } : { kind: 'unreachable', reason: 'down' }),
    1000,
  )
  for (let number = 0; number < 30; number += 1) shipper.add(parcel(number))
  await until('the oldest to be dropped', () => shipper.backlog().dropped === 200)
  expect(shipper.backlog().bytes).toBeLessThanOrEqual(1000)
  expect(gaps).toEqual([])
  expect(lostUntil).toHaveLength(20)
  reachable = true
  await until('the rest', () => shipper.backlog().batches === 0)
  expect(sent).toEqual(Array.from({ length: 10 }, (_, index) => index + 20))
  expect(gaps).toEqual([
    {
      cluster: 'plant',
      feed: 'node-1',
      watcher: 'a',
      from: '2026-11-22T10:00:00.000Z',
      until: '2026-11-22T10:00:19.999Z',
      reason: 'the queue was unreachable; 200 events were dropped',
    },
  ])
})

test('a gap inside a dropped parcel is told again', async () => {
  let reachable = false
  const { shipper, gaps } = startShipping(
    () => (reachable ? { kind: 'sent' } : { kind: 'unreachable', reason: 'down' }),
    150,
  )
  const gap = { cluster: 'plant', feed: 'node-1', watcher: 'a', from: 'f', until: 'u', reason: 'connection lost' }
  shipper.add(parcel(0))
  shipper.add({ body: 'x'.repeat(100), spans: [], gaps: [gap] })
  shipper.add(parcel(2))
  await until('the oldest to be dropped', () => shipper.backlog().batches === 1)
  reachable = true
  await until('recovery', () => shipper.backlog().batches === 0)
  expect(gaps).toContainEqual(gap)
})

test('a batch that the queue refuses for ever does not stop those behind it', async () => {
  const { shipper, sent, gaps } = startShipping((body) =>
    body.startsWith('1.') ? { kind: 'refused', reason: 'InvalidMessageContents' } : { kind: 'sent' },
  )
  for (let number = 0; number < 3; number += 1) shipper.add(parcel(number))
  await until('the others', () => sent.length === 2)
  expect(sent).toEqual([0, 2])
  expect(gaps.map(({ reason }) => reason)).toEqual([
    'the queue refused a batch (InvalidMessageContents); 10 events were dropped',
  ])
})

test('a stop sends what waits, and gives up at its deadline', async () => {
  let reachable = false
  const answer = (): SendOutcome => (reachable ? { kind: 'sent' } : { kind: 'unreachable', reason: 'down' })
  const patient = startShipping(answer)
  for (let number = 0; number < 5; number += 1) patient.shipper.add(parcel(number))
  const stopped = patient.shipper.stop(60_000)
  reachable = true
  expect(await stopped).toEqual({ left: 0, unsafe: 0 })
  expect(patient.sent).toEqual([0, 1, 2, 3, 4])

  reachable = false
  const hopeless = startShipping(answer)
  for (let number = 0; number < 5; number += 1) hopeless.shipper.add(parcel(number))
  expect(await hopeless.shipper.stop(50)).toEqual({ left: 5, unsafe: 5 })
})

test('how long nothing could be sent is known', async () => {
  const { shipper, clock } = startShipping(() => ({ kind: 'unreachable', reason: 'down' }))
  shipper.add(parcel(0))
  clock.ms += 400_000
  expect(shipper.backlog()).toMatchObject({ batches: 1, stuckMs: 400_000 })
  await until('the reason', () => shipper.backlog().problem === 'down')
  await shipper.stop(0)
})
