/** What clients say of their own connections, posted by whoever holds a key of the cluster: one document → events of their view. */
import { isClaimDocument, readClaimDocument, type ReadClaims } from '../../domain/claims.ts'
import { maxClaimBytes } from '../../domain/claim-document.ts'
import type { ReadingContext } from '../../domain/dialect.ts'
import type { ClusterSettings } from '../../domain/settings.ts'
import { dayMs } from '../../domain/time.ts'

/** Logs are imported long after; what is older is of a clock that was never set. */
const believedMs = 400 * dayMs
/** Of all documents of one body. A body of small ones could hold six times as many. */
export const maxPostedClaims = 2000

export interface PostedClaims {
  /** Undefined where it is no such document. Never throws. */
  readonly read: (body: unknown, receivedAtMs: number) => ReadClaims | undefined
}

/** Reads the documents of one body. `whereabouts`: which broker is at the place where a client says it was connected. */
export function createPostedClaims(context: ReadingContext, whereabouts: (endpoint: string) => string): PostedClaims {
  let room = maxPostedClaims
  return {
    read: (body, receivedAtMs) => {
      if (!isClaimDocument(body)) return undefined
      const bytes = Buffer.byteLength(JSON.stringify(body))
      if (bytes > maxClaimBytes) return beyond(`${bytes} bytes; a document may have ${maxClaimBytes}`)
      const { cluster, isOwn } = context
      const { endpoint } = body
      const broker = whereabouts(typeof endpoint === 'string' ? endpoint : '')
      const found = readClaimDocument(body, { cluster, broker, isOwn, receivedAtMs, believedMs })
      if (found.events.length > room) return beyond(`more than ${maxPostedClaims} events in one body`)
      room -= found.events.length
      return found
    },
  }
}

function beyond(detail: string): ReadClaims {
  return { events: [], rejected: [{ reason: 'claim_bound', detail }] }
}

const defaultPorts: Readonly<Record<string, string>> = { 'mqtt:': '1883', 'mqtts:': '8883', 'ws:': '80', 'wss:': '443' }

/** The broker whose feed connects to the same place as the client did; undefined where none does. */
export function brokerAt(feeds: ClusterSettings['feeds'], endpoint: string): string | undefined {
  return feeds.find(({ url }) => {
    const { protocol, hostname, port } = new URL(url)
    return `${hostname}:${port || defaultPorts[protocol]}` === endpoint
  })?.broker
}
