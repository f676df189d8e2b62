/** Why a connection ended as the client's own process saw it: a closed set, and which of the record's causes each is. */
import type { Cause } from './cause.ts'
import { causeOfConnack, causeOfReasonCode } from './reason-codes.ts'

/** In the order in which the first that fits is taken. */
export const clientCauseNames = [
  /** The application called `end()`, `end(true)` or `reconnect()`. */
  'local_end',
  /** The broker sent DISCONNECT; `code` is its reason code. */
  'server_disconnect',
  /** CONNACK said no; `code` is its code. */
  'connack_refused',
  /** The server answered the upgrade to a WebSocket with another HTTP status; `code` is that. */
  'ws_handshake',
  'protocol_error',
  'dns',
  'refused',
  'unreachable',
  'tls',
  'tcp_reset',
  /** No CONNACK in time; `phase` says how far it had come. */
  'connack_timeout',
  'keepalive_timeout',
  /** The WebSocket closed; `code` is its close code where it could be seen. */
  'ws_close',
  'tcp_fin',
  /** The application or a library destroyed the socket. */
  'local_destroy',
  'unknown',
] as const
export type ClientCause = (typeof clientCauseNames)[number]

/** How far a connection had come. */
export const phaseNames = ['tcp', 'tls', 'ws', 'mqtt'] as const
export type Phase = (typeof phaseNames)[number]
export const transportNames = ['tcp', 'tls', 'ws', 'wss'] as const
export type Transport = (typeof transportNames)[number]
export const runtimeNames = ['node', 'browser', 'worker'] as const
export type Runtime = (typeof runtimeNames)[number]

/** What the client knows when a connection closes. Durations in milliseconds; absent: it cannot know. */
export interface ClosedFacts {
  readonly cause: ClientCause
  /** Had CONNACK said yes? If not this was an attempt, not a session. */
  readonly connected: boolean
  readonly code?: number
  /** Of the error: ECONNRESET, ENOTFOUND, CERT_HAS_EXPIRED… */
  readonly errorCode?: string
  readonly phase: Phase
}

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
