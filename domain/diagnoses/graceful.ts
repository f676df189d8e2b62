/** All ends were asked for: the application said goodbye, or the broker sent it elsewhere. */
import { type Cause, causeNames, causes } from '../cause.ts'
import type { Explanation } from '../explanation.ts'
import type { Facts } from '../facts.ts'
import type { Session } from '../evidence/two-views.ts'
import { lackOf } from '../evidence/completeness.ts'
import { minutesAsked } from '../evidence/counted.ts'
import { countText } from '../evidence/words.ts'

const gracefulCauses = causeNames.filter((name) => causes[name].graceful)

export const graceful: Explanation = {
  name: 'graceful',
  title: 'The connections were ended on purpose',
  basis: 'inferred',
  source: 'https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html#_Toc3901205',
  needs: 'ends with a DISCONNECT of the client',
  recognise: (facts) => {
    // As soon as one end is to be explained, those that need no explanation say nothing about it.
    if (facts.toExplain > 0) return undefined
    // Minutes do not say whose ends they count.
    if (facts.asked.subject.of === 'client' && facts.client === undefined) return undefined
    const counts = countsOf(facts)
    const silent = sessionsOf(facts).filter(leftSilently).length
    const sum = counts.reduce((total, { count }) => total + count, 0)
    if (sum === 0) return undefined
    const lack = lackOf(facts)
    return {
      // Other things may be wrong although no connection was lost, and where ends are missing, one may have been.
      fit: lack === undefined ? 0.8 : 0.65,
      explains: 0,
      evidence: [
        ...counts.flatMap(({ name, count }) => endedText(name, count, name === 'client_requested' ? silent : 0)),
        ...(lack === undefined ? [] : [lack]),
      ],
      remedy: [
        'Nothing is wrong with the connection. If the end was not wanted, look for end() in the application.',
        'A redirect of the broker (0x9C, 0x9D) is followed where the client supports it.',
      ].slice(0, counts.some(({ name }) => name === 'server_redirect') ? 2 : 1),
    }
  },
}

function endedText(name: Cause, count: number, silent: number): string[] {
  const sentences = [
    { of: count - silent, text: `: ${causes[name].text}` },
    { of: silent, text: ' by the word of the client; the broker recorded no DISCONNECT' },
  ]
  return sentences.flatMap(({ of, text }) => (of > 0 ? [`${countText(of, 'session')} ended as ${name}${text}.`] : []))
}

const sessionsOf = ({ clients }: Facts): Session[] => [...clients.values()].flatMap(({ sessions }) => sessions)

function countsOf(facts: Facts): { name: Cause; count: number }[] {
  const ended = sessionsOf(facts).flatMap(({ cause }) => cause ?? [])
  // Where a client has no end, those that its brokers counted are of others.
  const isOwn = ended.length > 0 || facts.asked.subject.of === 'client'
  const counted = (name: Cause) =>
    isOwn
      ? ended.filter((cause) => cause === name).length
      : minutesAsked(facts).reduce((sum, { disconnects }) => sum + (disconnects[name] ?? 0), 0)
  return gracefulCauses.map((name) => ({ name, count: counted(name) })).filter(({ count }) => count > 0)
}

/** Asked for, by the word of the client alone: its broker knows of no DISCONNECT. */
const leftSilently = ({ cause, end }: Session): boolean =>
  cause === 'client_requested' && end !== undefined && end.cause !== 'client_requested'
