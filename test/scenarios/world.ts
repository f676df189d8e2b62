/** A small world in which stories of lost connections happen: clients, brokers, what each tells, and a fleet around them. */
import { eventOf } from '../../codec/identity.ts'
import { nearbyMs } from '../../domain/case.ts'
import { type Cause, causes } from '../../domain/cause.ts'
import type { ClientCause } from '../../domain/client-cause.ts'
import { causeOfClosed } from '../../domain/closed-cause.ts'
import type { Event, EventDraft } from '../../domain/event.ts'
import { minuteMs } from '../../domain/time.ts'
import type { Evidence, Member, World } from './actors.ts'
import { seeded } from './chance.ts'
import { type Figure, minutesOf } from './counted-minutes.ts'

export type { Connection, EndTold, Evidence, Member, Traits, World } from './actors.ts'

const usualEnds: readonly (readonly [Cause, ClientCause | undefined])[] = [
  ['client_requested', 'local_end'],
  ['client_requested', 'local_end'],
  ['network_eof', undefined],
  ['network_eof', 'tcp_fin'],
  ['network_reset', 'tcp_reset'],
  ['keepalive_timeout', 'keepalive_timeout'],
]
/** As the query does: the last ends of a client, and so many events of others around each. */
const nearbyEnds = 5
const nearbyEvents = 100

