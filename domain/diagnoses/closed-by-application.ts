/** The application, or a library in it, destroys its own socket: no goodbye, and nothing wrong on the path. */
import { medianOf } from '../statistics.ts'
import type { Explanation } from '../explanation.ts'
import type { Session } from '../evidence/two-views.ts'
import { countText, durationText, namesText } from '../evidence/words.ts'

export const closedByApplication: Explanation = {
  name: 'closed_by_application',
  title: 'The application destroys its own connection',
  basis: 'inferred',
  source: 'https://nodejs.org/api/stream.html#writabledestroyerror',
  needs: 'what the client saw (observe): to the broker it looks like any lost connection',
  recognise: ({ bad }) => {
    const own = bad.filter(isDestroyed)
    if (own.length === 0) return undefined
    const clients = [...new Set(own.map(({ clientId }) => clientId))]
    const ageMs = medianOf(own.flatMap((session) => session.ageMs ?? []))
    return {
      fit: own.length >= 3 ? 1 : 0.8,
      explains: own.length,
      clients,
      evidence: [
        `In ${countText(own.length, 'end')} of ${namesText(clients)} the process itself destroyed the socket: no error, no end from the other side, no call of end().`,
        ...(ageMs === undefined ? [] : [`Its sessions lasted ${durationText(ageMs)}, by the median.`]),
      ],
      remedy: [
        'Search the application and its libraries for stream.destroy(), socket.destroy() and end(true) on the MQTT connection: watchdogs, memory or network monitors and test code do that.',
        'Where it means to leave, end() says goodbye, and the record tells it from trouble.',
      ],
    }
  },
}

function isDestroyed({ claim }: Session): boolean {
  return claim.end?.evidence?.clientCause === 'local_destroy'
}
