import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { Parcel } from '../../watcher/pack.ts'
import type { SendOutcome } from '../../watcher/queue.ts'
import { openSpool, type Spool } from '../../watcher/spool.ts'
import { parcel, startShipping } from './shipping.ts'
import { createCleanup, removeFolder, until } from './stage.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)

const sent: SendOutcome = { kind: 'sent' }
const down: SendOutcome = { kind: 'unreachable', reason: 'down' }
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'keepwatch-shipper-'))
  cleanup.defer(() => removeFolder(made))
  return made
}
const open = (path: string, maxBytes = 1_000_000) => openSpool({ folder: path, maxBytes, log: () => undefined })

/** Parcels that note when they are settled, in order. */
function settling() {
  const settled: number[] = []
  const make = (number: number): Parcel => ({ ...parcel(number), settled: () => void settled.push(number) })
  return { settled, make }
}

test('a parcel is settled once the queue has it, and not before', async () => {
  const answer = Promise.withResolvers<SendOutcome>()
  const asked = Promise.withResolvers<void>()
  const { settled, make } = settling()
  const { shipper } = startShipping(
    async () => {
      asked.resolve()
      return answer.promise
    },
    100_000,
    open(folder()),
  )
  shipper.add(make(0))
  await asked.promise
  expect(settled).toEqual([])
  answer.resolve(sent)
  await until('it to be settled', () => settled.length === 1)
})

test('while the queue is down parcels are settled on disk; then they go in order, and later ones after them', async () => {
  let reachable = false
  const { settled, make } = settling()
  const spool = open(folder())
  const { shipper, sent: bodies, gaps } = startShipping(() => (reachable ? sent : down), 100_000, spool)
  for (const number of numbers(0, 20)) shipper.add(make(number))
  await until('all of them to be on disk', () => spool.count() === 20)
  expect(settled).toEqual(numbers(0, 20))
  expect(shipper.backlog()).toMatchObject({ batches: 20, spooled: 20, dropped: 0 })
  reachable = true
  for (const number of numbers(20, 25)) shipper.add(make(number))
  await until('all of them to be sent', () => bodies.length >= 25)
  expect(bodies).toEqual(numbers(0, 25))
  expect(settled).toEqual(numbers(0, 25))
  expect(gaps).toEqual([])
  await until('nothing to be left', () => shipper.backlog().batches === 0)
  expect(shipper.backlog()).toMatchObject({ bytes: 0, spooled: 0, stuckMs: 0 })
})

test('a stop while the queue is down leaves everything on disk, and the next process sends it first', async () => {
  const path = folder()
  const first = startShipping(() => down, 100_000, open(path))
  for (const number of numbers(0, 5)) first.shipper.add(parcel(number))
  expect(await first.shipper.stop(0)).toEqual({ left: 5, unsafe: 0 })
  const second = startShipping(() => sent, 100_000, open(path))
  second.shipper.add(parcel(5))
  await until('all of them to be sent', () => second.sent.length >= 6)
  expect(second.sent).toEqual(numbers(0, 6))
  expect(open(path).count()).toBe(0)
})

test('none is lost though they move to the disk while one is on its way, and that one comes back', async () => {
  const disk = open(folder())
  const writing = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  const slow: Spool = {
    ...disk,
    write: async (each) => {
      writing.resolve()
      await gate.promise
      return disk.write(each)
    },
  }
  const firstAnswer = Promise.withResolvers<SendOutcome>()
  let calls = 0
  const { settled, make } = settling()
  const { shipper, sent: bodies } = startShipping(
    async () => ((calls += 1) === 1 ? firstAnswer.promise : sent),
    100,
    slow,
  )
  for (const number of numbers(0, 5)) shipper.add(make(number))
  await writing.promise
  firstAnswer.resolve(down)
  await until('the first to be back', () => shipper.backlog().problem !== undefined)
  gate.resolve()
  await until('all of them to be sent', () => shipper.backlog().batches === 0)
  expect([...new Set(bodies)].toSorted((a, b) => a - b)).toEqual(numbers(0, 5))
  expect(settled.toSorted((a, b) => a - b)).toEqual(numbers(0, 5))
})

test('what the disk has no room for is told as a gap when the queue returns', async () => {
  let reachable = false
  const spool = open(folder(), 1000)
  const { shipper, sent: bodies, gaps } = startShipping(() => (reachable ? sent : down), 100_000, spool)
  for (const number of numbers(0, 10)) shipper.add(parcel(number))
  await until('some to be dropped and all to be judged', () => shipper.backlog().dropped / 10 + spool.count() === 10)
  const { dropped } = shipper.backlog()
  expect(dropped).toBeGreaterThan(0)
  reachable = true
  await until('the rest', () => shipper.backlog().batches === 0)
  expect(bodies.length).toBe(10 - dropped / 10)
  expect(gaps.map(({ reason }) => reason)).toEqual([`the queue was unreachable; ${dropped} events were dropped`])
})

test('where the disk takes nothing, parcels stay in memory unsettled until they are sent', async () => {
  let reachable = false
  const path = folder()
  const spool = open(path)
  rmSync(path, { recursive: true })
  const { settled, make } = settling()
  const { shipper, sent: bodies } = startShipping(() => (reachable ? sent : down), 100_000, spool)
  for (const number of numbers(0, 5)) shipper.add(make(number))
  await until('the failure', () => shipper.backlog().problem !== undefined)
  expect(settled).toEqual([])
  expect(shipper.backlog()).toMatchObject({ batches: 5, spooled: 0 })
  reachable = true
  await until('all of them to be sent', () => settled.length === 5)
  expect(bodies).toEqual(numbers(0, 5))
})
