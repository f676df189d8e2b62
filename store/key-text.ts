/** Untrusted text inside keys: escaped, so that no client can write into another's key; too long, by its digest. */
import { clientDigest } from '../codec/identity.ts'

/** Longest escaped client id in a key, UTF-8 bytes. DynamoDB allows 2048 for a whole partition key. */
const maxClientKeyBytes = 1024
const digestPattern = /^sha256:[0-9a-f]{64}$/

/** Escapes `#` (which separates the parts of a key), `%`, control characters and lone surrogates. Injective. */
export function keyText(text: string): string {
  return text.replace(/[%#\p{Cc}\p{Cs}]/gu, (c) => `%${(c.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)
}

/** How a client stands in keys: its escaped id, or `sha256:<hex>` when that is too long or could be taken for one. */
export function clientKey(clientId: string): string {
  const escaped = keyText(clientId)
  const short = Buffer.byteLength(escaped) <= maxClientKeyBytes && !escaped.startsWith('sha256:')
  return short ? escaped : clientDigest(clientId)
}

/** The same for what a user asks for: a whole id, or the digest under which a long one is stored. */
export function askedClientKey(asked: string): string {
  return digestPattern.test(asked) ? asked : clientKey(asked)
}
