/** Why a connection ended as the client's own process saw it: a closed set, and which of the record's causes each is. */
import type { Cause } from './cause.ts'

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

const ofDisconnect: Readonly<Record<number, Cause>> = {
  0x00: 'client_requested',
  0x81: 'protocol_error',
  0x82: 'protocol_error',
  0x87: 'not_authorized',
  0x89: 'server_error',
  0x8b: 'server_shutdown',
  0x8d: 'keepalive_timeout',
  0x8e: 'session_taken_over',
  0x8f: 'protocol_error',
  0x90: 'protocol_error',
  0x93: 'quota_exceeded',
  0x94: 'protocol_error',
  0x95: 'packet_too_large',
  0x96: 'quota_exceeded',
  0x97: 'quota_exceeded',
  0x98: 'kicked',
  0x99: 'protocol_error',
  0x9c: 'server_redirect',
  0x9d: 'server_redirect',
  0x9f: 'quota_exceeded',
  0xa0: 'lifetime_expired',
}
/** Of CONNACK: MQTT 3.1.1 §3.2.2.3 and MQTT 5 §3.2.2.2. */
const ofConnack: Readonly<Record<number, Cause>> = {
  1: 'protocol_error',
  2: 'not_authorized',
  3: 'server_error',
  4: 'not_authorized',
  5: 'not_authorized',
  0x81: 'protocol_error',
  0x82: 'protocol_error',
  0x84: 'protocol_error',
  0x85: 'not_authorized',
  0x86: 'not_authorized',
  0x87: 'not_authorized',
  0x88: 'server_error',
  0x89: 'server_error',
  0x8a: 'kicked',
  0x8c: 'not_authorized',
  0x90: 'protocol_error',
  0x95: 'packet_too_large',
  0x97: 'quota_exceeded',
  0x9c: 'server_redirect',
  0x9d: 'server_redirect',
  0x9f: 'quota_exceeded',
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
  if (cause === 'server_disconnect') return ofDisconnect[code] ?? 'unknown'
  if (cause === 'connack_refused') return ofConnack[code] ?? 'unknown'
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
