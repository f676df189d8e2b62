/** NanoMQ's codes, printed in hexadecimal: what they stand for, which is often not what MQTT gave them. */
import type { Cause } from '../cause.ts'
import type { EventDraft } from '../event.ts'
import { endedBy } from './reading.ts'

type Ending = Pick<EventDraft, 'cause' | 'initiator' | 'graceful' | 'origin' | 'reason' | 'reasonCode'>

/** Codes that mean what MQTT 5 says they do. */
const asInMqtt: ReadonlyMap<string, Cause> = new Map<string, Cause>([
  ['80', 'server_error'],
  ['81', 'protocol_error'],
  ['82', 'protocol_error'],
  ['83', 'protocol_error'],
  ['84', 'protocol_error'],
  ['85', 'protocol_error'],
  ['86', 'not_authorized'],
  ['87', 'not_authorized'],
  ['88', 'server_error'],
  ['89', 'server_error'],
  ['8a', 'kicked'],
  ['8c', 'not_authorized'],
  ['8d', 'keepalive_timeout'],
  ['93', 'quota_exceeded'],
  ['95', 'packet_too_large'],
  ['97', 'quota_exceeded'],
  ['99', 'protocol_error'],
  ['9f', 'quota_exceeded'],
])

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
  const cause = asInMqtt.get(code)
  if (cause === undefined) return { ...endedBy(asInNanomq.get(code) ?? 'unknown'), reason: code }
  return { ...endedBy(cause), reason: code, reasonCode: Number.parseInt(code, 16) }
}

/** Return codes of CONNACK before MQTT 5 [MQTT 3.1.1 §3.2.2.3], which NanoMQ also gives to such clients only. */
const returnCodes: ReadonlyMap<string, Cause> = new Map<string, Cause>([
  ['1', 'protocol_error'],
  ['2', 'protocol_error'],
  ['3', 'server_error'],
  ['4', 'not_authorized'],
  ['5', 'not_authorized'],
])

/** Why a CONNECT was refused: MQTT 5 codes begin at 0x80, those before end at 5. */
export function nanomqRefusal(code: string): Ending {
  const cause = returnCodes.get(code) ?? asInMqtt.get(code) ?? 'unknown'
  return { ...endedBy(cause, 'server'), reason: code, reasonCode: Number.parseInt(code, 16) }
}
