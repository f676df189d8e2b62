/** What each cause is in words; the order is that of `clientCauseNames`, in which the first that fits is taken. */
import type { ClientCause } from '../domain/client-cause.ts'
import type { Closed } from './types.ts'

const words: Readonly<Record<ClientCause, string>> = {
  local_end: 'The application ended the connection',
  server_disconnect: 'The broker sent DISCONNECT',
  connack_refused: 'The broker refused',
  ws_handshake: 'The server opened no WebSocket',
  protocol_error: 'The protocol was broken',
  dns: 'The host name was not found',
  refused: 'Nobody listened',
  unreachable: 'The host was out of reach',
  tls: 'TLS failed',
  tcp_reset: 'TCP was reset',
  connack_timeout: 'No CONNACK came in time',
  keepalive_timeout: 'No answer to PINGREQ came',
  ws_close: 'The WebSocket was closed',
  tcp_fin: 'The other side closed TCP without saying why',
  local_destroy: 'This process destroyed the socket',
  unknown: 'Nothing said why it ended',
}
export const order = Object.keys(words)

const after = (ms: number | undefined, what: string) =>
  ms === undefined ? '' : `, ${(ms / 1000).toFixed(1)} s after ${what}`

/** One sentence with the figures. */
export function sentenceOf(closed: Figures): string {
  const { cause, code, errorCode } = closed
  const detail = code ?? errorCode
  return `${words[cause]}${detail === undefined ? '' : ` (${detail})`}${after(closed.sinceReceivedMs, 'the last packet')}${after(closed.sessionMs, 'CONNACK')}; ${closed.connected ? `the keepalive is ${closed.keepaliveSeconds} s` : `attempt ${closed.attempt}, phase ${closed.phase}`}.`
}
type Figures = { readonly [K in keyof Closed]?: Closed[K] | undefined } & Pick<Closed, 'cause'>
