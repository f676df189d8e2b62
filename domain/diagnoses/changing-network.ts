/** A client moves from network to network: each time its address changes, its connection is lost. */
import { medianOf } from '../statistics.ts'
import { peakOf } from '../evidence/age-peak.ts'
import type { Explanation } from '../explanation.ts'
import type { ClientFacts } from '../facts.ts'
import { addressOf } from '../peer.ts'
import { dayMs, secondMs } from '../time.ts'
import type { Session } from '../evidence/two-views.ts'
import { betweenText, countText, namesText } from '../evidence/words.ts'

/** How a connection ends whose network went away. */
const lossCauses = new Set(['network_eof', 'network_reset', 'keepalive_timeout', 'session_taken_over', 'unknown'])
const leastChanges = 3
/** Of the ends of the client. */
const leastShare = 0.6
/** Of the connections: who comes again from the same few addresses is behind a proxy of several, or is two. */
const leastDistinct = 0.5
/** A daily cut comes at one hour, give or take how long it was away. */
const dailyShare = 0.02

interface Moves {
  readonly client: ClientFacts
  readonly moved: readonly Session[]
  readonly addresses: readonly string[]
  readonly fit: number
  /** Its sessions have no length in common. */
  readonly isBroad: boolean
}

export const changingNetwork: Explanation = {
  name: 'changing_network',
  title: 'The client moves from network to network',
  basis: 'inferred',
  source: 'https://github.com/mqttjs/MQTT.js/issues/570',
  needs: 'the address of each connection as the broker saw it, over at least four connections',
  over: ['benign_takeover'],
  recognise: ({ clients }) => {
    const found = [...clients.values()].flatMap((client) => movesOf(client) ?? [])
    const [most] = found.toSorted((a, b) => b.moved.length - a.moved.length)
    if (most === undefined) return undefined
    const { client, moved, addresses } = most
    const ages = moved.flatMap(({ ageMs }) => ageMs ?? []).toSorted((a, b) => a - b)
    const keepaliveSeconds = medianOf(moved.flatMap((session) => session.keepaliveSeconds ?? []))
    return {
      fit: most.fit,
      explains: found.reduce((sum, moves) => sum + moves.moved.length, 0),
      clients: found.map((moves) => moves.client.clientId),
      evidence: [
        `${moved.length} of ${countText(client.sessions.length, 'connection')} of ${namesText([client.clientId])} were lost, and the next came from another address.`,
        `${addresses.length} addresses: ${namesText(addresses)}.`,
        ...(ages.length > 1
          ? [
              `Its sessions lasted ${betweenText(ages[0] ?? 0, ages.at(-1) ?? 0)}${most.isBroad ? ': no common limit' : ''}.`,
            ]
          : []),
        ...(found.length > 1 ? [`${found.length} clients move so.`] : []),
      ],
      remedy: [
        'Keep the session over the gap: clean session false and a stable client id; with MQTT 5 a session expiry of an hour.',
        `Keepalive: ${keepaliveSeconds === undefined ? 'about 60 s' : `${Math.max(30, Math.min(120, keepaliveSeconds))} s`} is enough; a lower one notices the loss sooner and costs battery.`,
        'Expect the losses: alert on how long a client is away, not on how often it comes back.',
      ],
    }
  },
}

function movesOf(client: ClientFacts): Moves | undefined {
  const known = client.sessions.filter(({ peer }) => peer !== undefined)
  if (known.length <= leastChanges) return undefined
  const inTurn = known.map(({ peer = '' }) => addressOf(peer))
  const lost = known.slice(0, -1).map((session, index) => ({ session, moved: inTurn[index] !== inTurn[index + 1] }))
  const bad = lost.filter(({ session }) => session.cause !== undefined && lossCauses.has(session.cause))
  const moved = bad.filter((each) => each.moved).map(({ session }) => session)
  const addresses = [...new Set(inTurn)]
  const share = moved.length / Math.max(1, bad.length)
  if (moved.length < leastChanges || share < leastShare) return undefined
  const distinct = addresses.length / inTurn.length
  if (distinct < leastDistinct) return undefined
  const ages = moved.flatMap(({ ageMs }) => ageMs ?? [])
  const peak = peakOf(ages)
  // Sessions of one length end by a limit or a timer, whatever the address.
  const isBroad = peak === undefined || peak.count < 0.6 * ages.length
  const isQuick = (medianOf(ages) ?? 0) < 3 * secondMs
  // Providers of homes cut each line once a day and give it another address.
  const isDaily = !isBroad && Math.abs(peak.atMs - dayMs) <= dailyShare * dayMs
  return {
    client,
    moved,
    addresses,
    isBroad,
    fit: (isBroad ? 1 : isDaily ? 0.65 : 0.4) * (isQuick ? 0.4 : 1) * Math.min(1, share + 0.2),
  }
}
