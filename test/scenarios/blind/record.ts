/** What brokers of one product, and the clients themselves, leave in the record: no more fields than each of them tells. */
import { eventOf } from '../../../codec/identity.ts'
import type { Case, Subject } from '../../../domain/case.ts'
import { type Cause, causes } from '../../../domain/cause.ts'
import type { ClientCause } from '../../../domain/client-cause.ts'
import { causeOfClosed } from '../../../domain/closed-cause.ts'
import type { Event, EventDraft } from '../../../domain/event.ts'
import type { Minute } from '../../../domain/minute.ts'
import { minuteMs } from '../../../domain/time.ts'
import type { Evidence } from '../actors.ts'
import { seeded } from '../chance.ts'
import { type Figure, minutesOf } from '../counted-minutes.ts'
import { gather } from './gather.ts'
import { type Product, tellings } from './products.ts'

export interface Device {
  readonly id: string
  readonly broker: string
  readonly ip: string
  readonly keepalive: number
  readonly protocol: 4 | 5
  readonly clean: boolean
  readonly username?: string
  readonly process: string
  readonly library: string
  readonly transport: NonNullable<Evidence['transport']>
  readonly runtime: NonNullable<Evidence['runtime']>
  readonly reconnectMs: number
  readonly endpoint: string
  /** By how much its clock is ahead. */
  readonly clockMs: number
}
export interface Link {
  readonly device: Device
  readonly broker: string
  readonly peer: string
  readonly beganMs: number
  readonly key: string
}
interface Asked {
  readonly fromMs?: number
  readonly toMs?: number
  readonly minutesOnly?: true
  readonly maximumConnections?: number
}

