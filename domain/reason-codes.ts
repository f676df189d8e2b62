/** What the codes of MQTT stand for, whoever tells them: the broker in its own words, or the client that received them. */
import type { Cause } from './cause.ts'

/** Reason codes of MQTT 5 [§2.4] with which a connection ends or is refused. */
export const causeOfReasonCode: ReadonlyMap<number, Cause> = new Map<number, Cause>([
  [0x00, 'client_requested'],
  [0x04, 'client_requested'],
  [0x80, 'server_error'],
  [0x81, 'protocol_error'],
  [0x82, 'protocol_error'],
  [0x83, 'protocol_error'],
  [0x84, 'protocol_error'],
  [0x85, 'protocol_error'],
  [0x86, 'not_authorized'],
  [0x87, 'not_authorized'],
  [0x88, 'server_error'],
  [0x89, 'server_error'],
  [0x8a, 'kicked'],
  [0x8b, 'server_shutdown'],
  [0x8c, 'not_authorized'],
  [0x8d, 'keepalive_timeout'],
  [0x8e, 'session_taken_over'],
  [0x8f, 'protocol_error'],
  [0x90, 'protocol_error'],
  [0x91, 'protocol_error'],
  [0x92, 'protocol_error'],
  [0x93, 'quota_exceeded'],
  [0x94, 'protocol_error'],
  [0x95, 'packet_too_large'],
  [0x96, 'quota_exceeded'],
  [0x97, 'quota_exceeded'],
  [0x98, 'kicked'],
  [0x99, 'protocol_error'],
  [0x9a, 'protocol_error'],
  [0x9b, 'protocol_error'],
  [0x9c, 'server_redirect'],
  [0x9d, 'server_redirect'],
  [0x9e, 'protocol_error'],
  [0x9f, 'quota_exceeded'],
  [0xa0, 'lifetime_expired'],
  [0xa1, 'protocol_error'],
  [0xa2, 'protocol_error'],
])

/** Return codes of CONNACK before MQTT 5 [MQTT 3.1.1 §3.2.2.3]. */
const causeOfReturnCode: ReadonlyMap<number, Cause> = new Map<number, Cause>([
  [1, 'protocol_error'],
  [2, 'protocol_error'],
  [3, 'server_error'],
  [4, 'not_authorized'],
  [5, 'not_authorized'],
])

/** Why a connection was refused, by the code of CONNACK: MQTT 5 has none below 0x80 but success, 3.1.1 none above 5. */
export function causeOfConnack(code: number): Cause {
  return (code < 0x80 ? causeOfReturnCode : causeOfReasonCode).get(code) ?? 'unknown'
}
