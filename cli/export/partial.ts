/** A file that is written piece by piece under another name, beside a note of how far it is: what is there can be gone on with. */
import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import * as z from 'zod/mini'
import { Failure, wordsOf } from '../fault.ts'
import { PlanSchema } from './plan.ts'

/** How far an export is. */
const PlaceSchema = z.object({
  /** The leg that is read, and the page of it: absent is the first. */
  leg: z.number(),
  cursor: z.optional(z.string()),
  rows: z.number(),
})
export type Place = Readonly<z.infer<typeof PlaceSchema>>

const NoteSchema = z.object({
  plan: PlanSchema,
  place: PlaceSchema,
  /** What stands behind it in the partial file was not finished. */
  bytes: z.number(),
})
export type Note = Readonly<z.infer<typeof NoteSchema>>

export const partialOf = (file: string): string => `${file}.partial`
export const noteOf = (file: string): string => `${file}.resume`

/** Where an export writes. */
export interface Sink {
  /** Writes the rows of a page, and then notes where the next one begins. */
  readonly write: (text: string, next: Place) => Promise<void>
  /** All is written. */
  readonly finish: () => Promise<void>
  readonly close: () => Promise<void>
}

/**
 * Writes to `FILE.partial`, which becomes FILE at the end.
 * @throws Failure where it cannot be written.
 */
export async function openPartial(file: string, plan: Note['plan'], from?: Note): Promise<Sink> {
  let handle: FileHandle
  try {
    handle = await open(partialOf(file), from === undefined ? 'w' : 'r+')
    await handle.truncate(from?.bytes ?? 0)
  } catch (error) {
    throw new Failure(`${partialOf(file)} cannot be written: ${wordsOf(error)}`, { cause: error })
  }
  let bytes = from?.bytes ?? 0
  return {
    write: async (text, place) => {
      const encoded = Buffer.from(text)
      await handle.writev([encoded], bytes)
      bytes += encoded.length
      await writeFile(noteOf(file), JSON.stringify({ plan, place, bytes } satisfies Note))
    },
    finish: async () => {
      await handle.sync()
      await handle.close()
      await rename(partialOf(file), file)
      await rm(noteOf(file), { force: true })
    },
    close: async () => handle.close(),
  }
}

/**
 * How far an export into this file came.
 * @throws Failure where nothing tells it.
 */
export async function readNote(file: string): Promise<Note> {
  try {
    return NoteSchema.parse(JSON.parse(await readFile(noteOf(file), 'utf8')))
  } catch (error) {
    throw new Failure(
      `There is no export into ${file} to go on with: ${noteOf(file)} cannot be read (${wordsOf(error)}). Without --resume it begins anew.`,
      { cause: error },
    )
  }
}
