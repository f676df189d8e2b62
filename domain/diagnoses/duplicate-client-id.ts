/** Two clients use one id: each that connects throws the other out. */
import type { Explanation } from '../explanation.ts'
import type { ClientFacts } from '../facts.ts'
import { addressOf } from '../peer.ts'
import { minuteMs } from '../time.ts'
import { durationText, medianOf, namesText } from './words.ts'

/** A client that comes back before the broker noticed takes itself over once or twice, not again and again. */
const leastTakeovers = 3
const leastPerMinute = 0.5

export const duplicateClientId: Explanation = {
  name: 'duplicate_client_id',
  title: 'Two clients use one client id',
  basis: 'settled',
  source: 'https://github.com/mqttjs/MQTT.js/issues/684',
  needs: 'take-overs as the broker tells them, with the address of each connection',
  over: ['benign_takeover'],
  recognise: ({ clients }) => {
    const found = [...clients.values()].flatMap((client) => fightOf(client) ?? [])
    const [worst] = found.toSorted((a, b) => b.takeovers - a.takeovers)
    if (worst === undefined) return undefined
    const { clientId, takeovers, spanMs, addresses, alternations, sessionMs } = worst
    return {
      fit: addresses.length > 1 && alternations >= 2 ? 1 : 0.6,
      explains: found.reduce((sum, fight) => sum + fight.takeovers, 0),
      clients: found.map((fight) => fight.clientId),
      evidence: [
        `${namesText([clientId])} was taken over ${takeovers} times within ${durationText(spanMs)}.`,
        ...(addresses.length > 1
          ? [`Its connections came in turn from ${namesText(addresses)}: ${alternations} changes.`]
          : []),
        ...(sessionMs === undefined ? [] : [`A session lasted ${durationText(sessionMs)}, by the median.`]),
        ...(found.length > 1 ? [`${found.length} client ids are fought over.`] : []),
      ],
      remedy: [
        `Give each its own client id${addresses.length > 1 ? `: look at ${namesText(addresses)}` : ''}.`,
        'Where a process starts several connections, put its process id or a random part into the client id.',
      ],
    }
  },
}

interface Fight {
  readonly clientId: string
  readonly takeovers: number
  readonly spanMs: number
  /** Addresses without ports. */
  readonly addresses: readonly string[]
  /** How often the address changed from one connection to the next. */
  readonly alternations: number
  readonly sessionMs: number | undefined
}

function fightOf({ clientId, sessions }: ClientFacts): Fight | undefined {
  const taken = sessions.filter(({ cause }) => cause === 'session_taken_over')
  const [firstMs = 0, lastMs = 0] = [taken[0]?.endedMs, taken.at(-1)?.endedMs]
  const spanMs = lastMs - firstMs
  if (taken.length < leastTakeovers || taken.length < (leastPerMinute * spanMs) / minuteMs) return undefined
  const inTurn = sessions.flatMap(({ peer }) => (peer === undefined ? [] : [addressOf(peer)]))
  const alternations = inTurn.filter((address, index) => index > 0 && address !== inTurn[index - 1]).length
  const sessionMs = medianOf(taken.flatMap(({ ageMs }) => ageMs ?? []))
  return { clientId, takeovers: taken.length, spanMs, addresses: [...new Set(inTurn)], alternations, sessionMs }
}
