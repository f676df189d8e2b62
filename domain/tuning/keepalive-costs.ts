/** What a keepalive costs: how late a dead peer is noticed, and how many pings and bytes it takes. */
import { durationText } from '../evidence/words.ts'
import { secondMs } from '../time.ts'
import type { Session } from '../evidence/two-views.ts'

/** PINGREQ, PINGRESP and one acknowledgement, each with 40 bytes of TCP and IPv4. */
const tcpBytes = 2 * 42 + 40
/** A TLS 1.3 record: header 5, content type 1, tag 16. */
const tlsBytes = 2 * 22
/** Frame headers: 2 each, and the client's mask of 4. */
const webSocketBytes = 2 * 2 + 4

/** Bytes of one ping with its answer, by the transport that is used. */
export function pingBytes(sessions: readonly Session[]): number {
  const transport = sessions.findLast(({ claim }) => claim.end?.evidence?.transport !== undefined)?.claim.end?.evidence
    ?.transport
  const isTls = transport === 'tls' || transport === 'wss'
  const isWebSocket = transport === 'ws' || transport === 'wss'
  return tcpBytes + (isTls ? tlsBytes : 0) + (isWebSocket ? webSocketBytes : 0)
}

/** The trade-off, said of the value in use and of the one advised. */
export function costsOf(bytes: number, now: number | undefined, advised: number | undefined): string[] {
  const values = [...new Set([now, advised])].filter((value) => value !== undefined)
  return [
    ...values.map((seconds) => costOf(bytes, seconds)),
    'Shorter: a dead peer is noticed sooner, for more traffic and a radio that wakes more often. Longer: the reverse, and nearer to the idle limits of what is on the path.',
  ]
}

function costOf(bytes: number, seconds: number): string {
  if (seconds === 0) return 'With 0 s a dead peer is never noticed; no pings.'
  const perHour = 3600 / seconds
  const hourly = perHour * bytes
  const pings = `${perHour < 10 ? Math.round(perHour * 10) / 10 : Math.round(perHour)} pings and ${hourly < 1000 ? `${Math.round(hourly)} bytes` : `${Math.round(hourly / 100) / 10} kB`} an hour`
  return `With ${seconds} s a dead peer is noticed within ${durationText(seconds * 1.5 * secondMs)}; an idle client sends ${pings} (${bytes} bytes each, answer and TCP included).`
}