/** A record of brokers of one product. The same seed gives the same record. */
export function createRecord(product: Product, seed: number, brokers: readonly string[] = [product]) {
  const random = seeded(seed * 104_729 + product.length)
  const beginMs = Date.parse('2026-10-05T06:00:00Z') + Math.floor(random() * 3_600_000)
  const drafts: EventDraft[] = []
  const figures: Figure[] = []
  const telling = tellings[product]
  let count = 0
  const between = (from: number, to: number) => from + random() * (to - from)
  const jitter = (mean: number, deviation: number) =>
    mean + deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const first = brokers[0] ?? product

  /** One message of a broker, with the fields this product has. */
  function tell(draft: Partial<EventDraft> & { readonly atMs: number; readonly type: Event['type'] }) {
    count += 1
    const { cause } = draft
    const told = cause === undefined ? {} : { initiator: causes[cause].initiator, graceful: causes[cause].graceful }
    const origin = cause === undefined ? {} : { origin: 'broker' as const }
    const whole = { ordinal: count, cluster: 'field', broker: first, view: 'broker' as const, own: false }
    drafts.push(rounded({ ...whole, ...told, ...origin, ...telling.fields(draft) }))
  }
  function rounded(draft: EventDraft): EventDraft {
    const { connectedAtMs } = draft
    const connected = connectedAtMs === undefined ? {} : { connectedAtMs: Math.round(connectedAtMs) }
    return { ...draft, atMs: Math.round(draft.atMs), ...connected }
  }

  const device = (id: string, others: Partial<Device> = {}): Device => ({
    id,
    broker: first,
    ip: `192.0.${Math.floor(random() * 250)}.${1 + Math.floor(random() * 250)}`,
    keepalive: 60,
    protocol: 4,
    clean: true,
    process: Math.floor(random() * 1e12).toString(36),
    library: '5.14.1',
    transport: 'tcp',
    runtime: 'node',
    reconnectMs: 1000,
    endpoint: 'mqtt.example.net:1883',
    clockMs: 0,
    ...others,
  })

  /** The broker tells that a connection began. */
  function connect(of: Device, atMs: number, { broker = of.broker, port = Math.floor(between(32_768, 60_999)) } = {}) {
    const link: Link = { device: of, broker, peer: `${of.ip}:${port}`, beganMs: atMs, key: `k${count}` }
    const { id: clientId, keepalive: keepaliveSeconds, protocol, clean: cleanStart, username } = of
    const user = username === undefined ? {} : { username }
    const { peer, key: sessionKey } = link
    const shared = { clientId, broker, peer, protocol, sessionKey, ...user }
    tell({ type: 'connected', atMs, connectedAtMs: atMs, keepaliveSeconds, cleanStart, ...shared })
    return link
  }
  /** The broker tells that it ended, as far as this product tells why. */
  function close(
    { device: of, broker, peer, beganMs, key }: Link,
    atMs: number,
    why: Cause,
    more: Partial<EventDraft> = {},
  ) {
    const { cause, reason } = telling.end(why)
    const told = reason === undefined ? {} : { reason }
    const shared = { clientId: of.id, broker, peer, protocol: of.protocol, sessionKey: key }
    tell({ type: 'disconnected', atMs, connectedAtMs: beganMs, ...shared, cause, ...told, ...more })
  }
  /** The broker tells that it refused somebody. */
  function refuse(of: Device, atMs: number, draft: Partial<EventDraft>) {
    const peer = `${of.ip}:${Math.floor(between(32_768, 60_999))}`
    tell({ type: 'refused', atMs, clientId: of.id, broker: of.broker, peer, protocol: of.protocol, ...draft })
  }

  /** The client's own process tells something. */
  function claim(
    of: Device,
    atMs: number,
    draft: Partial<EventDraft> & { readonly type: Event['type'] },
    more: Evidence,
  ) {
    count += 1
    const { process, library: libraryVersion, transport, runtime, reconnectMs: reconnectPeriodMs, endpoint } = of
    const evidence = {
      process,
      libraryVersion,
      transport,
      runtime,
      reconnectPeriodMs,
      endpoint,
      connectTimeoutMs: 30_000,
    }
    const whole = { ordinal: count, cluster: 'field', broker: of.broker, view: 'client' as const, own: false }
    const shared = { clientId: of.id, protocol: of.protocol, cleanStart: of.clean, sessionKey: `${process}-${count}` }
    drafts.push(rounded({ ...whole, ...shared, ...draft, atMs: atMs + of.clockMs, evidence: { ...evidence, ...more } }))
  }
  const sawConnected = (of: Device, atMs: number, more: Evidence = {}) => {
    const evidence = { attempt: 1, connectMs: Math.round(between(8, 120)), sessionPresent: false, ...more }
    claim(of, atMs + 5, { type: 'connected', keepaliveSeconds: of.keepalive }, evidence)
  }
  /** The client saw its session end; mqtt.js then says `offline`, and a period later `reconnecting`. */
  function sawEnd(
    of: Device,
    beganMs: number,
    atMs: number,
    clientCause: ClientCause,
    more: Evidence & { code?: number } = {},
  ) {
    const { code, ...evidence } = more
    const cause = causeOfClosed(code === undefined ? { cause: clientCause } : { cause: clientCause, code })
    const told = {
      type: 'disconnected' as const,
      keepaliveSeconds: of.keepalive,
      cause,
      initiator: causes[cause].initiator,
    }
    const reasonCode = code === undefined || code > 255 ? {} : { reasonCode: code }
    const closed = { ...told, graceful: causes[cause].graceful, connectedAtMs: beganMs + of.clockMs, ...reasonCode }
    claim(of, atMs, closed, { clientCause, phase: 'mqtt', sessionMs: Math.round(atMs - beganMs), ...evidence })
    if (clientCause === 'local_end') return
    claim(of, atMs - 1, { type: 'offline' }, {})
    claim(of, atMs + of.reconnectMs, { type: 'reconnecting' }, { attempt: 1 })
  }
  /** The client saw an attempt fail. */
  function sawFailed(of: Device, atMs: number, clientCause: ClientCause, more: Evidence & { code?: number } = {}) {
    const { code, ...evidence } = more
    const cause = causeOfClosed(code === undefined ? { cause: clientCause } : { cause: clientCause, code })
    const reasonCode = code === undefined || code > 255 ? {} : { reasonCode: code }
    claim(
      of,
      atMs,
      { type: 'refused', keepaliveSeconds: of.keepalive, cause, ...reasonCode },
      { clientCause, ...evidence },
    )
    claim(
      of,
      atMs + of.reconnectMs,
      { type: 'reconnecting' },
      evidence.attempt === undefined ? {} : { attempt: evidence.attempt + 1 },
    )
  }

  /** So many others that live as devices do: a few goodbyes, a lost connection now and then. */
  function fleet(size: number, untilMs: number, others: Partial<Device> = {}, meanHours = 40) {
    return Array.from({ length: size }, (_, index) => {
      const broker = brokers[index % brokers.length] ?? first
      const of = device(`dev-${String(index).padStart(4, '0')}`, { broker, ...others })
      let atMs = beginMs - between(0, 540_000)
      let link = connect(of, atMs)
      for (;;) {
        atMs += -Math.log(1 - random()) * meanHours * 3_600_000
        if (atMs > untilMs) return link
        close(link, atMs, random() < 0.5 ? 'client_requested' : 'network_eof')
        atMs += between(1500, 20_000)
        link = connect(of, atMs)
      }
    })
  }
  const gauge = (name: keyof Minute['gauges'], atMs: number, value: number, broker = first) =>
    figures.push({ broker, name, atMs, value })

  function caseOf(subject: Subject, { minutesOnly, maximumConnections, ...span }: Asked = {}): Case {
    const all = drafts.map(eventOf)
    const last = drafts.reduce((latest, { atMs }) => Math.max(latest, atMs), beginMs)
    const { fromMs = beginMs - 3_600_000, toMs = last + minuteMs } = span
    const { events, nearby } = gather(all, subject, fromMs, toMs)
    return {
      cluster: 'field',
      subject,
      fromMs,
      toMs,
      events: minutesOnly ? [] : events,
      nearby: minutesOnly ? [] : nearby,
      minutes: minutesOf({ events: all, gauges: figures, vanished: new Map(), brokers, beginMs }, fromMs, toMs),
      brokers: brokers.map((name) => ({
        name,
        weight: 1,
        ...(maximumConnections === undefined ? {} : { maximumConnections }),
      })),
      cut: false,
    }
  }

  return {
    beginMs,
    brokers,
    random,
    between,
    jitter,
    device,
    connect,
    close,
    refuse,
    tell,
    claim,
    sawConnected,
    sawEnd,
    sawFailed,
    fleet,
    gauge,
    caseOf,
  }
}
