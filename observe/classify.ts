/** From an error of the stream to a cause. */
import type { ClientCause, Phase } from '../domain/client-cause.ts'

/** As streams of Node have it. */
export interface Fault {
  readonly message: string
  readonly code?: string
}

/** And how far a WebSocket had come that failed so before it was open. */
const patterns: readonly (readonly [RegExp, ClientCause, Phase?])[] = [
  [/^WS_/, 'protocol_error'],
  [/^ENOTF|^EAI_/, 'dns', 'tcp'],
  [/^ECONNREF|^ENOENT/, 'refused', 'tcp'],
  [/^E(\w+UNREACH|TIMED|\w+DOWN|ADDRNOT|PERM|ACCES)/, 'unreachable', 'tcp'],
  // In words: the other side said FIN where TLS was awaited.
  [/^\w*(CERT|CRL|TLS|SSL|EPROTO|UNABLE|INVALID_|PATH_L|HOSTN)|secure TLS/, 'tls', 'tls'],
  // "socket hang up" is what Node calls a FIN where the answer to an upgrade was awaited.
  [/^E(CONNRESET(?!.*hang)|PIPE|CONNAB)/, 'tcp_reset'],
]

interface Found {
  readonly cause: ClientCause
  readonly reached?: Phase | undefined
  /** Of HTTP. */
  readonly status?: number | undefined
}

export function causeOfFault({ code, message }: Fault, phase: Phase, isWebSocket: boolean): Found {
  const status = /response: (\d+)/.exec(message)
  if (status) return { cause: 'ws_handshake', status: Number(status[1]) }
  for (const [pattern, cause, reached] of patterns) {
    if (pattern.test(`${code} ${message}`))
      return { cause: phase === 'tls' && cause === 'tcp_reset' ? 'tls' : cause, reached }
  }
  return { cause: isWebSocket ? 'ws_close' : 'unknown' }
}
