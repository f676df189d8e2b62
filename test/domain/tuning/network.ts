/** A client and a path with known traits, and a broker that bears so many connects: what their record looks like. */
import { eventOf } from '../../../codec/identity.ts'
import type { Case, Subject } from '../../../domain/case.ts'
import type { Event, EventDraft } from '../../../domain/event.ts'

type Evidence = NonNullable<Event['evidence']>

export interface Path {
  /** Cuts what is idle for so long. */
  readonly idleLimitMs?: number
  /** Cuts it without a word: neither side gets a FIN. */
  readonly isSilent?: boolean
  /** The longest round trip of a ping; others are shorter by up to half. */
  readonly roundTripMs: number
  /** The longest time a connect takes; others are shorter by up to half. */
  readonly connectMs: number
  /** Share of attempts that nobody answers. */
  readonly blackHoled?: number
}
export interface Options {
  readonly keepaliveSeconds: number
  readonly connectTimeoutMs: number
}

export const usualPath: Path = { roundTripMs: 80, connectMs: 100 }
export const usualOptions: Options = { keepaliveSeconds: 60, connectTimeoutMs: 30_000 }

export const beginMs = Date.parse('2026-11-02T08:00:00Z')

/** 0 ≤ x < 1, the same for the same seed: mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function caseOf(events: readonly Event[], subject: Subject = { of: 'client', clientId: 'meter-7' }): Case {
  return {
    cluster: 'plant',
    subject,
    fromMs: beginMs,
    toMs: beginMs + 86_400_000,
    events,
    nearby: [],
    minutes: [],
    brokers: [{ name: 'b1', weight: 1 }],
    cut: false,
  }
}

export function tell(draft: Partial<EventDraft> & { readonly atMs: number }): Event {
  return eventOf({
    ordinal: 0,
    cluster: 'plant',
    broker: 'b1',
    clientId: 'meter-7',
    type: 'disconnected',
    view: 'broker',
    own: false,
    ...draft,
    atMs: Math.round(draft.atMs),
    ...(draft.connectedAtMs === undefined ? {} : { connectedAtMs: Math.round(draft.connectedAtMs) }),
  })
}

/** The record of so many connections of an idle client with MQTT.js and these options on this path. */
export function live(path: Path, options: Options, sessions: number, seed = 1): Event[] {
  const random = randomOf(seed)
  const { keepaliveSeconds, connectTimeoutMs } = options
  const up = (most: number) => most * (0.5 + random() / 2)
  const events: Event[] = []
  let atMs = beginMs
  const claim = (draft: Partial<EventDraft> & { readonly atMs: number }, evidence: Evidence) =>
    events.push(
      tell({
        view: 'client',
        keepaliveSeconds,
        ...draft,
        evidence: { connectTimeoutMs, reconnectPeriodMs: 1000, transport: 'tcp', ...evidence },
      }),
    )
  for (let session = 0; session < sessions; session += 1) {
    for (;;) {
      const connectMs = random() < (path.blackHoled ?? 0) ? Number.POSITIVE_INFINITY : up(path.connectMs)
      atMs += Math.min(connectMs, connectTimeoutMs)
      if (connectMs <= connectTimeoutMs) {
        events.push(tell({ type: 'connected', atMs, keepaliveSeconds }))
        claim({ type: 'connected', atMs }, { connectMs: Math.round(connectMs) })
        break
      }
      claim({ type: 'refused', atMs, cause: 'unknown' }, { clientCause: 'connack_timeout', phase: 'mqtt' })
      atMs += 1000
    }
    const connectedAtMs = atMs
    const end = endOf(path, options, random)
    atMs += end.ageMs
    if (end.brokerEndsMs !== undefined) {
      const cause = end.clientCause === 'keepalive_timeout' ? 'keepalive_timeout' : 'network_eof'
      events.push(tell({ atMs: connectedAtMs + end.brokerEndsMs, connectedAtMs, keepaliveSeconds, cause }))
    }
    claim(
      {
        atMs: atMs + 5,
        connectedAtMs,
        cause: end.clientCause === 'keepalive_timeout' ? 'keepalive_timeout' : 'network_eof',
      },
      {
        clientCause: end.clientCause,
        sinceReceivedMs: Math.round(end.silentMs),
        sinceSentMs: Math.round(end.silentMs),
        ...(end.rttMs === undefined ? {} : { rttMs: Math.round(end.rttMs) }),
      },
    )
    atMs += 1000 + random() * 50
  }
  return events
}

