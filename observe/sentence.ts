/** What the causes are in words. */
import { type ClientCause, clientCauseNames } from '../domain/client-cause.ts'
import type { Closed } from './types.ts'

/** In the order of `clientCauseNames`. */
const words = [
  'The application ended it',
  'The broker sent DISCONNECT',
  'The broker refused',
  'There was no WebSocket',
  'The protocol was broken',
  'The host name is unknown',
  'Nothing listened',
  'The host was out of reach',
  'TLS failed',
  'TCP was reset',
  'No CONNACK came in time',
  'No ping was answered in time',
  'The WebSocket closed',
  'The other side closed TCP and said no reason',
  'This process destroyed the socket',
  'Nothing said why it ended',
]
export const rankOf = (cause: ClientCause) => clientCauseNames.indexOf(cause)

type Figures = { readonly [K in keyof Closed]?: Closed[K] | undefined } & Pick<Closed, 'cause'>

const after = (ms: number | undefined, what: string) => (ms! >= 0 ? `, ${(ms! / 1e3).toFixed(1)} s after ${what}` : '')

/** One sentence with the figures. */
export function sentenceOf(closed: Figures): string {
  const { cause, code = closed.errorCode, sinceReceivedMs, sessionMs } = closed
  const rest = closed.connected ? `keepalive is ${closed.keepaliveSeconds} s` : `attempt ${closed.attempt}`
  return `${words[rankOf(cause)]}${code ? ` (${code})` : ''}${after(sinceReceivedMs, 'the last packet')}${after(sessionMs, 'CONNACK')}; ${rest}.`
}
