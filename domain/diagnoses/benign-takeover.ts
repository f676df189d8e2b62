/** A client came back before its broker had noticed that it was gone: its new session took over its own old one. */
import type { Explanation } from '../explanation.ts'
import type { ClientFacts } from '../facts.ts'
import { minuteMs, secondMs } from '../time.ts'
import type { Session } from '../evidence/two-views.ts'
import { fightOf, ownTakeovers } from '../evidence/fights.ts'
import { countText, durationText, namesText } from '../evidence/words.ts'

/** The session that took over must live on for so long, else it was taken over itself. */
const leastLifeMs = 5 * minuteMs
/** Old and new of two clients fighting are short; one that was lost had lived. */
const leastAgeMs = minuteMs

interface Takeover {
  readonly old: Session
  /** One process tells of both connections, and that it had lost the one before it made the next. */
  readonly isOwn: boolean
  /** How long the one that took over lived. */
  readonly livedMs: number
  /** The client says that it had lost the connection before. */
  readonly lostBeforeMs?: number
}

export const benignTakeover: Explanation = {
  name: 'benign_takeover',
  title: 'A client came back before its broker noticed that it was gone',
  basis: 'settled',
  source: 'https://github.com/moscajs/aedes/issues/8',
  needs: 'the take-over, the session after it, and what the client saw (observe) of the one before',
  recognise: ({ clients, asked }) => {
    const found = [...clients.values()].flatMap((client) => takeoversOf(client, asked.toMs))
    const [first] = found
    if (first === undefined) return undefined
    const seen = found.filter(({ lostBeforeMs }) => lostBeforeMs !== undefined)
    const byItself = found.filter(({ isOwn }) => isOwn).length
    const isCalm = found.every(({ livedMs }) => livedMs >= leastLifeMs)
    const longest = Math.max(...found.map(({ old }) => old.ageMs ?? 0))
    return {
      fit: seen.length >= 0.5 * found.length ? 1 : 0.7,
      explains: found.length,
      clients: [...new Set(found.map(({ old }) => old.clientId))],
      evidence: [
        `${namesText([...new Set(found.map(({ old }) => old.clientId))])}: ${countText(found.length, 'take-over')} in all${isCalm ? `, none within ${durationText(leastLifeMs)} of another` : ''}.`,
        `The sessions that were taken over had lasted up to ${durationText(longest)}${isCalm ? '; those that followed lived on' : ''}.`,
        ...(byItself > 0
          ? [
              `In ${byItself} of them one process tells of both connections: it had lost the one before it made the next.`,
            ]
          : []),
        ...seen
          .slice(0, 3)
          .map(
            ({ old, lostBeforeMs = 0 }) =>
              `Its client had noticed the loss ${durationText(lostBeforeMs)} before the broker ended it${heardText(old)}.`,
          ),
      ],
      remedy: [
        'Nothing is wrong with the client id: the network failed for a moment. No alert is needed.',
        'If it comes often, look at the path; a lower keepalive lets the broker notice sooner.',
      ],
    }
  },
}

function heardText({ claim }: Session): string {
  const { sinceReceivedMs } = claim.end?.evidence ?? {}
  return sinceReceivedMs === undefined ? '' : `, having heard nothing for ${durationText(sinceReceivedMs)}`
}

function takeoversOf(client: ClientFacts, toMs: number): Takeover[] {
  const { sessions } = client
  const own = ownTakeovers(sessions)
  if (!sessions.some(({ cause }) => cause === 'session_taken_over') || fightOf(client) !== undefined) return []
  return sessions.flatMap((old, index): Takeover[] => {
    if (old.cause !== 'session_taken_over') return []
    // Where one process held both and tells of them, how long they lasted says nothing.
    const isOwn = own.has(old) && old.claim.end !== undefined
    if (!isOwn && (old.ageMs ?? leastAgeMs) < leastAgeMs) return []
    const next = sessions.slice(index + 1, index + 4).find((one) => isBy(one, old))
    const livedMs = next === undefined ? leastLifeMs : (next.endedMs ?? toMs) - (next.beganMs ?? 0)
    if (!isOwn && livedMs < leastLifeMs && next?.cause === 'session_taken_over') return []
    // Who is thrown out while it is well notices at once; it noticed before, or had heard nothing for long.
    const { sinceReceivedMs = 0, clientCause } = old.claim.end?.evidence ?? {}
    const earlierMs = -(old.noticedLaterMs ?? 0)
    const silent = clientCause !== undefined && sinceReceivedMs >= 0.5 * secondMs * (old.keepaliveSeconds ?? 60)
    const wasLost = isOwn || earlierMs >= 0.5 * secondMs || silent
    return [{ old, isOwn, livedMs, ...(wasLost ? { lostBeforeMs: Math.max(0, earlierMs) } : {}) }]
  })
}

const isBy = ({ beganMs }: Session, { endedMs }: Session): boolean =>
  beganMs !== undefined && endedMs !== undefined && Math.abs(beganMs - endedMs) <= 10 * secondMs
