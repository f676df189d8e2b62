/** The causes in words, in the order in which the first that fits is taken, and how an error of the stream tells one. */
import type { ClientCause, Phase } from '../domain/client-cause.ts'

/** Where its code and message fit the pattern it is that, and a WebSocket that was not open had come so far. */
type Row = readonly [cause: ClientCause, words: string, pattern?: RegExp, reached?: Phase]

/** In the order of `clientCauseNames`. */
export const causes: readonly Row[] = [
  ['local_end', 'Ended by the application'],
  ['server_disconnect', 'Broker sent DISCONNECT'],
  ['connack_refused', 'Refused by the broker'],
  ['ws_handshake', 'No WebSocket opened', /response: \d/],
  ['protocol_error', 'Protocol broken', /^WS_/],
  ['dns', 'Unknown host name', /^ENOTF|^EAI_/, 'tcp'],
  ['refused', 'Nothing listened there', /^ECONNREF|^ENOENT/, 'tcp'],
  ['unreachable', 'Host out of reach', /^E(\w+UNREACH|TIMED|\w+DOWN|ADDRNOT|PERM|ACCES)/, 'tcp'],
  // In words: the other side said FIN where TLS was awaited.
  ['tls', 'TLS failed', /^\w*(CERT|CRL|TLS|SSL|EPROTO|UNABLE|INVALID_|PATH_L|HOSTN)|secure TLS/, 'tls'],
  // "socket hang up" is what Node calls a FIN where the answer to an upgrade was awaited.
  ['tcp_reset', 'TCP was reset', /^E(CONNRESET(?!.*hang)|PIPE|CONNAB)/],
  ['connack_timeout', 'No CONNACK in time'],
  ['keepalive_timeout', 'No ping answered in time'],
  ['ws_close', 'WebSocket closed'],
  ['tcp_fin', 'The other side closed TCP without a word'],
  ['local_destroy', 'Destroyed by this process'],
  ['unknown', 'Unknown reason'],
]
export const wordsOf = (cause: ClientCause) => causes[rankOf(cause)]![1]
export const rankOf = (cause: ClientCause) => causes.findIndex(([name]) => name === cause)

/** `said`: the code and the message of an error. */
export const rowOf = (said: string) => causes.find(([, , pattern]) => pattern?.test(said))