/** Makes a world. The same seed and size give the same story. */
export function createWorld({
  seed,
  size,
  brokers = ['b1', 'b2', 'b3'],
}: {
  seed: number
  size: number
  brokers?: readonly string[]
}): World {
  const random = seeded(seed * 7919 + size)
  const beginMs = Date.parse('2026-11-02T08:00:00Z') + Math.floor(random() * 86_400) * 1000
  const events: Event[] = []
  const gauges: Figure[] = []
  const known = new Map(brokers.map((name) => [name, { name, weight: 1 }]))
  const vanished = new Map<string, number>()
  let count = 0
  const between = (from: number, to: number) => from + random() * (to - from)
  const near = (mean: number, sigma: number) =>
    mean + sigma * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T

  const tell: World['tell'] = (draft) => {
    count += 1
    const cause = draft.cause
    events.push(
      eventOf({
        ordinal: 0,
        cluster: 'plant',
        broker: 'b1',
        type: 'disconnected',
        view: 'broker',
        own: false,
        ...(cause === undefined
          ? {}
          : { initiator: causes[cause].initiator, graceful: causes[cause].graceful, origin: 'broker' as const }),
        ...draft,
        atMs: Math.round(draft.atMs),
        ...(draft.connectedAtMs === undefined ? {} : { connectedAtMs: Math.round(draft.connectedAtMs) }),
      }),
    )
  }
  const claim = (member: Member, atMs: number, draft: Partial<EventDraft>, evidence: Evidence) => {
    if (!member.observes) return
    const {
      clientId,
      broker,
      keepaliveSeconds,
      protocol,
      cleanStart,
      process,
      libraryVersion,
      transport,
      reconnectPeriodMs,
    } = member
    const ahead = member.clockMs
    tell({
      clientId,
      broker,
      view: 'client',
      keepaliveSeconds,
      protocol,
      cleanStart,
      sessionKey: `${process}-${count}`,
      ...draft,
      atMs: atMs + ahead,
      ...(draft.connectedAtMs === undefined ? {} : { connectedAtMs: draft.connectedAtMs + ahead }),
      evidence: {
        process,
        libraryVersion,
        transport,
        reconnectPeriodMs,
        runtime: transport.startsWith('w') ? 'browser' : 'node',
        ...evidence,
      },
    })
  }

  const world: World = {
    beginMs,
    size,
    brokers,
    random,
    between,
    near,
    tell,
    member: (clientId, traits = {}) => ({
      clientId,
      broker: pick(brokers),
      address: `10.${Math.floor(random() * 250)}.${Math.floor(random() * 250)}.${1 + Math.floor(random() * 250)}`,
      keepaliveSeconds: 60,
      protocol: random() < 0.5 ? 4 : 5,
      cleanStart: true,
      observes: false,
      clockMs: Math.round(near(0, 2000)),
      process: `p${Math.floor(random() * 1e9).toString(36)}`,
      libraryVersion: '5.16.0',
      transport: 'tcp',
      reconnectPeriodMs: 1000,
      ...traits,
    }),
    begin: (member, atMs, { broker = member.broker, peer, attempt = 1, sessionPresent = false, connectMs } = {}) => {
      count += 1
      const connection = {
        member,
        broker,
        beganMs: Math.round(atMs),
        peer: peer ?? `${member.address}:${Math.floor(between(20_000, 60_000))}`,
        key: `s${count}`,
      }
      const { clientId, keepaliveSeconds, protocol, cleanStart } = member
      tell({
        type: 'connected',
        atMs,
        clientId,
        broker,
        peer: connection.peer,
        keepaliveSeconds,
        protocol,
        cleanStart,
        sessionKey: connection.key,
      })
      claim(
        member,
        atMs + between(1, 40),
        { type: 'connected', broker },
        { attempt, connectMs: Math.round(connectMs ?? between(5, 90)), sessionPresent },
      )
      return connection
    },
    end: (
      { member, broker, beganMs, peer, key },
      atMs,
      { cause, sees, reasonCode, reason = cause, silent = false },
    ) => {
      const { clientId, keepaliveSeconds, protocol } = member
      if (!silent) {
        tell({
          type: 'disconnected',
          atMs,
          clientId,
          broker,
          peer,
          protocol,
          keepaliveSeconds,
          sessionKey: key,
          connectedAtMs: beganMs,
          cause,
          reason,
          ...(reasonCode === undefined ? {} : { reasonCode }),
        })
      }
      if (sees === undefined) return
      const closed = {
        cause: sees.cause,
        connected: true,
        phase: 'mqtt' as const,
        ...(sees.code === undefined ? {} : { code: sees.code }),
      }
      const seenMs = sees.atMs ?? atMs + between(1, 30)
      claim(
        member,
        seenMs,
        {
          type: 'disconnected',
          broker,
          cause: causeOfClosed(closed),
          connectedAtMs: beganMs,
          ...(sees.code === undefined ? {} : { reasonCode: sees.code }),
        },
        { clientCause: sees.cause, phase: 'mqtt', sessionMs: Math.round(seenMs - beganMs), ...sees.evidence },
      )
    },
    refuse: (member, atMs, { broker = member.broker, cause, code, reason, sees }) => {
      const { clientId, protocol, keepaliveSeconds } = member
      const peer = `${member.address}:${Math.floor(between(20_000, 60_000))}`
      if (cause !== undefined) {
        tell({
          type: 'refused',
          atMs,
          clientId,
          broker,
          peer,
          protocol,
          cause,
          ...(code === undefined ? {} : { reasonCode: code }),
          ...(reason === undefined ? {} : { reason }),
        })
      }
      if (sees === undefined) return
      claim(
        member,
        atMs + between(1, 30),
        {
          type: 'refused',
          broker,
          keepaliveSeconds,
          cause: causeOfClosed(sees),
          ...(sees.code === undefined ? {} : { reasonCode: sees.code }),
        },
        { clientCause: sees.cause, ...sees.evidence },
      )
    },
    gauge: (broker, name, atMs, value) => {
      gauges.push({ broker, name, atMs, value })
    },
    configure: (name, changes) => {
      known.set(name, { ...(known.get(name) ?? { name, weight: 1 }), ...changes })
    },
    vanish: (broker, atMs) => {
      vanished.set(broker, atMs)
    },
    fleet: (untilMs, traits = {}) =>
      Array.from({ length: size }, (_, index) => {
        const member = world.member(`fleet-${index}`, {
          observes: random() < 0.3,
          keepaliveSeconds: pick([30, 60, 120]),
          ...traits,
        })
        let atMs = beginMs + between(-600_000, 0)
        while (atMs < untilMs) {
          const connection = world.begin(member, atMs)
          // Ages without any common limit: exponential, ten hours by the mean.
          atMs += -Math.log(1 - random()) * 36_000_000
          if (atMs >= untilMs) break
          const [cause, seen] = pick(usualEnds)
          world.end(connection, atMs, { cause, ...(seen === undefined ? {} : { sees: { cause: seen } }) })
          atMs += between(1000, 5000)
        }
        return member
      }),
    caseOf: (subject, { fromMs = beginMs - 600_000, toMs = lastMs() + minuteMs, minutesOnly = false } = {}) => {
      const within = events.filter(({ at }) => Date.parse(at) >= fromMs && Date.parse(at) < toMs)
      const isOf = (event: Event) =>
        subject.of === 'cluster' ||
        (subject.of === 'client' ? event.clientId === subject.clientId : event.broker === subject.broker)
      const own = within.filter(isOf)
      const ends =
        subject.of !== 'client'
          ? []
          : own.filter(({ type, view }) => type === 'disconnected' && view === 'broker').slice(-nearbyEnds)
      const nearby = ends.flatMap((end) =>
        within
          .filter(
            (event) =>
              event.broker === end.broker &&
              event.clientId !== end.clientId &&
              Math.abs(Date.parse(event.at) - Date.parse(end.at)) <= nearbyMs,
          )
          .slice(0, nearbyEvents),
      )
      return {
        cluster: 'plant',
        subject,
        fromMs,
        toMs,
        // Any order, and some twice: as the store may give it to somebody who reads while it is written.
        events: minutesOnly
          ? []
          : [...own, ...own.filter(() => random() < 0.02)].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        nearby: minutesOnly ? [] : [...new Map(nearby.map((event) => [event.id, event])).values()],
        minutes: minutesOf({ events, gauges, vanished, brokers, beginMs }, fromMs, toMs),
        brokers: [...known.values()],
        cut: false,
      }
    },
  }

  function lastMs(): number {
    return events.reduce((latest, { at }) => Math.max(latest, Date.parse(at)), beginMs)
  }

  return world
}
