/** A client's story in words: what a mark in a lane says, and what a view told. Pure. */
import { type Cause, causeNames, causes } from '../../domain/cause.ts'
import type { Event } from '../../domain/event.ts'
import { causeText } from './causes.ts'
import type { LaneItem } from './lanes.ts'
import { countText, figureText } from './figures.ts'
import type { DensityShape } from './client-shapes.ts'
import { clockText, durationText } from './time.ts'

/** Two letters for each cause, so that its colour is never the only sign. */
export function causeCode(cause: Cause): string {
  return codes[cause]
}

const codes: Readonly<Record<Cause, string>> = {
  client_requested: 'CR',
  keepalive_timeout: 'KT',
  session_taken_over: 'TO',
  kicked: 'KI',
  server_shutdown: 'SS',
  server_redirect: 'SR',
  not_authorized: 'NA',
  protocol_error: 'PE',
  packet_too_large: 'PL',
  quota_exceeded: 'QE',
  server_error: 'SE',
  network_eof: 'NE',
  network_reset: 'NR',
  tls_error: 'TE',
  lifetime_expired: 'LE',
  unknown: '??',
}

/** `8.4 s` below ten seconds, where whole ones say too little. */
export function lengthText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 10_000) return `${figureText(ms / 1000)} s`
  if (ms < 3_600_000 && ms >= 60_000) {
    const seconds = Math.floor((ms % 60_000) / 1000)
    return `${Math.floor(ms / 60_000)} min${seconds === 0 ? '' : ` ${seconds} s`}`
  }
  return durationText(ms)
}

/** How long a session lasted. Many brokers stamp whole seconds, and one that lasted none lasted less than one. */
export function ageText(ms: number): string {
  return ms < 1 ? '< 1 s' : lengthText(ms)
}

/** Why it ended: where that is not known as a cause, what the client's process saw. */
export function endText({ cause = 'unknown', of, view }: LaneItem): string {
  if (cause !== 'unknown' || view === 'broker') return causeText(cause)
  const claim = 'session' in of ? of.session.claim.end : of.attempt.claim
  return claim === undefined ? causeText(cause) : sawText(claim)
}

/** `local destroy`, in the words of the library that saw it; `unknown` where it does not know. */
export function sawText({ evidence }: Event): string {
  return (evidence?.clientCause ?? 'unknown').replaceAll('_', ' ')
}

/** How it ended, or that it lives, in a line: what is hovered, focused and read aloud. */
export function itemText(item: LaneItem, nowMs: number): string {
  const clock = (ms: number) => clockText(ms, nowMs)
  const { of, fromMs, untilMs, end, cause } = item
  if ('attempt' in of) {
    return `Attempt refused at ${clock(fromMs)}${cause === undefined ? '' : `: ${endText(item)}`}`
  }
  const begin = item.beginUnknown ? 'begin not told' : `from ${clock(fromMs)}`
  const length = item.beginUnknown ? '' : ageText(Math.min(untilMs, nowMs) - fromMs)
  if (end === 'open') return `Connected ${begin}, still open after ${length}`
  if (end === 'untold') return `Session ${begin}; its end was not told by the ${item.view}`
  return `Session ${begin} to ${clock(untilMs)}${length === '' ? '' : `, ${length}`}: ended by ${endText(item)}`
}

export function densityText(
  { sessions, attempts, causes: counts, fromMs, untilMs }: DensityShape,
  nowMs: number,
): string {
  const parts = [
    ...(sessions === 0 ? [] : [countText(sessions, 'session')]),
    ...(attempts === 0 ? [] : [countText(attempts, 'refused attempt')]),
  ]
  const named = counts.flatMap(([cause, count]) => (cause === undefined ? [] : [`${causeText(cause)} ${count}`]))
  return `${parts.join(' and ')} from ${clockText(fromMs, nowMs)} to ${clockText(untilMs, nowMs)}${named.length === 0 ? '' : `: ${named.join(', ')}`}`
}

/** What a view told beside the cause, as names and values. */
export function evidenceOf(event: Event): readonly (readonly [string, string])[] {
  const { evidence = {} } = event
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['saw', evidence.clientCause?.replaceAll('_', ' ')],
    ['error', evidence.errorCode],
    ['status', evidence.statusCode?.toString()],
    ['code', event.reasonCode === undefined ? undefined : `0x${event.reasonCode.toString(16).padStart(2, '0')}`],
    ['phase', evidence.phase],
    ['attempt', evidence.attempt?.toString()],
    ['last heard before', lengthIf(evidence.sinceReceivedMs)],
    ['last sent before', lengthIf(evidence.sinceSentMs)],
    ['round trip', lengthIf(evidence.rttMs)],
    ['connecting took', lengthIf(evidence.connectMs)],
    ['reconnects after', lengthIf(evidence.reconnectPeriodMs)],
    ['publishes', publishesOf(evidence)],
    ['last packet', evidence.lastSent === undefined ? undefined : `${evidence.lastSent} ${evidence.lastTopic ?? ''}`],
    ['page hidden', evidence.hidden === true ? 'yes' : undefined],
    ['runtime', [evidence.runtime, evidence.transport].filter((each) => each !== undefined).join(', ') || undefined],
    ['mqtt.js', evidence.libraryVersion],
    ['process', evidence.process],
    ['user', event.username],
    ['protocol', event.protocol === undefined ? undefined : `MQTT ${versions[event.protocol] ?? event.protocol}`],
    ['keepalive', event.keepaliveSeconds === undefined ? undefined : `${event.keepaliveSeconds} s`],
    ['clean start', event.cleanStart === undefined ? undefined : event.cleanStart ? 'yes' : 'no'],
    ['told', event.origin === 'inferred' ? 'concluded by Keepwatch, not told' : undefined],
  ]
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
}

function lengthIf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : lengthText(ms)
}

const versions: Readonly<Record<number, string>> = { 3: '3.1', 4: '3.1.1', 5: '5' }

function publishesOf({ publishesSent, publishesReceived }: NonNullable<Event['evidence']>): string | undefined {
  if (publishesSent === undefined && publishesReceived === undefined) return undefined
  return `${publishesSent ?? '?'} sent, ${publishesReceived ?? '?'} received`
}

/** Who ended it, in words. */
export function initiatorText(event: Event): string {
  const who = event.initiator ?? (event.cause === undefined ? undefined : causes[event.cause].initiator)
  return who === undefined || who === 'unknown' ? 'not told' : `the ${who}`
}

/** Ends and refusals of a list of lanes by cause, most first, in both views taken alone. */
export function countsOf(items: Iterable<LaneItem>): readonly (readonly [Cause, number])[] {
  const counts = new Map<Cause, number>()
  for (const { cause } of items) if (cause !== undefined) counts.set(cause, (counts.get(cause) ?? 0) + 1)
  return causeNames.flatMap((cause) => {
    const count = counts.get(cause)
    return count === undefined ? [] : [[cause, count] as const]
  })
}
