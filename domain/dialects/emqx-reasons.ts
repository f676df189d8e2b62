/** EMQX: every `reason` its disconnected events can carry, and the cause each stands for. */
import type { Cause, CauseMeaning } from '../cause.ts'
import { causeOfReasonCode } from '../reason-codes.ts'

export interface EmqxReason {
  readonly cause: Cause
  /** MQTT 5 reason code whose name this is. */
  readonly reasonCode?: number
  /** Said only where it differs from what the cause says. */
  readonly initiator?: CauseMeaning['initiator']
}

/** Reasons that only EMQX or the network can give. */
const ownReasons: readonly (readonly [cause: Cause, names: readonly string[]])[] = [
  ['kicked', ['kicked']],
  ['session_taken_over', ['takenover', 'discarded']],
  ['protocol_error', ['frame_error', 'unexpected_ws_frame']],
  ['packet_too_large', ['frame_too_large', 'emsgsize']],
  ['server_error', ['shutdown']],
  // ssl_closed is for TLS what tcp_closed is for TCP: the peer closed. TLS did not fail.
  ['network_eof', ['tcp_closed', 'ssl_closed', 'closed', 'remote', 'stop', 'enotconn', 'einval']],
  ['network_reset', ['econnreset', 'econnaborted', 'econnrefused', 'epipe', 'etimedout', 'send_timeout']],
  ['network_reset', ['ehostunreach', 'ehostdown', 'enetunreach', 'enetdown', 'enetreset', 'eshutdown']],
  ['tls_error', ['tls_alert', 'ssl_error', 'ssl_upgrade_timeout']],
  ['unknown', ['internal_error', 'timeout', 'error']],
]

/**
 * Reasons that are names of MQTT 5 codes. EMQX writes the name of the code whether it sent it or the client did, so
 * these do not tell who ended the connection.
 */
const codeNames: readonly (readonly [reasonCode: number, name: string])[] = [
  [0x80, 'unspecified_error'],
  [0x81, 'malformed_packet'],
  [0x82, 'protocol_error'],
  [0x83, 'implementation_specific_error'],
  [0x84, 'unsupported_protocol_version'],
  [0x85, 'client_identifier_not_valid'],
  [0x86, 'bad_username_or_password'],
  [0x87, 'not_authorized'],
  [0x88, 'server_unavailable'],
  [0x89, 'server_busy'],
  [0x8a, 'banned'],
  [0x8b, 'server_shutting_down'],
  [0x8c, 'bad_authentication_method'],
  [0x8d, 'keepalive_timeout'],
  [0x8e, 'session_taken_over'],
  [0x8f, 'topic_filter_invalid'],
  [0x90, 'topic_name_invalid'],
  [0x91, 'packet_identifier_inuse'],
  [0x92, 'packet_identifier_not_found'],
  [0x93, 'receive_maximum_exceeded'],
  [0x94, 'topic_alias_invalid'],
  [0x95, 'packet_too_large'],
  [0x96, 'message_rate_too_high'],
  [0x97, 'quota_exceeded'],
  [0x98, 'administrative_action'],
  [0x99, 'payload_format_invalid'],
  [0x9a, 'retain_not_supported'],
  [0x9b, 'qos_not_supported'],
  [0x9c, 'use_another_server'],
  [0x9d, 'server_moved'],
  [0x9e, 'shared_subscriptions_not_supported'],
  [0x9f, 'connection_rate_exceeded'],
  [0xa0, 'maximum_connect_time'],
  [0xa1, 'subscription_identifiers_not_supported'],
  [0xa2, 'wildcard_subscriptions_not_supported'],
]

/** Codes that EMQX itself is known to end connections with and that MQTT lets only a server send [MQTT 5 §3.14.2.1]. */
const sentByServer = new Set(['keepalive_timeout', 'not_authorized', 'use_another_server'])

/** Every known reason. A map, because a reason may be any text, such as `constructor`. */
export const emqxReasons: ReadonlyMap<string, EmqxReason> = new Map<string, EmqxReason>([
  // Only a client's own DISCONNECT gives these two.
  ['normal', { cause: 'client_requested', reasonCode: 0x00 }],
  ['disconnect_with_will_message', { cause: 'client_requested', reasonCode: 0x04 }],
  ...codeNames.map(([reasonCode, name]): [string, EmqxReason] => {
    const cause = causeOfReasonCode.get(reasonCode) ?? 'unknown'
    return [name, sentByServer.has(name) ? { cause, reasonCode } : { cause, reasonCode, initiator: 'unknown' }]
  }),
  ...ownReasons.flatMap(([cause, names]) => names.map((name): [string, EmqxReason] => [name, { cause }])),
])
