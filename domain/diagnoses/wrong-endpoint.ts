/** A client never got through while others do: a wrong port, TLS against plain text, a firewall. */
import type { Explanation } from '../explanation.ts'
import type { ClientFacts, Facts } from '../facts.ts'
import { countText, durationText, namesText } from '../evidence/words.ts'

const leastAttempts = 3
/** More clients at once are no client's own mistake. */
const mostClients = 3
const mostShare = 0.1

/** How it looks from the client, and what it most often is. */
const signs: Readonly<Record<string, string>> = {
  'connack_timeout tcp': 'The connection itself never stood: a firewall drops it, or nothing listens there.',
  'connack_timeout tls': 'TLS was never answered: it speaks TLS to a port that expects plain text.',
  'connack_timeout ws': 'The upgrade to a WebSocket was never answered: it is no WebSocket listener.',
  'connack_timeout mqtt':
    'The connection stood, CONNACK never came: it speaks plain text to a TLS port, or to no broker.',
  tls: 'TLS failed: a plain port, an unknown certificate or another name.',
  ws_handshake:
    'The server refused the upgrade to a WebSocket: a wrong path (most brokers: /mqtt) or no WebSocket listener.',
  protocol_error: 'What answered does not speak MQTT.',
}

export const wrongEndpoint: Explanation = {
  name: 'wrong_endpoint',
  title: 'The client connects to a wrong port, protocol or host',
  basis: 'inferred',
  source: 'https://github.com/mqttjs/MQTT.js/issues/99',
  needs: 'what the client saw of its attempts (observe), and that others connect to the same broker',
  recognise: (facts) => {
    const found = [...facts.clients.values()].flatMap((client) => neverThroughOf(client) ?? [])
    const [worst] = found.toSorted((a, b) => b.count - a.count)
    if (worst === undefined) return undefined
    const connected = [...facts.clients.values()].filter(({ sessions }) => sessions.length > 0).length
    if (found.length > Math.max(mostClients, mostShare * connected)) return undefined
    const others = facts.asked.subject.of === 'client' ? othersAt(facts, worst.broker) : connected
    const { client, count, sign, spanMs, endpoint } = worst
    return {
      fit: others > 0 ? 1 : 0.75,
      explains: found.reduce((sum, each) => sum + each.count, 0),
      clients: found.map((each) => each.client.clientId),
      evidence: [
        `${namesText([client.clientId])} tried ${count} times within ${durationText(spanMs)} and never connected.`,
        signs[sign] ?? 'It got no answer that it could use.',
        ...(endpoint === undefined ? [] : [`It connects to ${namesText([endpoint])}.`]),
        ...(others > 0 ? [`Meanwhile ${countText(others, 'connection')} of others stood at ${worst.broker}.`] : []),
      ],
      remedy: [
        `Check${endpoint === undefined ? ' its' : ` ${namesText([endpoint])}:`} protocol and port: mqtt 1883, mqtts 8883, ws and wss with the path of the broker (often /mqtt).`,
        'Try the same host and port from the same place with another client; if that fails too it is a firewall or a proxy.',
      ],
    }
  },
}

function neverThroughOf(client: ClientFacts) {
  const { attempts, sessions } = client
  if (sessions.length > 0 || attempts.length < leastAttempts) return undefined
  const seen = attempts.flatMap(({ claim }) => {
    const { clientCause = '', phase = 'mqtt' } = claim?.evidence ?? {}
    const sign = clientCause === 'connack_timeout' ? `${clientCause} ${phase}` : clientCause
    return Object.hasOwn(signs, sign) ? [sign] : []
  })
  const [[sign, own] = []] = [...Map.groupBy(seen, (each) => each)].toSorted(([, a], [, b]) => b.length - a.length)
  const [first, last] = [attempts[0], attempts.at(-1)]
  if (sign === undefined || own === undefined || own.length < 0.8 * attempts.length) return undefined
  if (own.length < leastAttempts || first === undefined || last === undefined) return undefined
  const endpoint = attempts.find(({ claim }) => claim?.evidence?.endpoint !== undefined)?.claim?.evidence?.endpoint
  return { client, count: own.length, sign, broker: first.broker, spanMs: last.atMs - first.atMs, endpoint }
}

/** The most that were connected to the broker in that time. */
function othersAt({ minutes }: Facts, broker: string): number {
  return (minutes.get(broker) ?? []).reduce(
    (most, { connected = 0, connects }) => Math.max(most, connected, connects),
    0,
  )
}
