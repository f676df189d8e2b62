/** The document of claims on a line of a log, wherever it begins. Pure. */
import { maxClaimBytes } from '../../domain/claim-document.ts'
import { isClaimDocument, readClaimDocument } from '../../domain/claims.ts'

export type Found =
  /** `text` is the document in one line; `unread` of its events will be refused. */
  | { readonly kind: 'document'; readonly text: string; readonly events: number; readonly unread: number }
  /** A line of something else. */
  | { readonly kind: 'none' }
  | { readonly kind: 'fault'; readonly fault: string }

/** After the document a logger may have written more, with braces in it. */
const maxEnds = 4

/** Finds it, also as a text within the JSON that a logger wrote around it, and reads it as the webhook will. */
export function findDocument(line: string, nowMs: number): Found {
  if (!line.includes('keepwatch')) return { kind: 'none' }
  const mark = line.indexOf('"keepwatch"')
  // The nearest brace before the mark, unless somebody wrote the members in another order.
  for (const begin of new Set([mark < 0 ? -1 : line.lastIndexOf('{', mark), line.indexOf('{')])) {
    const value = begin < 0 ? undefined : valueAt(line, begin)
    if (isClaimDocument(value)) return judged(value, nowMs)
    for (const text of textsIn(value)) {
      const found = findDocument(text, nowMs)
      if (found.kind !== 'none') return found
    }
  }
  return mark < 0 ? { kind: 'none' } : { kind: 'fault', fault: 'no JSON follows' }
}

function judged(value: unknown, nowMs: number): Found {
  const text = JSON.stringify(value)
  const bytes = Buffer.byteLength(text)
  if (bytes > maxClaimBytes) return { kind: 'fault', fault: `${bytes} bytes; a document may have ${maxClaimBytes}` }
  const context = { cluster: '', broker: '-', receivedAtMs: nowMs, isOwn: () => false }
  const { events, rejected } = readClaimDocument(value, context)
  if (events.length > 0) return { kind: 'document', text, events: events.length, unread: rejected.length }
  return rejected[0] === undefined ? { kind: 'none' } : { kind: 'fault', fault: rejected[0].detail }
}

function valueAt(line: string, begin: number): unknown {
  let end = line.length
  for (let tries = 0; tries < maxEnds; tries += 1) {
    end = line.lastIndexOf('}', end - 1)
    if (end < begin) return undefined
    try {
      return JSON.parse(line.slice(begin, end + 1))
    } catch {
      // Perhaps at the brace before.
    }
  }
  return undefined
}

function textsIn(value: unknown): string[] {
  const members: unknown[] = typeof value === 'object' && value !== null ? Object.values(value) : []
  return members.filter((member) => typeof member === 'string')
}
