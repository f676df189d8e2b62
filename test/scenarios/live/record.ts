/** What was recorded → the case that a diagnosis looks at, as the store would gather it. */
import type { Gap, Sample } from '../../../domain/batch.ts'
import { type Case, type KnownBroker, nearbyMs } from '../../../domain/case.ts'
import type { Event } from '../../../domain/event.ts'
import { deriveMinute, type Minute } from '../../../domain/minute.ts'
import { instant, minuteMs, startOfMinute } from '../../../domain/time.ts'
import type { Asked } from './ground.ts'

export interface Recorded {
  readonly beganMs: number
  readonly endedMs: number
  readonly events: readonly Event[]
  readonly samples: readonly Sample[]
  readonly gaps: readonly Gap[]
  readonly brokers: readonly KnownBroker[]
}

/** As `store/case.ts` does: the last ends of a client, and so many events of others around each. */
const nearbyEnds = 5
const nearbyEvents = 100

/** The case, told as if everything had taken `timesSlower` as long. */
export function caseOf({ subject, fromMs, toMs }: Asked, asRecorded: Recorded, timesSlower: number): Case {
  const later = slower(asRecorded, timesSlower)
  const recorded = timesSlower === 1 ? asRecorded : slowed(asRecorded, timesSlower)
  const { events, brokers, beganMs, endedMs } = recorded
  const from = fromMs === undefined ? beganMs - minuteMs : later(fromMs)
  const to = toMs === undefined ? endedMs + minuteMs : later(toMs)
  const within = events.filter(({ at }) => Date.parse(at) >= from && Date.parse(at) < to)
  const own = within.filter(
    ({ clientId, broker }) =>
      subject.of === 'cluster' || (subject.of === 'client' ? clientId === subject.clientId : broker === subject.broker),
  )
  const ends =
    subject.of === 'client'
      ? own.filter(({ type, view }) => type === 'disconnected' && view === 'broker').slice(-nearbyEnds)
      : []
  const nearby = ends.flatMap((end) =>
    within
      .filter(
        ({ broker, clientId, at }) =>
          broker === end.broker &&
          clientId !== end.clientId &&
          Math.abs(Date.parse(at) - Date.parse(end.at)) <= nearbyMs,
      )
      .slice(0, nearbyEvents),
  )
  return {
    cluster: 'plant',
    subject,
    fromMs: from,
    toMs: to,
    events: own,
    nearby: [...new Map(nearby.map((event) => [event.id, event])).values()],
    minutes: brokers.flatMap(({ name }) => minutesOf(name, recorded, { fromMs: Math.max(from, beganMs), toMs: to })),
    brokers,
    cut: false,
  }
}

function minutesOf(
  broker: string,
  { events, samples, gaps, endedMs }: Recorded,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Minute[] {
  const minutes: Minute[] = []
  const isIn = (at: string, start: number) => Date.parse(at) >= start && Date.parse(at) < start + minuteMs
  for (let start = startOfMinute(fromMs); start < Math.min(toMs, endedMs); start += minuteMs) {
    const blindMs = gaps
      .filter(({ feed }) => feed === broker)
      .map(({ from, until }) => Math.min(start + minuteMs, Date.parse(until)) - Math.max(start, Date.parse(from)))
      .reduce((sum, ms) => sum + Math.max(0, ms), 0)
    minutes.push(
      deriveMinute({
        cluster: 'plant',
        broker,
        start,
        coverage: Math.max(0, 1 - blindMs / minuteMs),
        // The watcher and its canary.
        ownConnections: 2,
        events: events.filter((event) => event.broker === broker && isIn(event.at, start)),
        samples: samples.filter((sample) => sample.broker === broker && isIn(sample.at, start)),
      }),
    )
  }
  return minutes
}

/** Durations of the evidence, milliseconds. */
const durations = [
  'connectMs',
  'sessionMs',
  'sinceReceivedMs',
  'sinceSentMs',
  'rttMs',
  'reconnectPeriodMs',
  'connectTimeoutMs',
] as const

/** Where a time comes to lie: counted from the beginning of the first minute, everything is that much later. */
function slower({ beganMs }: Recorded, times: number): (ms: number) => number {
  const originMs = startOfMinute(beganMs)
  return (ms) => Math.round(originMs + (ms - originMs) * times)
}

/** Every time and every duration is that much longer, those that clients were configured with too. */
function slowed(recorded: Recorded, times: number): Recorded {
  const later = slower(recorded, times)
  const laterAt = (at: string) => instant(later(Date.parse(at)))
  return {
    ...recorded,
    beganMs: later(recorded.beganMs),
    endedMs: later(recorded.endedMs),
    events: recorded.events.map((event) => {
      const { connectedAt, keepaliveSeconds, evidence = {} } = event
      const longer = durations.flatMap((name) => {
        const ms = evidence[name]
        return ms === undefined ? [] : [[name, Math.round(ms * times)] as const]
      })
      return {
        ...event,
        at: laterAt(event.at),
        ...(connectedAt === undefined ? {} : { connectedAt: laterAt(connectedAt) }),
        ...(keepaliveSeconds === undefined ? {} : { keepaliveSeconds: keepaliveSeconds * times }),
        evidence: { ...evidence, ...Object.fromEntries(longer) },
      }
    }),
    samples: recorded.samples.map((sample) => ({ ...sample, at: laterAt(sample.at) })),
    gaps: recorded.gaps.map((gap) => ({ ...gap, from: laterAt(gap.from), until: laterAt(gap.until) })),
  }
}
