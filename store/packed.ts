/** JSON packed into one binary attribute: Zstandard (RFC 8878). For what is large and only Keepwatch itself reads. */
import { promisify } from 'node:util'
import { zstdCompressSync, zstdDecompress } from 'node:zlib'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Item } from './table.ts'

/** DynamoDB takes 400 KB an item, names and keys included. */
const maxPackedBytes = 380_000
/** What unpacks to more than this is none of ours. */
const maxUnpackedBytes = 32 * 1024 * 1024

const decompress = promisify(zstdDecompress)

/** Packs a value. Throws when no item could take it; `what` then says what is too large. */
export function packed(value: unknown, what: string): AttributeValue {
  const bytes = zstdCompressSync(JSON.stringify(value))
  if (bytes.length <= maxPackedBytes) return { B: bytes }
  throw new Error(
    `${what} do not fit into an item of DynamoDB: ${bytes.length} bytes packed, where ${maxPackedBytes} may be. ` +
      'Split the cluster in two in keepwatch.json, and report this.',
  )
}

/** What was packed into the attribute; throws, naming the attribute, when there is no such thing. */
export async function unpacked(item: Item, attribute: string): Promise<unknown> {
  const bytes = item[attribute]?.B
  if (bytes === undefined) throw new Error(`A stored item lacks the binary attribute "${attribute}"`)
  return JSON.parse((await decompress(bytes, { maxOutputLength: maxUnpackedBytes })).toString('utf8'))
}
