/** No keepalive, or one of many minutes: the broker keeps connections whose client is long gone. */
import { medianOf } from '../statistics.ts'
import type { Explanation } from '../explanation.ts'
import type { ClientFacts } from '../facts.ts'
import { addressOf } from '../peer.ts'
import { secondMs } from '../time.ts'
import type { Session } from '../evidence/two-views.ts'
import { countText, durationText, namesText } from '../evidence/words.ts'

/** From here on a dead link stays for a quarter of an hour. */
const longSeconds = 600
/** Two thirds of 60 s, the shortest idle limit that is a usual default. */
const safeSeconds = 40
/** A connection outlived its client by so much, at least. */
const leastDeadMs = 60_000

export const keepaliveTooLong: Explanation = {
  name: 'keepalive_too_long',
  title: 'The keepalive is off or too long: dead connections stay',
  basis: 'inferred',
  source: 'https://github.com/mqttjs/MQTT.js/issues/1584',
  needs: 'the keepalive, and when the client itself saw its connection close or came back',
  over: ['benign_takeover', 'half_open'],
  recognise: ({ clients }) => {
    const found = [...clients.values()].flatMap((client) => deadOf(client) ?? [])
    const [worst] = found.toSorted((a, b) => b.dead.length - a.dead.length)
    if (worst === undefined) return undefined
    const { clientId, dead, isOff, keepaliveSeconds } = worst
    const times = dead.flatMap(({ deadMs }) => deadMs ?? [])
    const longestMs = Math.max(...times)
    const ended = dead.filter(({ session }) => session.endedMs !== undefined).length
    return {
      fit: (isOff ? 1 : 0.85) * (dead.length > 1 || times.length > 0 ? 1 : 0.6),
      explains: found.reduce(
        (sum, each) => sum + each.dead.filter(({ session }) => session.cause !== undefined).length,
        0,
      ),
      clients: found.map((each) => each.clientId),
      evidence: [
        isOff
          ? `${namesText([clientId])} connects with keepalive 0: neither side ever looks whether the other is there.`
          : `${namesText([clientId])} connects with a keepalive of ${durationText(keepaliveSeconds * secondMs)}: the broker waits ${durationText(keepaliveSeconds * 1500)} before it gives up.`,
        times.length > 0
          ? `${countText(dead.length, 'connection')} outlived the client, by ${durationText(medianOf(times) ?? 0)} by the median and up to ${durationText(longestMs)}.`
          : `The broker still held ${countText(dead.length, 'connection')} when the client was back from the same address.`,
        ...(ended < dead.length ? [`${dead.length - ended} of them have no end on record.`] : []),
      ],
      remedy: [
        `Set the keepalive to ${safeSeconds} s: a dead connection is then noticed after ${durationText(1500 * safeSeconds)}.`,
        'Where traffic is dear take more, but at most two thirds of the lowest idle limit of proxies and NATs on the path.',
      ],
    }
  },
}

interface Dead {
  readonly session: Session
  /** For how long it was held without a client, where the client told when it left. */
  readonly deadMs: number | undefined
}

function deadOf({ clientId, sessions }: ClientFacts) {
  const dead = sessions.flatMap((session, index) =>
    isLong(session.keepaliveSeconds) ? outlived(session, sessions[index + 1]) : [],
  )
  if (dead.length === 0) return undefined
  const values = dead.map(({ session }) => session.keepaliveSeconds ?? 0)
  return { clientId, dead, isOff: values.every((seconds) => seconds === 0), keepaliveSeconds: medianOf(values) ?? 0 }
}

const isLong = (seconds: number | undefined): boolean => seconds === 0 || (seconds ?? 0) >= longSeconds

/** Did the broker hold the connection after its client had left it? */
function outlived(session: Session, next: Session | undefined): Dead[] {
  const { noticedLaterMs = 0, cause, claim, endedMs } = session
  // The client saw it close long before the broker did.
  if (-noticedLaterMs >= leastDeadMs) return [{ session, deadMs: -noticedLaterMs }]
  const isTakenOver = cause === 'session_taken_over' && isSameClient(session, next)
  const silentMs = claim.end?.evidence?.sinceReceivedMs
  if (isTakenOver && silentMs !== undefined && silentMs >= leastDeadMs) return [{ session, deadMs: silentMs }]
  // The next one stands while this one was never ended, or ended much later.
  const overlapMs = endedMs === undefined || next?.beganMs === undefined ? 0 : endedMs - next.beganMs
  if (overlapMs >= leastDeadMs && isSameClient(session, next)) return [{ session, deadMs: overlapMs }]
  return isTakenOver ? [{ session, deadMs: undefined }] : []
}

function isSameClient({ peer, claim }: Session, next: Session | undefined): boolean {
  if (next === undefined) return false
  const [process, later] = [claim.begin?.evidence?.process, next.claim.begin?.evidence?.process]
  if (process !== undefined && later !== undefined) return process === later
  return peer === undefined || next.peer === undefined || addressOf(peer) === addressOf(next.peer)
}
