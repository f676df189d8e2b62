/** What an alert speaks of, as text: the key under which it is open, and the id under which it is known for ever. */
import type { AlertKind } from './alert.ts'

/** What an alert speaks of within its cluster: one client, else one broker, else all of it. */
export interface Scope {
  readonly kind: AlertKind
  readonly broker?: string | undefined
  /** A client is one wherever it is connected: its broker is then only told along. */
  readonly clientId?: string | undefined
}

/** The same for the same scope, different for different ones, of bounded length; fits a URL's path and a key. */
export function scopeKey({ kind, broker, clientId }: Scope): string {
  return clientId === undefined ? `${kind}.${scopeText(broker ?? '')}` : `${kind}.client.${scopeText(clientId)}`
}

/** Follows from cluster, scope and opening minute alone. */
export function alertId(cluster: string, scope: Scope, at: string): string {
  return `${cluster}.${scopeKey(scope)}.${at.replace(/[-:]|\.000/g, '')}`
}

const longest = 120
const keptOfLong = 80

/** Characters with a meaning elsewhere as `~hex~`. What is cut ends in `~~` and a checksum, which no escape does. */
function scopeText(name: string): string {
  const text = name
    .slice(0, longest + 1)
    .replace(/[^A-Za-z0-9_@-]/g, (character) => `~${character.charCodeAt(0).toString(16)}~`)
  return text.length <= longest ? text : `${text.slice(0, keptOfLong)}~~${checksum(name)}`
}

/** FNV-1a, 64 bits, over UTF-16 units: domain has no cryptography, and ids only must not meet by chance. */
function checksum(text: string): string {
  let hash = 0xcbf29ce484222325n
  for (let index = 0; index < text.length; index += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n)
  }
  return hash.toString(36)
}
