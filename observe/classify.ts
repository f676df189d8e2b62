/** From an error of the stream to a cause. */
import type { ClientCause, Phase } from '../domain/client-cause.ts'

export interface Fault {
  readonly message: string
  /** A name from Node, a number from MQTT.js. */
  readonly code?: string | number
}
export interface Found {
  readonly cause: ClientCause
  readonly code?: number | undefined
  readonly errorCode?: string | undefined
  /** Where it is another than the stream's own events said. */
  readonly phase?: Phase
}

const patterns: readonly (readonly [ClientCause, RegExp, Phase])[] = [
  ['protocol_error', /^WS_/, 'mqtt'],
  ['dns', /^ENOTF|^EAI_/, 'tcp'],
  ['refused', /REFUSED|ENOENT/, 'tcp'],
  ['unreachable', /UNREACH|TIMEDOUT|DOWN|ADDRNOT|EPERM|EACCES/, 'tcp'],
  ['tls', /CERT|CRL|TLS|SSL|EPROTO|UNABLE|INVALID_|PATH_L|HOSTN/, 'tls'],
  ['tcp_reset', /RESET|EPIPE|ABORTED/, 'ws'],
]

export function causeOfFault({ message, code }: Fault, phase: Phase, isWebSocket: boolean): Found {
  const errorCode = code === undefined ? code : String(code)
  const status = /response: (\d+)/.exec(message)
  if (status) return { cause: 'ws_handshake', code: Number(status[1]) }
  // The other side said FIN where TLS was awaited.
  if (/secure TLS/.test(message) || (phase === 'tls' && errorCode === 'ECONNRESET'))
    return { cause: 'tls', errorCode, phase: 'tls' }
  // As Node calls a FIN where the answer to an upgrade was awaited.
  const known = !/hang up/.test(message) && patterns.find(([, pattern]) => pattern.test(errorCode ?? ''))
  if (!known) return { cause: isWebSocket ? 'ws_close' : 'unknown', errorCode }
  return { cause: known[0], errorCode, phase: phase === 'ws' ? known[2] : phase }
}
