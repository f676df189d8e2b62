/** Why a connection ended as the client's own process saw it: a closed set. Imports nothing: applications get its types. */

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
