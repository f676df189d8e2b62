/** A file of recorded minutes, plain or compressed, or standard input: read as a stream, so that its size does not matter. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import process from 'node:process'
import { pipeline } from 'node:stream'
import zlib, { createGunzip } from 'node:zlib'
import { createReader } from './reader.ts'
import type { Recorded } from './recorded.ts'
import type { Remarks } from './remarks.ts'

/** Some of what was recorded, in order, and how much of all was read then: 0 to 1, undefined where nobody knows. */
export interface Batch {
  readonly recorded: readonly Recorded[]
  readonly share: number | undefined
}
export type Batches = AsyncIterable<Batch>

export type FileOutcome =
  | { readonly ok: true; readonly batches: Batches }
  | { readonly ok: false; readonly message: string }

const chunkBytes = 256 * 1024
const longestLine = 1024 * 1024

interface Chunk {
  readonly bytes: Uint8Array
  readonly share: number | undefined
}

/** Opens a file by its name: `-` is standard input; names that end in .gz or .zst are decompressed. */
export async function openFile(file: string, remarks: Remarks): Promise<FileOutcome> {
  if (file === '-')
    return {
      ok: true,
      batches: readLines(
        chunksOf(process.stdin, () => undefined),
        remarks,
      ),
    }
  if (file.endsWith('.zst') && !('createZstdDecompress' in zlib)) {
    return { ok: false, message: 'this version of Node reads no .zst; one from 22.15 on does' }
  }
  try {
    const { size } = await stat(file)
    return { ok: true, batches: readLines(chunksOfFile(file, size), remarks) }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) }
  }
}

function chunksOfFile(file: string, size: number): AsyncIterable<Chunk> {
  const shareOf = (bytes: number) => (size === 0 ? undefined : Math.min(1, bytes / size))
  if (file.endsWith('.zst')) return zstdChunks(file, size)
  const raw = createReadStream(file, { highWaterMark: chunkBytes })
  const share = () => shareOf(raw.bytesRead)
  if (!file.endsWith('.gz')) return chunksOf(raw, share)
  return chunksOf(pipeline(raw, createGunzip({ chunkSize: chunkBytes }), told), share)
}

/** A .zst file may hold several frames, of which Node's decompressor reads the first alone. */
async function* zstdChunks(file: string, size: number): AsyncGenerator<Chunk> {
  let offset = 0
  do {
    const raw = createReadStream(file, { start: offset, highWaterMark: chunkBytes })
    const frame = pipeline(raw, zlib.createZstdDecompress({ chunkSize: chunkBytes }), told)
    yield* chunksOf(frame, () => (size === 0 ? undefined : Math.min(1, (offset + raw.bytesRead) / size)))
    raw.destroy()
    if (frame.bytesWritten === 0) return
    offset += frame.bytesWritten
  } while (offset < size)
}

/** What goes wrong in a pipeline is thrown to those who read its end. */
function told(): void {}

async function* chunksOf(stream: AsyncIterable<unknown>, share: () => number | undefined): AsyncGenerator<Chunk> {
  for await (const bytes of stream) if (bytes instanceof Uint8Array) yield { bytes, share: share() }
}

async function* readLines(chunks: AsyncIterable<Chunk>, remarks: Remarks): AsyncGenerator<Batch> {
  const read = createReader(remarks)
  const decoder = new TextDecoder()
  let line = 0
  let rest = ''
  /** The line that is being read was refused for its length. */
  let isSkipping = false
  const take = (text: string, into: Recorded[]) => {
    line += 1
    if (isSkipping) isSkipping = false
    else if (text.trim() !== '') {
      const recorded = parse(text)
      if (recorded !== undefined) into.push(recorded)
    }
  }
  const parse = (text: string): Recorded | undefined => {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      remarks.refuse('unreadable', () => `line ${line} is no JSON: ${why}`)
      return undefined
    }
    return read(value, line)
  }
  for await (const { bytes, share } of chunks) {
    const recorded: Recorded[] = []
    const text = rest + decoder.decode(bytes, { stream: true })
    let from = 0
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      take(text.slice(from, to), recorded)
      from = to + 1
    }
    rest = text.slice(from)
    if (rest.length > longestLine) {
      if (!isSkipping) remarks.refuse('unreadable', () => `line ${line + 1} is longer than ${longestLine} characters`)
      isSkipping = true
      rest = ''
    }
    yield { recorded, share }
  }
  const recorded: Recorded[] = []
  if (rest !== '' || isSkipping) take(rest, recorded)
  yield { recorded, share: 1 }
}
