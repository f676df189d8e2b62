/** Which of the record's causes the end is that a client's own process saw. */
import type { Cause } from './cause.ts'
import type { ClientCause, ClosedFacts } from './client-cause.ts'
import { causeOfConnack, causeOfReasonCode } from './reason-codes.ts'

/** RFC 6455 §7.4.1 and its registry. */
const ofWebSocket: Readonly<Record<number, Cause>> = {
  1001: 'server_shutdown',
  1002: 'protocol_error',
  1003: 'protocol_error',
  1007: 'protocol_error',
  1008: 'not_authorized',
  1009: 'packet_too_large',
  1011: 'server_error',
  1012: 'server_shutdown',
  1013: 'server_error',
  1015: 'tls_error',
}
const plain: Readonly<Partial<Record<ClientCause, Cause>>> = {
  local_end: 'client_requested',
  keepalive_timeout: 'keepalive_timeout',
  tcp_fin: 'network_eof',
  tcp_reset: 'network_reset',
  tls: 'tls_error',
}

/** Which of the record's 16 causes a client's is. Table: docs/causes.md. */
export function causeOfClosed({ cause, code = -1 }: Pick<ClosedFacts, 'cause' | 'code'>): Cause {
  if (cause === 'server_disconnect') return causeOfReasonCode.get(code) ?? 'unknown'
  if (cause === 'connack_refused') return causeOfConnack(code)
  if (cause === 'ws_close') return ofWebSocket[code] ?? 'network_eof'
  if (cause === 'ws_handshake') {
    if (code === 401 || code === 403) return 'not_authorized'
    return code >= 500 ? 'server_error' : 'unknown'
  }
  if (cause === 'protocol_error') {
    if (code === 0x95) return 'packet_too_large'
    return code === 0x93 ? 'quota_exceeded' : 'protocol_error'
  }
  return plain[cause] ?? 'unknown'
}