function endOf({ idleLimitMs = 1e12, isSilent = false, roundTripMs }: Path, options: Options, random: () => number) {
  const keepaliveMs = options.keepaliveSeconds * 1000
  const dueMs = keepaliveMs === 0 ? 1e12 : keepaliveMs
  // However well it goes, it ends some time: by a FIN, whenever.
  const lifeMs = Math.min(40_000_000, -Math.log(1 - random()) * Math.max(1_800_000, 10 * keepaliveMs))
  if (idleLimitMs <= dueMs && lifeMs > idleLimitMs) {
    if (isSilent) {
      const ageMs = 1.5 * dueMs
      return { ageMs, clientCause: 'keepalive_timeout' as const, silentMs: dueMs / 2, brokerEndsMs: ageMs + 200 }
    }
    const ageMs = idleLimitMs + random() * 1200
    return { ageMs, clientCause: 'tcp_fin' as const, silentMs: ageMs - 20, brokerEndsMs: ageMs }
  }
  let ageMs = 0
  let rttMs: number | undefined
  while (ageMs + dueMs < lifeMs) {
    const tripMs = roundTripMs * (0.5 + random() / 2)
    if (tripMs > dueMs / 2) {
      ageMs += 1.5 * dueMs
      return { ageMs, clientCause: 'keepalive_timeout' as const, silentMs: dueMs / 2, brokerEndsMs: ageMs + 50, rttMs }
    }
    rttMs = tripMs
    ageMs += dueMs + tripMs
  }
  const silentMs = Math.max(10, lifeMs - ageMs)
  return { ageMs: Math.max(lifeMs, ageMs), clientCause: 'tcp_fin' as const, silentMs, brokerEndsMs: lifeMs, rttMs }
}

/** So many clients lose their broker at once; it bears so many connects a second and refuses the others. */
export function storm(
  { clients, perSecond }: { readonly clients: number; readonly perSecond: number },
  waitMs: (random: () => number, failures: number) => number,
  seed = 1,
): Event[] {
  const random = randomOf(seed)
  const events: Event[] = []
  const waiting: { clientId: string; atMs: number; failures: number }[] = []
  for (let index = 0; index < clients; index += 1) {
    const clientId = `fleet-${index}`
    const atMs = beginMs + 3_600_000 + random() * 500
    events.push(tell({ clientId, type: 'connected', atMs: beginMs + random() * 600_000, keepaliveSeconds: 60 }))
    events.push(tell({ clientId, atMs, cause: 'network_eof', keepaliveSeconds: 60 }))
    waiting.push({ clientId, atMs: atMs + waitMs(random, 0), failures: 0 })
  }
  const taken = new Map<number, number>()
  while (waiting.length > 0) {
    waiting.sort((a, b) => b.atMs - a.atMs)
    const next = waiting.pop()
    if (next === undefined) break
    const second = Math.floor(next.atMs / 1000)
    const count = taken.get(second) ?? 0
    if (count < perSecond) {
      taken.set(second, count + 1)
      events.push(tell({ clientId: next.clientId, type: 'connected', atMs: next.atMs, keepaliveSeconds: 60 }))
      continue
    }
    events.push(tell({ clientId: next.clientId, type: 'refused', atMs: next.atMs, cause: 'server_error' }))
    const failures = next.failures + 1
    waiting.push({ ...next, failures, atMs: next.atMs + waitMs(random, failures) })
  }
  return events
}

/** A client that nobody answers tries again and again. */
export function hammer(everyMs: number, forMs: number): Event[] {
  return Array.from({ length: Math.floor(forMs / everyMs) }, (_, index) =>
    tell({
      view: 'client',
      type: 'refused',
      atMs: beginMs + index * everyMs,
      cause: 'unknown',
      evidence: { clientCause: 'refused', reconnectPeriodMs: 1000 },
    }),
  )
}
