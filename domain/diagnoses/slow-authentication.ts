/** Many clients wait in vain for CONNACK at one broker: what decides who may connect is slow. */
import { medianOf } from '../statistics.ts'
import type { Explanation } from '../explanation.ts'
import type { Facts } from '../facts.ts'
import { secondMs } from '../time.ts'
import type { Attempt } from '../evidence/two-views.ts'
import { countText, durationText, namesText } from '../evidence/words.ts'

const leastClients = 3
const leastAttempts = 4
/** The others must be spared: so much of it is at the one broker. */
const mostlyThere = 0.8
const slowMs = secondMs
const slowRatio = 3

export const slowAuthentication: Explanation = {
  name: 'slow_authentication',
  title: 'Connections are accepted too slowly',
  basis: 'inferred',
  source: 'https://github.com/mqttjs/MQTT.js/issues/1782',
  needs: 'what several clients saw of their attempts (observe): no broker tells of a CONNACK that came too late',
  over: ['wrong_endpoint'],
  recognise: (facts) => {
    const given = facts.attempts.filter(isUnanswered)
    const byBroker = [...Map.groupBy(given, ({ broker }) => broker)].toSorted(([, a], [, b]) => b.length - a.length)
    const [broker, own] = byBroker[0] ?? []
    if (broker === undefined || own === undefined || own.length < leastAttempts) return undefined
    const clients = new Set(own.flatMap(({ clientId }) => clientId ?? []))
    const there = connectTimes(facts, (at) => at === broker)
    const elsewhere = connectTimes(facts, (at) => at !== broker)
    const [median, other] = [medianOf(there), medianOf(elsewhere)]
    const isSlow = median !== undefined && median >= Math.max(slowMs, slowRatio * (other ?? 0))
    const alone = facts.asked.subject.of === 'client'
    if (!isSlow && (clients.size < leastClients || alone)) return undefined
    const share = own.length / given.length
    if (share < mostlyThere) return undefined
    const timeoutMs = medianOf(own.flatMap(({ claim }) => claim?.evidence?.connectTimeoutMs ?? []))
    const slowest = there.toSorted((a, b) => a - b)[Math.floor(there.length * 0.95)]
    const neededMs = Math.max(60 * secondMs, 2 * (slowest ?? 0))
    return {
      fit: isSlow ? (alone ? 0.8 : 1) : clients.size >= 2 * leastClients ? 0.9 : 0.75,
      explains: own.length,
      ...(alone ? {} : { clients: [...clients] }),
      evidence: [
        `${countText(own.length, 'attempt')} of ${countText(clients.size, 'client')} at ${broker} got no CONNACK${timeoutMs === undefined ? '' : ` within ${durationText(timeoutMs)}`}, though the connection itself stood.`,
        ...(median === undefined
          ? []
          : [
              `Where one came it took ${durationText(median)}, by the median of ${there.length}${other === undefined ? '' : `; ${durationText(other)} at the others`}.`,
            ]),
        ...(byBroker.length > 1
          ? [`At the others: ${namesText(byBroker.slice(1).map(([name, list]) => `${name} ${list.length}`))}.`]
          : []),
      ],
      remedy: [
        `Look at what ${broker} asks when a client connects: authentication over HTTP, a database, LDAP, TLS without session resumption. Give it more capacity, or a cache.`,
        `Set connectTimeout of the clients to ${durationText(neededMs)}: an attempt given up is asked again and adds to the load.`,
        'Limit the rate of new connections to what it can authenticate.',
      ],
    }
  },
}

/** The connection stood, CONNACK did not come. */
function isUnanswered({ claim }: Attempt): boolean {
  const { clientCause, phase = 'mqtt' } = claim?.evidence ?? {}
  return clientCause === 'connack_timeout' && phase === 'mqtt'
}

function connectTimes({ clients }: Facts, isOf: (broker: string) => boolean): number[] {
  return [...clients.values()].flatMap(({ events }) =>
    events.flatMap(({ type, broker, evidence }) =>
      type === 'connected' && isOf(broker) ? (evidence?.connectMs ?? []) : [],
    ),
  )
}
