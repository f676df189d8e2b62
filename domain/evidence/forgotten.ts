/** A device on the path forgot the connection without a word: the first ping is met with a reset. */
import { medianOf } from '../statistics.ts'
import type { Recognition } from '../explanation.ts'
import { secondMs } from '../time.ts'
import { niceDown } from '../tuning/nice-seconds.ts'
import type { Session } from './two-views.ts'
import { keepaliveMsOf } from './timeouts.ts'
import { countText, durationText } from './words.ts'

/** The shortest idle limit that is a usual one among those who drop without a word: Azure load balancers. */
const leastForgottenSeconds = 240
const leastEnds = 3
/** Of the ends of whom it concerns. */
const leastShare = 0.6
/** The timer of the ping may be so early, or late with its answer. */
const nearShare = 0.03
/** The reset answers what was just sent. */
const justSentMs = 5 * secondMs
const safeShare = 2 / 3

/**
 * Each session fell with its first ping, after a silence of one keepalive. Where pings had been answered before, the same
 * reset tells only that an idle connection was lost at some time since the last one.
 */
export function forgotten(bad: readonly Session[]): Recognition | undefined {
  const met = bad.filter(fellWithFirstPing)
  const clients = [...new Set(met.map(({ clientId }) => clientId))]
  const ids = new Set(clients)
  const all = bad.filter(({ clientId }) => ids.has(clientId)).length
  if (met.length < leastEnds || met.length < leastShare * all) return undefined
  const keepaliveMs = medianOf(met.flatMap((session) => keepaliveMsOf(session) ?? [])) ?? 0
  const safeSeconds = niceDown(leastForgottenSeconds * safeShare)
  return {
    // A server that answers a ping with a reset would look the same.
    fit: (0.85 * met.length) / all,
    explains: met.length,
    clients,
    evidence: [
      `${met.length} of ${countText(all, 'session')} ended with a reset ${durationText(keepaliveMs)} after they began and after the last packet received, the keepalive; something had just been sent.`,
      'That is the first ping: what is on the path, or the server, no longer knew the connection.',
      `How long it keeps one is not known, but less than ${durationText(keepaliveMs)}; usual are ${leastForgottenSeconds} s (Azure), 350 s (AWS network load balancers) and 600 s (Google Cloud).`,
    ],
    remedy: [
      `Set the keepalive to ${safeSeconds} s or less (two thirds of the shortest usual limit), so that a ping comes before it.`,
      `Or raise the idle timeout of the proxy, load balancer or NAT above ${durationText(1.5 * keepaliveMs)}, 1.5 times the keepalive.`,
      'If it still happens, look at how the server answers a ping.',
    ],
  }
}

function fellWithFirstPing(session: Session): boolean {
  const { end } = session.claim
  const { clientCause, sinceReceivedMs = 0, sinceSentMs = Number.POSITIVE_INFINITY } = end?.evidence ?? {}
  const keepaliveMs = keepaliveMsOf(session) ?? 0
  if (clientCause !== 'tcp_reset' || keepaliveMs < leastForgottenSeconds * secondMs) return false
  const isNear = (ms: number) => Math.abs(ms - keepaliveMs) <= nearShare * keepaliveMs
  return isNear(sinceReceivedMs) && isNear(livedMsOf(session)) && sinceSentMs <= justSentMs
}

/** As the client told it: the broker may hold the connection for longer. */
function livedMsOf({ claim: { begin, end }, ageMs = 0 }: Session): number {
  if (end?.evidence?.sessionMs !== undefined) return end.evidence.sessionMs
  return begin === undefined || end === undefined ? ageMs : Date.parse(end.at) - Date.parse(begin.at)
}
