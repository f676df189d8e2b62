/** The lines of a log, plain or compressed, or of standard input: read as a stream, so that its size does not matter. */
import { createReadStream } from 'node:fs'
import process from 'node:process'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** Longer ones are passed over: no document is a tenth of it. */
export const longestLine = 1024 * 1024

export interface Line {
  readonly file: string
  readonly number: number
  /** Undefined where it was too long to be read. */
  readonly text: string | undefined
}

/** Reads a file by its name, - is standard input. Throws where it cannot be read, or breaks off. */
export async function* linesOf(file: string): AsyncGenerator<Line> {
  const decoder = new TextDecoder()
  let number = 0
  let rest = ''
  let isTooLong = false
  const next = (text: string): Line => {
    number += 1
    const line = { file, number, text: isTooLong ? undefined : text }
    isTooLong = false
    return line
  }
  for await (const bytes of bytesOf(file)) {
    const text = rest + decoder.decode(bytes, { stream: true })
    let from = 0
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      yield next(text.slice(from, to))
      from = to + 1
    }
    rest = text.slice(from)
    if (rest.length <= longestLine) continue
    isTooLong = true
    rest = ''
  }
  if (rest !== '' || isTooLong) yield next(rest)
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  const raw = file === '-' ? process.stdin : createReadStream(file)
  // What goes wrong on the way is thrown to those who read its end.
  const stream: AsyncIterable<unknown> = file.endsWith('.gz') ? pipeline(raw, createGunzip(), () => undefined) : raw
  for await (const bytes of stream) if (bytes instanceof Uint8Array) yield bytes
}
