/** What the causes are in words. */
import { type ClientCause, clientCauseNames } from '../domain/client-cause.ts'
import type { Closed } from './types.ts'

/** In the order of `clientCauseNames`. */
const words = [
  'The application ended the connection',
  'The broker sent DISCONNECT',
  'The broker refused the connection',
  'The server opened no WebSocket',
  'The protocol was broken',
  'The host name could not be resolved',
  'Nothing listened there',
  'The host could not be reached',
  'TLS failed',
  'The TCP connection was reset',
  'No CONNACK came in time',
  'No ping was answered in time',
  'The WebSocket was closed',
  'The other side closed the TCP connection without saying why',
  'This process destroyed the socket',
  'The connection ended for an unknown reason',
]
export const rankOf = (cause: ClientCause) => clientCauseNames.indexOf(cause)

type Figures = { readonly [K in keyof Closed]?: Closed[K] | undefined } & Pick<Closed, 'cause'>

const after = (ms: number | undefined, what: string) => (ms! >= 0 ? `, ${(ms! / 1e3).toFixed(1)} s after ${what}` : '')

/** One sentence with the figures. */
export function sentenceOf(closed: Figures): string {
  const { cause, code = closed.errorCode, sinceReceivedMs, sessionMs } = closed
  const rest = closed.connected
    ? `the keepalive is ${closed.keepaliveSeconds} s`
    : `attempt ${closed.attempt}, phase ${closed.phase}`
  return `${words[rankOf(cause)]}${code ? ` (${code})` : ''}${after(sinceReceivedMs, 'the last packet')}${after(sessionMs, 'CONNACK')}; ${rest}.`
}
