/** A record to ask: one cluster of four brokers over a day, a busy client with a tenth of the events, the others with ten each. */
import { eventOf } from '../../codec/identity.ts'
import type { Alert } from '../../domain/alert.ts'
import type { Cause } from '../../domain/cause.ts'
import type { EventDraft } from '../../domain/event.ts'
import { dayMs, instant, minuteMs } from '../../domain/time.ts'
import { joinBrokers } from '../../domain/whole-minute.ts'
import { writeAlert } from '../../store/alerts.ts'
import { writeEvents } from '../../store/events.ts'
import { writeMinutes, writeWholeMinutes } from '../../store/minutes.ts'
import { writeBroker } from '../../store/state.ts'
import type { TestTables } from '../../test/tables.ts'

export const cluster = 'bench'
export const brokers = ['b1', 'b2', 'b3', 'b4'] as const
export const busyClient = 'busy'
export const rareCause: Cause = 'quota_exceeded'
/** Its events are read by the engine alone, beside what the API reads; they lie on a broker of their own. */
export const bareClient = 'bare'
const bareEvents = 8000
/** Every so many events end by the rare cause. */
const rarity = 1000
const eventsPerAlert = 1000
const perWrite = 2000

export interface Growth {
  readonly from: number
  readonly to: number
  readonly nowMs: number
}

/** Grows a record from so many events to so many. The older ones stay; new ones lie between them. */
export async function growRecord(
  tables: TestTables,
  { from, to, nowMs }: Growth,
  progress: (events: number) => void,
): Promise<void> {
  const retention = { nowMs, days: 2 }
  if (from === 0) await writeFrame(tables, nowMs)
  for (let n = from; n < to; n += perWrite) {
    const count = Math.min(perWrite, to - n)
    const drafts = Array.from({ length: count }, (_, index) => draftOf(n + index, nowMs))
    await writeEvents(tables.events, drafts.map(eventOf), retention)
    progress(n + count)
  }
}

/** What is written one by one: brokers, and an alert for every so many events. */
export async function growAlerts(tables: TestTables, { from, to, nowMs }: Growth): Promise<void> {
  for (const broker of brokers) await writeBroker(tables.state, { cluster, broker, at: instant(nowMs) }, nowMs)
  for (let n = from / eventsPerAlert; n < to / eventsPerAlert; n += 1) {
    await writeAlert(tables.alerts, alertOf(n, nowMs), { nowMs, days: 2 })
  }
}

/** Numbers that look random and are the same in every run: splitmix32. */
function mixed(n: number): number {
  let state = Math.imul(n + 1, 0x9e3779b9)
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35)
  return (state ^ (state >>> 16)) >>> 0
}

/** Connected and disconnected in turn; where and when, the number of the pair says. */
function draftOf(n: number, nowMs: number): EventDraft {
  const pair = Math.floor(n / 2)
  const isBusy = pair % 10 === 0
  const sessionMs = mixed(pair + 7) % (2 * minuteMs)
  const beganMs = nowMs - 3 * minuteMs - (mixed(pair) % (dayMs - 6 * minuteMs))
  const ended = n % 2 === 1
  const causes: readonly Cause[] = ['network_eof', 'keepalive_timeout', 'client_requested', 'network_eof']
  const cause = n % rarity === 1 ? rareCause : (causes[mixed(n) % causes.length] ?? 'unknown')
  return {
    atMs: ended ? beganMs + sessionMs : beganMs,
    ordinal: n % 1000,
    cluster,
    broker: brokers[mixed(pair + 1) % brokers.length] ?? 'b1',
    clientId: isBusy ? busyClient : `device-${String(Math.floor(pair / 5)).padStart(6, '0')}`,
    type: ended ? 'disconnected' : 'connected',
    view: 'broker',
    own: false,
    sessionKey: `session-${pair}`,
    peer: `10.1.${mixed(pair) % 200}.${mixed(pair + 2) % 250}:${20_000 + (pair % 40_000)}`,
    username: 'fleet',
    protocol: 4,
    keepaliveSeconds: 60,
    ...(ended
      ? { cause, initiator: 'network' as const, graceful: cause === 'client_requested', origin: 'broker' as const }
      : {}),
  }
}

/** What does not grow with the events: a day of minutes, and what the engine alone reads. */
async function writeFrame(tables: TestTables, nowMs: number): Promise<void> {
  const retention = { nowMs, days: 2 }
  const firstMs = Math.floor(nowMs / minuteMs) * minuteMs - dayMs
  for (let n = 0; n < dayMs / minuteMs; n += 1) {
    const minutes = brokers.map((broker) => minuteOf(broker, firstMs + n * minuteMs))
    await writeMinutes(tables.minutes, minutes, retention)
    const whole = joinBrokers(minutes, { expected: 8, upper: 40 })
    if (whole !== undefined) await writeWholeMinutes(tables.minutes, [whole], retention)
  }
  const bare = Array.from({ length: bareEvents }, (_, n) => ({
    ...draftOf(2 * n + 1, nowMs),
    clientId: bareClient,
    broker: 'bare',
  }))
  await writeEvents(tables.events, bare.map(eventOf), retention)
}

function minuteOf(broker: string, atMs: number) {
  const top = (n: number) => ({ clientId: `device-${String(n).padStart(6, '0')}`, disconnects: 3, attempts: 3 })
  return {
    cluster,
    broker,
    minute: instant(atMs),
    coverage: 1,
    connects: 12,
    refused: 0,
    disconnects: { network_eof: 8, keepalive_timeout: 2, client_requested: 2 },
    abnormal: 10,
    connected: 25_000,
    gauges: { connected: 25_000 },
    topClients: Array.from({ length: 10 }, (_, n) => top(mixed(atMs / minuteMs + n) % 100)),
    band: { expected: 2, upper: 12 },
  }
}

function alertOf(n: number, nowMs: number): Alert {
  const figures = { severity: 'warning' as const, observed: 40, expected: 1, score: 20, summary: '40 dropped' }
  const at = instant(nowMs - (mixed(n) % dayMs))
  return {
    id: `${cluster}.disconnect_rate.b1.${n}`,
    kind: 'disconnect_rate',
    cluster,
    broker: 'b1',
    status: n === 0 ? 'open' : 'resolved',
    openedAt: at,
    updatedAt: at,
    ...figures,
    topCauses: [],
    topClients: [],
    transitions: [{ status: 'opened', at, why: 'began', ...figures }],
  }
}
