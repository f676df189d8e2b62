/** What clients publish of themselves on a feed's connection: read as their view, and bounded, for clients are not trusted. */
import { hash } from 'node:crypto'
import { claimantOf, claimsTopic, maxClaimBytes } from '../domain/claim-document.ts'
import { type ClaimContext, readClaims } from '../domain/claims.ts'
import type { Dialect, RejectionReason, Subscription } from '../domain/dialect.ts'
import type { EventDraft } from '../domain/event.ts'
import { startOfMinute } from '../domain/time.ts'
import type { Arrival } from './link.ts'
import type { Rejections } from './rejections.ts'

/** Of one client in one minute: the 100 events that a publisher keeps at most, and some that happen meanwhile. */
const maxOfClient = 120
/** Of one feed in one minute: what 500 clients say that lost their connection and came back. About 1 MB. */
const maxOfFeed = 2000

const claimsFilter = `${claimsTopic}+`

const advice = `Let the user of this feed subscribe to ${claimsFilter}, or set "claims": false for the cluster.`
const subscription: Subscription = {
  filter: claimsFilter,
  qos: 1,
  purpose: 'what clients say of their own connections (observe)',
  essential: false,
  advice,
}
/** A network that fails between CONNACK and SUBACK looks the same once, not twice. */
const maxHangUps = 2

export interface ClaimsAsked {
  /** What the next link is to subscribe to. */
  readonly dialect: () => Dialect
  /** A link was subscribed, or `false`: was ended by the broker after it let us in, and before it answered SUBSCRIBE. */
  readonly answered: (isGranted: boolean) => void
  readonly notes: () => readonly string[]
}

/**
 * Whether to ask for what clients say. Some brokers hang up on who asks for more than they allow, and no claim is worth
 * what the dialect reads.
 */
export function askForClaims(dialect: Dialect, isWanted: boolean): ClaimsAsked {
  const extended = { ...dialect, subscriptions: [...dialect.subscriptions, subscription] }
  const isAsked = isWanted && dialect.transport === 'mqtt'
  let hangUps = 0
  return {
    dialect: () => (isAsked && hangUps < maxHangUps ? extended : dialect),
    answered: (isGranted) => {
      if (hangUps >= maxHangUps) return
      hangUps = isGranted ? 0 : hangUps + 1
    },
    notes: () =>
      isAsked && hangUps >= maxHangUps
        ? [
            `the broker hung up when we asked for ${claimsFilter}; without it we lose ${subscription.purpose}. ${advice}`,
          ]
        : [],
  }
}

export interface Claims {
  /** The events of a message that is a client's word; undefined for any other message. Never throws. */
  readonly read: (arrival: Arrival, receivedAtMs: number) => readonly EventDraft[] | undefined
}

/** A reader of claims for one feed. What it does not take is counted in `rejections`. */
export function createClaims(
  context: Pick<ClaimContext, 'cluster' | 'broker' | 'isOwn'>,
  rejections: Pick<Rejections, 'count'>,
): Claims {
  const rate = createRate()

  function rejected({ topic, payload, retain }: Arrival, receivedAt: number, why: Why): readonly [] {
    const text = payload.toString('utf8', 0, maxClaimBytes)
    rejections.count({ ...why, message: { topic, payload: text, retain, receivedAt, ordinal: 0, repeat: 0 } })
    return []
  }

  return {
    read: (arrival, receivedAtMs) => {
      const { topic, payload, retain } = arrival
      if (!topic.startsWith(claimsTopic)) return undefined
      const refuse = (reason: RejectionReason, detail: string) => rejected(arrival, receivedAtMs, { reason, detail })
      // It would come again with every link, of whatever age it is.
      if (retain) return refuse('retained', 'a claim is to be published without retain')
      const clientId = claimantOf(topic)
      if (clientId === undefined) return refuse('malformed', 'the topic is not that of a client id')
      if (payload.length > maxClaimBytes) return refuse('claim_bound', `${payload.length} bytes`)
      const { room, beyond, charge } = rate.of(clientId, receivedAtMs)
      // Unread: a flood must not cost what reading it costs.
      if (room === 0) return refuse('claim_bound', beyond)
      const found = readClaims(payload.toString('utf8'), { ...context, clientId, receivedAtMs })
      const taken = found.events.slice(0, room)
      // What cannot be read counts too, and a document without any event as one.
      charge(Math.max(1, taken.length + found.rejected.length))
      for (const { reason, detail } of found.rejected) refuse(reason, detail)
      for (const _ of found.events.slice(room)) refuse('claim_bound', beyond)
      return taken
    },
  }
}

interface Why {
  readonly reason: RejectionReason
  readonly detail: string
}

/** Counts by the minute and forgets with it: as many clients as a minute has events. */
function createRate() {
  let minute = 0
  let all = 0
  const clients = new Map<string, number>()
  return {
    of: (clientId: string, atMs: number) => {
      const now = startOfMinute(atMs)
      if (now !== minute) {
        minute = now
        all = 0
        clients.clear()
      }
      // Ids may be 64 KB long.
      const key = hash('sha1', clientId, 'base64url')
      const its = clients.get(key) ?? 0
      return {
        /** How many more may be taken. */
        room: Math.max(0, Math.min(maxOfClient - its, maxOfFeed - all)),
        beyond:
          maxOfClient - its < maxOfFeed - all
            ? `more than ${maxOfClient} events a minute of one client`
            : `more than ${maxOfFeed} events a minute of all clients`,
        charge: (events: number): void => {
          clients.set(key, its + events)
          all += events
        },
      }
    },
  }
}
