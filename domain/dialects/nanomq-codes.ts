/** NanoMQ's codes, printed in hexadecimal: what they stand for, which is often not what MQTT gave them. */
import type { Cause } from '../cause.ts'
import type { EventDraft } from '../event.ts'
import { causeOfConnack, causeOfReasonCode } from '../reason-codes.ts'
import { endedBy } from './reading.ts'

type Ending = Pick<EventDraft, 'cause' | 'initiator' | 'graceful' | 'origin' | 'reason' | 'reasonCode'>

/** Codes that mean what MQTT 5 says they do. */
const asInMqtt: ReadonlySet<string> = new Set('80 81 82 83 84 85 86 87 88 89 8a 8c 8d 93 95 97 99 9f'.split(' '))

/** Codes with a meaning of NanoMQ's own. */
const asInNanomq: ReadonlyMap<string, Cause> = new Map<string, Cause>([
  // Goodbye, of whatever code, and what no code was set for: a take-over, and the end of a connection just refused.
  ['0', 'client_requested'],
  // MQTT's "server shutting down": here the peer closed or the connection was lost.
  ['8b', 'network_eof'],
  // MQTT's "session taken over": here a session expired whose client had long been away.
  ['8e', 'unknown'],
  // Errors of its sockets, where it failed in writing.
  ['5', 'network_reset'],
  ['7', 'network_eof'],
  ['d', 'protocol_error'],
  ['e', 'network_reset'],
  ['11', 'packet_too_large'],
  ['12', 'network_reset'],
  ['13', 'network_reset'],
  ['1f', 'network_eof'],
])

/** How the connection ended. A code is told as MQTT's only where it means that. */
export function nanomqEnding(code: string): Ending {
  const cause = causeInMqtt(code)
  if (cause === undefined) return { ...endedBy(asInNanomq.get(code) ?? 'unknown'), reason: code }
  return { ...endedBy(cause), reason: code, reasonCode: Number.parseInt(code, 16) }
}

/** Why a CONNECT was refused: MQTT 5 codes begin at 0x80, those before end at 5. */
export function nanomqRefusal(code: string): Ending {
  const reasonCode = Number.parseInt(code, 16)
  const isMqtt = reasonCode < 0x80 || asInMqtt.has(code)
  return { ...endedBy(isMqtt ? causeOfConnack(reasonCode) : 'unknown', 'server'), reason: code, reasonCode }
}

function causeInMqtt(code: string): Cause | undefined {
  return asInMqtt.has(code) ? causeOfReasonCode.get(Number.parseInt(code, 16)) : undefined
}
