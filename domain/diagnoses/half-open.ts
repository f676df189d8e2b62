/** The path was lost without a word: the broker ended the session, and the client went on believing in it. */
import { medianOf } from '../statistics.ts'
import type { Explanation } from '../explanation.ts'
import type { Facts } from '../facts.ts'
import { secondMs } from '../time.ts'
import type { Session } from '../evidence/two-views.ts'
import { countText, durationText, namesText } from '../evidence/words.ts'

/** Clocks and slow packets apart. */
const leastLaterMs = 5 * secondMs
/** Both sides miss the other after 1.5 keepalives: one that is later by half of one was deaf for longer. */
const leastOfKeepalive = 0.5
/** What a client sees that was told: a path that works, so something else was late. */
const heardCauses = new Set(['server_disconnect', 'tcp_fin', 'ws_close', 'local_end'])
const usualKeepaliveSeconds = 60
/** Later than that it tells something, whatever its clock says. */
const surelyAliveMs = 300 * secondMs

export const halfOpen: Explanation = {
  name: 'half_open',
  title: 'The client did not notice that its connection was gone',
  basis: 'inferred',
  source: 'https://github.com/mqttjs/MQTT.js/issues/1584',
  needs: 'the end as both see it: the broker, and the client itself (observe)',
  recognise: ({ bad, clients }) => {
    const late = bad.filter(isLate)
    const lifeMs = lastLifeOf(clients)
    const believing = [...clients.values()].flatMap(({ sessions }) =>
      sessions.filter((session, index) => stillBelieves(session, lifeMs) && !comesBack(sessions.slice(index + 1))),
    )
    const all = [...late, ...believing]
    const [first] = all
    if (first === undefined) return undefined
    const laterMs = medianOf(late.flatMap(({ noticedLaterMs }) => noticedLaterMs ?? []))
    const keepaliveSeconds = medianOf(all.flatMap((session) => session.keepaliveSeconds ?? []))
    const isOff = keepaliveSeconds === 0
    const keepaliveMs = secondMs * (keepaliveSeconds ?? usualKeepaliveSeconds)
    const isLong = (laterMs ?? 0) >= keepaliveMs
    return {
      fit: late.length === 0 ? 0.55 : isLong || late.length > 1 ? 1 : 0.8,
      explains: all.length,
      clients: [...new Set(all.map(({ clientId }) => clientId))],
      evidence: [
        ...late.slice(0, 3).map(lateText),
        ...(late.length > 3 ? [`So it was ${late.length} times; ${durationText(laterMs ?? 0)} by the median.`] : []),
        ...(believing.length === 0
          ? []
          : [
              `${countText(believing.length, 'session')} of ${namesText([...new Set(believing.map(({ clientId }) => clientId))])} ended for the broker; the client has told of no end, though its process went on telling of others.`,
            ]),
        isOff
          ? 'The keepalive is 0: the client never asks whether anybody is there.'
          : `The keepalive is ${durationText(keepaliveMs)}.`,
      ],
      remedy: [
        isOff
          ? 'Set a keepalive, such as 30 s: with 0 a dead connection is never noticed.'
          : `Lower the keepalive, to ${Math.max(15, Math.min(30, Math.floor(keepaliveMs / 2 / secondMs)))} s for example: a loss is noticed within 1.5 times that.`,
        'Look for what drops the path without a word: a NAT or firewall that forgets, Wi-Fi switched off, a cable.',
      ],
    }
  },
}

function isLate({
  closedFirst,
  noticedLaterMs = 0,
  keepaliveSeconds = usualKeepaliveSeconds,
  claim,
  cause,
}: Session): boolean {
  if (closedFirst !== 'broker' || cause === 'session_taken_over') return false
  const { clientCause = 'unknown' } = claim.end?.evidence ?? {}
  return (
    noticedLaterMs >= Math.max(leastLaterMs, leastOfKeepalive * secondMs * keepaliveSeconds) &&
    !heardCauses.has(clientCause)
  )
}

/** The broker timed it out; the client told of no end, though its process lives: it tells of others of its clients. */
function stillBelieves({ end, claim, cause, endedMs = 0, process = '' }: Session, lifeMs: LastLife): boolean {
  if (end === undefined || cause !== 'keepalive_timeout' || claim.begin === undefined || claim.end !== undefined) {
    return false
  }
  return (lifeMs.get(process) ?? 0) > endedMs + surelyAliveMs
}

const comesBack = (later: readonly Session[]): boolean =>
  later.some(({ claim }) => claim.begin !== undefined || claim.end !== undefined)

/** When each process told anything for the last time, by its own clock. */
type LastLife = ReadonlyMap<string, number>

function lastLifeOf(clients: Facts['clients']): LastLife {
  const last = new Map<string, number>()
  for (const { events } of clients.values()) {
    for (const { view, evidence, at } of events) {
      const process = view === 'client' ? evidence?.process : undefined
      if (process !== undefined) last.set(process, Math.max(last.get(process) ?? 0, Date.parse(at)))
    }
  }
  return last
}

function lateText({ clientId, noticedLaterMs = 0, end, claim }: Session): string {
  const { sinceReceivedMs, clientCause } = claim.end?.evidence ?? {}
  const heard = sinceReceivedMs === undefined ? '' : `, having heard nothing for ${durationText(sinceReceivedMs)}`
  const how = clientCause === undefined ? '' : ` (${clientCause})`
  return `The broker ended the session of ${namesText([clientId])} at ${end?.at.slice(11, 19) ?? '?'} UTC; the client noticed ${durationText(noticedLaterMs)} later${how}${heard}.`
}
