import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LogLine } from '../../watcher/log.ts'
import { openSpool, type Spool, type SpooledParcel } from '../../watcher/spool.ts'
import { removeFolder } from './stage.ts'

let folder: string
let lines: LogLine[]
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'keepwatch-spool-')), 'made', 'by the spool')
  lines = []
})
afterEach(() => removeFolder(join(folder, '..', '..')))

const open = (maxBytes = 1_000_000) => openSpool({ folder, maxBytes, log: (line) => void lines.push(line) })

/** All of one size on disk. */
function parcel(number: number): SpooledParcel {
  const at = `2026-11-22T10:00:0${number}.000Z`
  const span = { cluster: 'plant', feed: 'node-1', fromMs: Date.parse(at), untilMs: Date.parse(at), events: 1 }
  const gap = { cluster: 'plant', feed: 'node-1', watcher: 'a', from: at, until: at, reason: 'line\nbreak' }
  return { body: `body ${number}`, spans: [span], gaps: [gap] }
}

async function write(spool: Spool, ...numbers: number[]): Promise<SpooledParcel[]> {
  const dropped: SpooledParcel[] = []
  for (const number of numbers) {
    const outcome = await spool.write(parcel(number))
    expect(outcome.written).toBe(true)
    dropped.push(...outcome.dropped)
  }
  return dropped
}

async function drain(spool: Spool): Promise<SpooledParcel[]> {
  const parcels: SpooledParcel[] = []
  for (let next = await spool.oldest(); next !== undefined; next = await spool.oldest()) {
    parcels.push(next)
    await spool.removeOldest()
  }
  return parcels
}

test('what was written is there for the next process, whole and oldest first, and what it adds comes after', async () => {
  const first = open()
  await write(first, 0, 1)
  expect(await first.oldest()).toEqual(parcel(0))
  await write(open(), 2)
  const third = open()
  expect(third.count()).toBe(3)
  expect(third.bytes()).toBe((first.bytes() / 2) * 3)
  expect(await drain(third)).toEqual([0, 1, 2].map(parcel))
  expect(third).toSatisfy((spool: Spool) => spool.count() === 0 && spool.bytes() === 0)
  expect(readdirSync(folder)).toEqual([])
})

test('beyond its bound the oldest are dropped and given back, so that their loss can be told', async () => {
  const probe = open()
  await write(probe, 0)
  const spool = open(probe.bytes() * 3)
  expect(await write(spool, 1, 2, 3, 4)).toEqual([parcel(0), parcel(1)])
  expect(spool.bytes()).toBe(probe.bytes() * 3)
  expect(await drain(spool)).toEqual([2, 3, 4].map(parcel))
})

test('the one that is being sent is not dropped', async () => {
  const probe = open()
  await write(probe, 0)
  const spool = open(probe.bytes() * 2)
  expect(await spool.oldest()).toEqual(parcel(0))
  expect(await write(spool, 1, 2, 3)).toEqual([parcel(1), parcel(2)])
  await spool.removeOldest()
  expect(await drain(spool)).toEqual([parcel(3)])
})

test('what cannot be read is set aside for a person, and those behind it come', async () => {
  await write(open(), 0, 1, 2, 3)
  const [first = '', second = ''] = readdirSync(folder).toSorted()
  writeFileSync(join(folder, first), 'no batch')
  const spool = open()
  rmSync(join(folder, second))
  expect(await drain(spool)).toEqual([parcel(2), parcel(3)])
  expect(readdirSync(folder)).toEqual([`${first}.unreadable`])
  expect(lines.filter(({ level }) => level === 'error').map(({ file }) => file)).toEqual([first, second])
  expect(open().count()).toBe(0)
})

test('a batch that was being written when the process died is not taken for one', async () => {
  await write(open(), 0)
  writeFileSync(join(folder, '000000000002.batch.partial'), '{"spans":[')
  const spool = open()
  expect(await drain(spool)).toEqual([parcel(0)])
  expect(readdirSync(folder)).toEqual([])
})

test('a disk that refuses is told once, and written again when it takes batches', async () => {
  const spool = open()
  rmSync(folder, { recursive: true })
  expect(await spool.write(parcel(0))).toEqual({ written: false, dropped: [] })
  expect(await spool.write(parcel(1))).toEqual({ written: false, dropped: [] })
  expect([spool.count(), spool.bytes()]).toEqual([0, 0])
  expect(lines).toEqual([expect.objectContaining({ level: 'error', folder, reason: 'ENOENT' })])
  open()
  expect(existsSync(folder)).toBe(true)
  await write(spool, 2)
  expect(await drain(spool)).toEqual([parcel(2)])
})
