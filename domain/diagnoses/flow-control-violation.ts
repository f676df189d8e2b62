/** MQTT 5 flow control: more unacknowledged messages than the other side said it would take. */
import type { Explanation } from '../explanation.ts'
import type { Session } from '../evidence/two-views.ts'
import { countText, namesText } from '../evidence/words.ts'

/** Receive Maximum exceeded [MQTT 5 §3.3.4]. */
const code = 0x93
const said = /receive.?maximum|second connect|duplicate connect/i

export const flowControlViolation: Explanation = {
  name: 'flow_control_violation',
  title: 'More messages in flight than were allowed',
  basis: 'settled',
  source: 'https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html#_Toc3901251',
  needs: 'the reason code 0x93 of the broker, or what the client saw (observe)',
  over: ['slow_consumer', 'protocol_violation'],
  recognise: ({ bad }) => {
    const ends = bad.filter(isFlowControl)
    if (ends.length === 0) return undefined
    const byClient = ends.filter(({ claim }) => claim.end?.evidence?.clientCause === 'protocol_error').length
    const clients = [...Map.groupBy(ends, ({ clientId }) => clientId)].toSorted(([, a], [, b]) => b.length - a.length)
    const most = Math.max(0, ...ends.flatMap(({ claim }) => claim.end?.evidence?.publishesSent ?? []))
    const byBroker = byClient > ends.length / 2
    const coded = ends.filter(hasCode).length
    const words = ends.flatMap(({ end }) => end?.reason ?? [])
    const how =
      coded > 0
        ? `with code 147 (0x93, Receive Maximum exceeded)${coded < ends.length ? `, ${coded} of them by code` : ''}`
        : `with the words "${namesText([...new Set(words)], 2)}"`
    return {
      fit: 1,
      explains: ends.length,
      clients: clients.map(([clientId]) => clientId),
      evidence: [
        `${countText(ends.length, 'session')} of ${namesText(clients.map(([clientId]) => clientId))} ended ${how}.`,
        byBroker
          ? 'It was the client that ended them: the broker sent more than the client allowed.'
          : 'It was the broker that ended them: the client sent more than the broker allowed.',
        ...(most > 0 ? [`Up to ${most} messages were sent in such a session.`] : []),
      ],
      remedy: byBroker
        ? [
            'Raise receiveMaximum in the properties of the CONNECT (1000 where it is 20), or update the broker.',
            'Acknowledge sooner: do long work outside of the message handler.',
          ]
        : [
            'Keep at most as many QoS 1 and 2 messages unacknowledged as receiveMaximum of the CONNACK says; update the client library, which should do so by itself.',
            'Or raise that limit of the broker (EMQX mqtt.max_inflight, mosquitto max_inflight_messages, HiveMQ server-receive-maximum).',
          ],
    }
  },
}

/** Did either side end it for that? */
export function isFlowControl(session: Session): boolean {
  return hasCode(session) || said.test(session.end?.reason ?? '')
}

function hasCode({ end, claim }: Session): boolean {
  return end?.reasonCode === code || claim.end?.reasonCode === code
}
