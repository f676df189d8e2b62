/** One client id is connected to two brokers at once, and neither ends the other's session. */
import type { Explanation } from '../explanation.ts'
import type { ClientFacts } from '../facts.ts'
import { addressOf } from '../peer.ts'
import { secondMs } from '../time.ts'
import type { Session } from '../evidence/two-views.ts'
import { countText, durationText, namesText } from '../evidence/words.ts'

/**
 * A client that moved leaves its old session behind until the old broker's keepalive is over (1.5 times). Only what
 * overlaps for longer was alive on both.
 */
const mostLeftBehind = 2
const usualKeepaliveSeconds = 60
const leastOverlapMs = 60_000

interface Overlap {
  readonly one: Session
  readonly other: Session
  readonly ms: number
}

export const idOnTwoBrokers: Explanation = {
  name: 'id_on_two_brokers',
  title: 'One client id is connected to two brokers at once',
  basis: 'inferred',
  source: 'https://github.com/rabbitmq/rabbitmq-mqtt/issues/91',
  needs: 'begins and ends of its sessions on every broker, over more than twice the keepalive',
  recognise: ({ clients, asked }) => {
    const found = [...clients.values()].flatMap((client) => overlapsOf(client, asked.toMs))
    const [longest] = found.toSorted((a, b) => b.ms - a.ms)
    if (longest === undefined) return undefined
    const { one, other, ms } = longest
    const both = found.flatMap((overlap) => [overlap.one, overlap.other])
    const ids = [...new Set(both.map(({ clientId }) => clientId))]
    const brokers = [...new Set(both.map(({ broker }) => broker))]
    const peers = [...new Set([one, other].flatMap(({ peer }) => (peer === undefined ? [] : [addressOf(peer)])))]
    const processes = [...new Set(both.flatMap(({ process }) => process ?? []))]
    // A session without an end may be one whose end was lost.
    const sure = found.filter((overlap) => isProven(overlap))
    return {
      fit: sure.length === 0 ? 0.55 : sure.length === 1 ? 0.85 : 1,
      // Whatever ended them: each was one of two that should not have been.
      explains: [...new Set(both)].filter(({ cause }) => cause !== undefined && cause !== 'client_requested').length,
      clients: ids,
      evidence: [
        `${namesText([one.clientId])} was connected to ${one.broker} and ${other.broker} at once for ${durationText(ms)}, and no take-over was told.`,
        `${countText(found.length, 'pair')} of sessions overlap on ${namesText(brokers)}, each for longer than a session that was left behind lives (1.5 times the keepalive).`,
        ...(peers.length > 1 ? [`The two came from ${namesText(peers)}.`] : []),
        ...(processes.length > 1 ? [`The processes ${namesText(processes)} claim connections of it.`] : []),
        ...(ids.length > 1 ? [`It is so for ${ids.length} client ids.`] : []),
      ],
      remedy: [
        `Give each its own client id${peers.length > 1 ? `: look at ${namesText(peers)}` : ''}.`,
        `If ${namesText(brokers)} are meant as one cluster, check that they have joined it: a cluster ends the older session.`,
      ],
    }
  },
}

/** Both were told to have ended, or a client tells of it: no end was lost. */
function isProven({ one, other }: Overlap): boolean {
  return [one, other].every(({ end, claim }) => end?.origin === 'broker' || claim.end !== undefined)
}

function overlapsOf({ sessions }: ClientFacts, toMs: number): Overlap[] {
  if (new Set(sessions.map(({ broker }) => broker)).size < 2) return []
  // A cluster that ends the older one, wherever it is, does not leave two.
  const open: Session[] = []
  return sessions.flatMap((session): Overlap[] => {
    const { beganMs, broker, endUntold = false } = session
    if (beganMs === undefined || endUntold) return []
    const before = open.filter((each) => endOf(each, toMs) > beganMs)
    open.splice(0, open.length, ...before.slice(-8), session)
    const one = before.findLast((each) => each.broker !== broker)
    if (one === undefined || one.cause === 'session_taken_over') return []
    const ms = Math.min(endOf(one, toMs), endOf(session, toMs)) - beganMs
    const keepaliveMs = secondMs * (one.keepaliveSeconds ?? session.keepaliveSeconds ?? usualKeepaliveSeconds)
    const overlap = { one, other: session, ms }
    if (ms < Math.max(leastOverlapMs, mostLeftBehind * keepaliveMs)) return []
    // From one address it is rather one client that moved, of which an end was lost.
    return isProven(overlap) || (one.peer !== undefined && isElsewhere(one, session)) ? [overlap] : []
  })
}

const isElsewhere = (one: Session, other: Session): boolean => addressOf(one.peer ?? '') !== addressOf(other.peer ?? '')

const endOf = ({ endedMs }: Session, toMs: number): number => endedMs ?? toMs
