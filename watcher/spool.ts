/** Batches on disk while the queue is unreachable: synced before they count as safe, bounded in bytes, oldest first out. */
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from './log.ts'
import type { Parcel } from './pack.ts'

/** A parcel as it lies on disk: what must be said if it is ever dropped, and its body. */
export type SpooledParcel = Pick<Parcel, 'body' | 'spans' | 'gaps'>

export interface Spool {
  /** Writes and syncs; false where the disk does not take it. Gives what had to be dropped to make room. */
  readonly write: (parcel: SpooledParcel) => Promise<{ readonly written: boolean; readonly dropped: SpooledParcel[] }>
  /** The oldest; undefined when there is none. It stays until it is removed, and is not dropped meanwhile. */
  readonly oldest: () => Promise<SpooledParcel | undefined>
  /** Removes what `oldest` gave last. */
  readonly removeOldest: () => Promise<void>
  readonly count: () => number
  readonly bytes: () => number
}

interface Entry {
  readonly name: string
  readonly bytes: number
}

const ending = '.batch'
const partial = '.partial'

/**
 * Opens the spool in a folder, which is made if it is missing; what an earlier process left there comes first.
 * @throws when the folder can neither be made nor read.
 */
export function openSpool({ folder, maxBytes, log }: { folder: string; maxBytes: number; log: Log }): Spool {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const entries: Entry[] = []
  for (const name of readdirSync(folder).toSorted()) {
    if (name.endsWith(partial)) rmSync(join(folder, name), { force: true })
    if (name.endsWith(ending)) entries.push({ name, bytes: statSync(join(folder, name)).size })
  }
  let sequence = Number.parseInt(entries.at(-1)?.name ?? '0', 10)
  let total = entries.reduce((sum, { bytes }) => sum + bytes, 0)
  let reading = false
  let problem: string | undefined
  if (entries.length > 0)
    log({ level: 'info', message: 'batches of an earlier process wait on disk', batches: entries.length })

  /** Takes an entry off the disk; what cannot be read is set aside for a person to look at. */
  async function load({ name }: Entry): Promise<SpooledParcel | undefined> {
    try {
      const text = await readFile(join(folder, name), 'utf8')
      const end = text.indexOf('\n')
      const told: Pick<Parcel, 'spans' | 'gaps'> = JSON.parse(text.slice(0, end))
      return { ...told, body: text.slice(end + 1) }
    } catch (error) {
      log({
        level: 'error',
        message: 'a batch on disk cannot be read and is set aside',
        file: name,
        reason: said(error),
      })
      return undefined
    }
  }

  async function makeRoom(needed: number): Promise<SpooledParcel[]> {
    const dropped: SpooledParcel[] = []
    // The one that is on its way is not dropped under the sender's hands.
    const from = reading ? 1 : 0
    while (total + needed > maxBytes && entries.length > from) {
      const [entry] = entries.splice(from, 1)
      if (entry === undefined) break
      total -= entry.bytes
      const parcel = await load(entry)
      if (parcel !== undefined) dropped.push(parcel)
      await remove(entry)
    }
    return dropped
  }

  /** One that the disk does not let go is sent again after a restart, which harms nothing. */
  async function remove({ name }: Entry): Promise<void> {
    try {
      await rm(join(folder, name), { force: true })
    } catch (error) {
      log({ level: 'error', message: 'a batch on disk cannot be removed', file: name, reason: said(error) })
    }
  }

  async function save(name: string, text: string): Promise<void> {
    const file = await open(join(folder, `${name}${partial}`), 'w', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(join(folder, `${name}${partial}`), join(folder, name))
    const directory = await open(folder, 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  }

  return {
    write: async ({ body, spans, gaps }) => {
      const text = `${JSON.stringify({ spans, gaps })}\n${body}`
      const bytes = Buffer.byteLength(text)
      const dropped = await makeRoom(bytes)
      sequence += 1
      const name = `${String(sequence).padStart(12, '0')}${ending}`
      try {
        await save(name, text)
      } catch (error) {
        const reason = said(error)
        if (problem !== reason)
          log({ level: 'error', message: 'the spool cannot be written; batches stay in memory', folder, reason })
        problem = reason
        return { written: false, dropped }
      }
      problem = undefined
      entries.push({ name, bytes })
      total += bytes
      return { written: true, dropped }
    },
    oldest: async () => {
      for (let [entry] = entries; entry !== undefined; [entry] = entries) {
        reading = true
        const parcel = await load(entry)
        if (parcel !== undefined) return parcel
        reading = false
        entries.shift()
        total -= entry.bytes
        // It may be gone altogether.
        await rename(join(folder, entry.name), join(folder, `${entry.name}.unreadable`)).catch(() => undefined)
      }
      return undefined
    },
    removeOldest: async () => {
      const entry = entries.shift()
      reading = false
      if (entry === undefined) return
      total -= entry.bytes
      await remove(entry)
    },
    count: () => entries.length,
    bytes: () => total,
  }
}

function said(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
}
