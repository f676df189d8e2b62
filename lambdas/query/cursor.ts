/** Where a page ended. It holds a place within the list that was asked for, and never says which list: so a forged one
 * cannot reach into another client's or cluster's records. */
import { createHash } from 'node:crypto'
import * as z from 'zod/mini'

const CursorSchema = z.strictObject({
  /** Digest of the list: the route and its parameters. A cursor of another list is refused. */
  list: z.string(),
  /** Sort key of the last item that was looked at; no key of DynamoDB is longer. */
  after: z.string().check(
    z.minLength(1),
    z.refine((text) => Buffer.byteLength(text) <= 1024),
  ),
  /** End of the span when the first page was asked for: later pages keep it. */
  to: z.string(),
})
export interface Place {
  readonly after: string
  readonly to: string
}

function listDigest(list: readonly (string | undefined)[]): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 16)
}

export function writeCursor(list: readonly (string | undefined)[], place: Place): string {
  return Buffer.from(JSON.stringify({ list: listDigest(list), ...place })).toString('base64url')
}

/** The place a cursor names; undefined when it is not one, or one of another list. */
export function readCursor(list: readonly (string | undefined)[], cursor: string): Place | undefined {
  const parsed = CursorSchema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')))
  if (!parsed.success || parsed.data.list !== listDigest(list)) return undefined
  return /^\d{4}-\d{2}-\d{2}T[\d:.]{12}Z$/.test(parsed.data.to) ? parsed.data : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
