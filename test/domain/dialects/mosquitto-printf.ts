/** mosquitto's own formats, written down from its three wordings: how it would print an end, independent of how we read it. */
import type { Cause } from '../../../domain/cause.ts'
import type { Wording } from '../../../domain/dialect.ts'
import { utf8Bytes } from '../../../domain/dialects/reading.ts'

export interface PrintedEnd {
  readonly cause: Cause
  readonly type: 'disconnected' | 'refused'
  readonly severity: 'E' | 'N'
  readonly print: (id: string, peer: string) => string
}

const feature = '(QoS too high, retain not supported, or bad AUTH method)'

/** [cause, up to 2.0, 2.1.0, since 2.1.1]; `%` stands for the id; an empty text where that version prints none. */
const table: readonly (readonly [cause: Cause, v20: string, v210: string, since: string, refused?: 'refused'])[] = [
  ['client_requested', 'Client % disconnected.', 'Client % disconnected.', ''],
  ['network_eof', 'Client % closed its connection.', 'Client % closed its connection.', 'connection closed by client.'],
  [
    'keepalive_timeout',
    'Client % has exceeded timeout, disconnecting.',
    'Client % has exceeded timeout, disconnecting.',
    'exceeded timeout.',
  ],
  [
    'protocol_error',
    'Client % disconnected due to malformed packet.',
    'Client % disconnected due to malformed packet.',
    'malformed packet.',
  ],
  [
    'protocol_error',
    'Client % disconnected due to protocol error.',
    'Client % disconnected due to protocol error.',
    'protocol error.',
  ],
  [
    'not_authorized',
    'Client % disconnected, not authorised.',
    'Client % disconnected, not authorised.',
    'not authorised.',
    'refused',
  ],
  [
    'packet_too_large',
    'Client % disconnected due to oversize packet.',
    'Client % disconnected due to oversize packet.',
    'oversize packet.',
  ],
  [
    'packet_too_large',
    'Client % disconnected due to oversize payload.',
    'Client % disconnected due to oversize payload.',
    'oversize payload.',
  ],
  [
    'server_error',
    'Client % disconnected due to out of memory.',
    'Client % disconnected due to out of memory.',
    'out of memory.',
  ],
  [
    'protocol_error',
    `Client % disconnected due to using not allowed feature ${feature}.`,
    `Client % disconnected due to using not allowed feature ${feature}.`,
    `used disallowed feature ${feature}.`,
  ],
  ['protocol_error', 'Client % disconnected due to QoS too high or retain not supported.', '', ''],
  [
    'kicked',
    'Client % been disconnected by administrative action.',
    'Client % been disconnected by administrative action.',
    'administrative action.',
  ],
  [
    'network_reset',
    'Client % disconnected: Connection reset by peer.',
    'Client % disconnected: Connection reset by peer.',
    'Connection reset by peer.',
  ],
  ['network_reset', 'Client % disconnected: Broken pipe.', 'Client % disconnected: Broken pipe.', 'Broken pipe.'],
  [
    'network_reset',
    'Client % disconnected: Connection timed out.',
    'Client % disconnected: Connection timed out.',
    'Connection timed out.',
  ],
  ['tls_error', 'Client % disconnected: Protocol error.', 'Client % disconnected: Protocol error.', 'Protocol error.'],
  [
    'server_error',
    'Client % disconnected: Cannot allocate memory.',
    'Client % disconnected: Cannot allocate memory.',
    'Cannot allocate memory.',
  ],
  [
    'tls_error',
    'Bad socket read/write on client %: A TLS error occurred.',
    'Bad socket read/write on client %: A TLS error occurred',
    'bad socket read/write: A TLS error occurred',
  ],
  ['network_eof', 'Bad socket read/write on client %, disconnecting.', '', ''],
  ['network_eof', 'Socket error on client %, disconnecting.', '', ''],
  ['session_taken_over', '', 'Client % disconnected, session taken over.', 'session taken over.'],
  ['quota_exceeded', '', 'Client % disconnected due to exceeding the receive maximum.', 'receive maximum exceeded.'],
  ['protocol_error', '', 'Client % disconnected, implementation specific error.', 'implementation specific error.'],
  [
    'protocol_error',
    '',
    'Client % disconnected, client identifier not valid.',
    'client identifier not valid.',
    'refused',
  ],
  ['not_authorized', '', 'Client % disconnected, bad username or password.', 'bad username or password.', 'refused'],
  ['server_error', '', 'Client % disconnected, server unavailable.', 'server unavailable.', 'refused'],
  ['server_error', '', 'Client % disconnected, server busy.', 'server busy.', 'refused'],
  ['kicked', '', 'Client % disconnected, client banned.', 'client banned.', 'refused'],
  ['not_authorized', '', 'Client % disconnected, bad authentication method.', 'bad authentication method.', 'refused'],
  ['quota_exceeded', '', 'Client % disconnected, quota exceeded.', 'quota exceeded.'],
  ['quota_exceeded', '', 'Client % disconnected, connection rate exceeded.', 'connection rate exceeded.', 'refused'],
  ['protocol_error', '', 'Client % disconnected, topic alias invalid.', 'topic alias invalid.'],
  ['protocol_error', '', 'Client % disconnected, non-matching http origin.', 'non-matching http origin.', 'refused'],
]

function printed(wording: Wording, [cause, v20, v210, since, refused]: (typeof table)[number]): PrintedEnd[] {
  const end = { cause, type: refused ?? 'disconnected', severity: 'N' } as const
  if (wording === 'since_2_1_1') {
    if (cause === 'client_requested') return [{ ...end, print: (id, peer) => `Client ${id} [${peer}] disconnected.` }]
    return since === '' ? [] : [{ ...end, print: (id, peer) => `Client ${id} [${peer}] disconnected: ${since}` }]
  }
  const format = wording === 'only_2_1_0' ? v210 : v20
  return format === '' ? [] : [{ ...end, print: (id) => format.replace('%', () => id) }]
}

const takeOver: PrintedEnd = {
  cause: 'session_taken_over',
  type: 'disconnected',
  severity: 'E',
  print: (id) => `Client ${id} already connected, closing old connection.`,
}

export const wordings: readonly Wording[] = ['until_2_1_0', 'only_2_1_0', 'since_2_1_1']

/** Every way in which that wording ends a connection. */
export const printedEnds: Readonly<Record<Wording, readonly PrintedEnd[]>> = {
  until_2_1_0: [...table.flatMap((row) => printed('until_2_1_0', row)), takeOver],
  only_2_1_0: table.flatMap((row) => printed('only_2_1_0', row)),
  since_2_1_1: table.flatMap((row) => printed('since_2_1_1', row)),
}

/** `p` is the number printed for the protocol. */
export function printBeginning(id: string, { p = 4, username }: { p?: number; username?: string } = {}): string {
  const user = username === undefined ? '' : `, u'${username}'`
  return `New client connected from 10.1.2.3:50123 as ${id} (p${p}, c1, k60${user}).`
}

/** A line as it leaves mosquitto: stamped, and cut to the 999 bytes of its buffer, in the middle of a character if need be. */
export function line(text: string, epochSeconds = 1_795_374_480): string {
  const whole = `${epochSeconds}: ${text}`
  return utf8Bytes(whole) <= 999 ? whole : Buffer.from(whole, 'utf8').subarray(0, 999).toString('utf8')
}
