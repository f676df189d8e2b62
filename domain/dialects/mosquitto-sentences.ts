/** mosquitto: the sentences with which its log ends a connection, in every wording, and the cause each stands for. */
import type { Cause } from '../cause.ts'

/** How a sentence ends after the client id. */
export interface Ending {
  readonly text: string
  readonly cause: Cause
  /** Says that a login or CONNECT was refused, not that an established connection ended. */
  readonly refusal?: true
}

/**
 * Endings up to 2.1.0, after `Client <id>`. None is the end of another, so a line has at most one of them.
 * `not authorised` is a refusal also with an id: since 2.0.13 the id is the one that the failed login claimed.
 */
export const endingsUntil210: readonly Ending[] = [
  { text: ' disconnected.', cause: 'client_requested' },
  { text: ' closed its connection.', cause: 'network_eof' },
  { text: ' has exceeded timeout, disconnecting.', cause: 'keepalive_timeout' },
  { text: ' disconnected, session taken over.', cause: 'session_taken_over' },
  { text: ' disconnected, not authorised.', cause: 'not_authorized', refusal: true },
  { text: ' disconnected due to malformed packet.', cause: 'protocol_error' },
  { text: ' disconnected due to protocol error.', cause: 'protocol_error' },
  { text: ' disconnected due to oversize packet.', cause: 'packet_too_large' },
  { text: ' disconnected due to oversize payload.', cause: 'packet_too_large' },
  { text: ' disconnected due to out of memory.', cause: 'server_error' },
  { text: ' disconnected due to QoS too high or retain not supported.', cause: 'protocol_error' },
  {
    text: ' disconnected due to using not allowed feature (QoS too high, retain not supported, or bad AUTH method).',
    cause: 'protocol_error',
  },
  { text: ' been disconnected by administrative action.', cause: 'kicked' },
  { text: ' disconnected due to exceeding the receive maximum.', cause: 'quota_exceeded' },
  { text: ' disconnected, implementation specific error.', cause: 'protocol_error' },
  { text: ' disconnected, client identifier not valid.', cause: 'protocol_error', refusal: true },
  { text: ' disconnected, bad username or password.', cause: 'not_authorized', refusal: true },
  { text: ' disconnected, server unavailable.', cause: 'server_error', refusal: true },
  { text: ' disconnected, server busy.', cause: 'server_error', refusal: true },
  { text: ' disconnected, client banned.', cause: 'kicked', refusal: true },
  { text: ' disconnected, bad authentication method.', cause: 'not_authorized', refusal: true },
  { text: ' disconnected, quota exceeded.', cause: 'quota_exceeded' },
  { text: ' disconnected, connection rate exceeded.', cause: 'quota_exceeded', refusal: true },
  { text: ' disconnected, topic alias invalid.', cause: 'protocol_error' },
  { text: ' disconnected, non-matching http origin.', cause: 'protocol_error', refusal: true },
]

/** Endings since 2.1.1, after `Client <id> [<address>:<port>] disconnected: `. */
export const endingsSince211: readonly Ending[] = [
  { text: 'connection closed by client.', cause: 'network_eof' },
  { text: 'exceeded timeout.', cause: 'keepalive_timeout' },
  { text: 'session taken over.', cause: 'session_taken_over' },
  { text: 'not authorised.', cause: 'not_authorized', refusal: true },
  { text: 'malformed packet.', cause: 'protocol_error' },
  { text: 'protocol error.', cause: 'protocol_error' },
  { text: 'oversize packet.', cause: 'packet_too_large' },
  { text: 'oversize payload.', cause: 'packet_too_large' },
  { text: 'out of memory.', cause: 'server_error' },
  {
    text: 'used disallowed feature (QoS too high, retain not supported, or bad AUTH method).',
    cause: 'protocol_error',
  },
  { text: 'administrative action.', cause: 'kicked' },
  { text: 'receive maximum exceeded.', cause: 'quota_exceeded' },
  { text: 'implementation specific error.', cause: 'protocol_error' },
  { text: 'client identifier not valid.', cause: 'protocol_error', refusal: true },
  { text: 'bad username or password.', cause: 'not_authorized', refusal: true },
  { text: 'server unavailable.', cause: 'server_error', refusal: true },
  { text: 'server busy.', cause: 'server_error', refusal: true },
  { text: 'client banned.', cause: 'kicked', refusal: true },
  { text: 'bad authentication method.', cause: 'not_authorized', refusal: true },
  { text: 'quota exceeded.', cause: 'quota_exceeded' },
  { text: 'connection rate exceeded.', cause: 'quota_exceeded', refusal: true },
  { text: 'topic alias invalid.', cause: 'protocol_error' },
  { text: 'non-matching http origin.', cause: 'protocol_error', refusal: true },
]

/** The ending of a take-over up to 2.0, at severity E; the old connection gets no other line. */
export const takenOver: Ending = {
  text: ' already connected, closing old connection.',
  cause: 'session_taken_over',
}

/** What the operating system said (strerror), or mosquitto of a socket that failed, as a cause. */
export function causeOfError(text: string): Cause {
  // The TLS layer reports its failures as EPROTO.
  if (text.includes('TLS') || text === 'Protocol error') return 'tls_error'
  if (/memory|Too many open files|No buffer space/.test(text)) return 'server_error'
  if (/^(?:Success|No error|Unknown error)/.test(text)) return 'unknown'
  return 'network_reset'
}
