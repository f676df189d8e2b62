/** Why a connection ended: the closed set of normalized causes, and what each says about who ended it. */
import * as z from 'zod/mini'

/** The 16 causes, in the order they are documented. */
export const causeNames = [
  'client_requested',
  'keepalive_timeout',
  'session_taken_over',
  'kicked',
  'server_shutdown',
  'server_redirect',
  'not_authorized',
  'protocol_error',
  'packet_too_large',
  'quota_exceeded',
  'server_error',
  'network_eof',
  'network_reset',
  'tls_error',
  'lifetime_expired',
  'unknown',
] as const
export const CauseSchema = z.enum(causeNames)
export type Cause = z.infer<typeof CauseSchema>

/** What one cause means: who ended the connection, whether politely, and whether it counts towards anomaly. */
export interface CauseMeaning {
  readonly initiator: 'client' | 'server' | 'network' | 'unknown'
  readonly graceful: boolean
  /** Counts as an abnormal end. A take-over counts only when it repeats (see `minute.ts`). */
  readonly abnormal: boolean
  readonly text: string
}

/** Meaning of every cause, by name. */
export const causes: Readonly<Record<Cause, CauseMeaning>> = {
  client_requested: {
    initiator: 'client',
    graceful: true,
    abnormal: false,
    text: 'the client said goodbye (DISCONNECT)',
  },
  keepalive_timeout: {
    initiator: 'server',
    graceful: false,
    abnormal: true,
    text: 'nothing was heard from the client for 1.5 times its keepalive',
  },
  session_taken_over: {
    initiator: 'server',
    graceful: false,
    abnormal: false,
    text: 'another connection used the same client id',
  },
  kicked: { initiator: 'server', graceful: false, abnormal: true, text: 'an operator or a ban ended it' },
  server_shutdown: { initiator: 'server', graceful: false, abnormal: true, text: 'the broker shut down' },
  server_redirect: {
    initiator: 'server',
    graceful: true,
    abnormal: false,
    text: 'the broker sent the client to another server',
  },
  not_authorized: {
    initiator: 'server',
    graceful: false,
    abnormal: true,
    text: 'the broker did not accept the client or what it asked for',
  },
  protocol_error: {
    initiator: 'server',
    graceful: false,
    abnormal: true,
    text: 'the client sent what MQTT does not allow',
  },
  packet_too_large: {
    initiator: 'server',
    graceful: false,
    abnormal: true,
    text: 'a packet was larger than allowed',
  },
  quota_exceeded: { initiator: 'server', graceful: false, abnormal: true, text: 'a rate or flow limit was exceeded' },
  server_error: { initiator: 'server', graceful: false, abnormal: true, text: 'the broker was busy or failed' },
  network_eof: {
    initiator: 'network',
    graceful: false,
    abnormal: true,
    text: 'the connection closed without a goodbye',
  },
  network_reset: { initiator: 'network', graceful: false, abnormal: true, text: 'the connection was reset' },
  tls_error: { initiator: 'network', graceful: false, abnormal: true, text: 'TLS failed' },
  lifetime_expired: {
    initiator: 'server',
    graceful: false,
    abnormal: true,
    text: 'the permitted connect time was over',
  },
  unknown: { initiator: 'unknown', graceful: false, abnormal: true, text: 'the broker did not say why' },
}
