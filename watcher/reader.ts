/** From packets to events and samples: one feed's dialect with the state it needs, and nothing a broker sends can stop it. */
import type { Sample } from '../domain/batch.ts'
import type { Dialect, Reading, ReadingContext, RejectionReason, Wording } from '../domain/dialect.ts'
import type { EventDraft } from '../domain/event.ts'
import type { Message } from '../domain/message.ts'
import { createOpenSessions } from '../domain/open-sessions.ts'
import { minuteMs, secondMs } from '../domain/time.ts'
import { createBrokerClock } from './clock.ts'
import type { Arrival } from './link.ts'
import { createOrdinals } from './ordinals.ts'
import { createRejections } from './rejections.ts'

/** A larger payload tells of no connection; reading it would only cost memory. */
const maxPayloadBytes = 1024 * 1024
/** So long after an event without a usable stamp it is said that there are some. */
const saidMs = 10 * minuteMs
/** About 200 bytes each. */
const maxOpenSessions = 200_000

export interface Reader {
  /** Reads one packet. Never throws. `measured`: its stamp may be compared with the clock, for it came at once. */
  readonly read: (arrival: Arrival, when: { receivedAt: number; measured: boolean }) => Content
  /** A new link begins. */
  readonly relinked: () => void
  readonly clock: ReturnType<typeof createBrokerClock>
  /** What to tell people where the broker stamps no time, though it could. */
  readonly stampProblem: (nowMs: number) => string | undefined
  readonly rejections: ReturnType<typeof createRejections>
  readonly sessions: ReturnType<typeof createOpenSessions>
}

/** What was in a packet; both are empty for a rejection, which is counted. */
export interface Content {
  readonly events: readonly EventDraft[]
  readonly samples: readonly Sample[]
  /** Ends that the message shows without telling each. */
  readonly ended?: readonly EventDraft[]
  /** The broker behind the feed has been running so long. */
  readonly uptimeSeconds?: number
  /** The broker says, in its place among all else, that it starts; `stopped`: before it had said that it stops. */
  readonly started?: { readonly atMs: number; readonly stopped: boolean }
}

interface When {
  readonly receivedAt: number
  readonly measured: boolean
  /** It was read before, on the link before this one. */
  readonly again: boolean
  /** Within it, its events are numbered by their order of arrival. */
  readonly instant: string | undefined
}

const nothing: Content = { events: [], samples: [] }

/** A reader for one feed; it lives as long as the feed and learns the broker's wording on the way. */
export function createReader(dialect: Dialect, context: Omit<ReadingContext, 'wording'>): Reader {
  const clock = createBrokerClock()
  const rejections = createRejections()
  const sessions = createOpenSessions(context.cluster, maxOpenSessions)
  const ordinals = createOrdinals(dialect.instantOf)
  let current: ReadingContext = context
  let word: { readonly atMs: number; readonly reason: string } | undefined
  let stopped = false
  let unstampedAtMs = Number.NEGATIVE_INFINITY

  function reading(message: Message): Reading {
    const wording: Wording | undefined = dialect.wordingOf?.(message)
    if (wording !== undefined && wording !== current.wording) current = { ...context, wording }
    return dialect.read(message, current)
  }

  function content(found: Reading, arrival: Arrival, when: When): Content {
    switch (found.kind) {
      case 'events': {
        const [draft] = found.events
        if (!when.again) stopped = false
        if (when.measured && !arrival.retain && draft && draft.evidence?.clock !== 'receipt') {
          clock.measure(draft.atMs - when.receivedAt)
        }
        if (draft?.evidence?.clock === 'receipt') unstampedAtMs = when.receivedAt
        return { events: found.events.flatMap((each) => taken(each, when) ?? []), samples: [] }
      }
      case 'ended':
        return when.again ? nothing : stoppedOrStarted(found)
      case 'brokers':
        return { ...nothing, ended: sessions.brokersAre(found.brokers, Math.round(clock.inBrokerTime(found.atMs))) }
      case 'uptime':
        // One that waited for us at the broker would make it seem younger than it is.
        return when.measured ? running(found, when.receivedAt) : nothing
      case 'samples':
        return { events: [], samples: found.samples }
      case 'rejection':
        return nothing
    }
  }

  /** A broker that was killed sends again what it had saved, also such a word, which must not end what began since. */
  function stoppedOrStarted(found: Extract<Reading, { kind: 'ended' }>): Content {
    const { atMs, reason, starts = false } = found
    if (word !== undefined && (atMs < word.atMs || (atMs === word.atMs && reason === word.reason))) return nothing
    word = { atMs, reason }
    const ended = sessions.endAll(found)
    const before = stopped
    stopped = !starts
    return { ...nothing, ended, ...(starts ? { started: { atMs, stopped: before } } : {}) }
  }

  /** A login refused under a client's name reads like the end of that client's own session: the address decides. */
  function taken(told: EventDraft, { receivedAt, again, instant }: When): EventDraft | undefined {
    const type = told.type === 'refused' && sessions.isOfOpen(told) ? 'disconnected' : told.type
    const draft = { ...told, type, ordinal: instant === undefined ? told.ordinal : ordinals.ofClient(told, instant) }
    const joined = sessions.take(draft, receivedAt, again)
    // An end told by its session alone, and nobody knows whose that was: another watcher may know.
    return joined.type === 'disconnected' && joined.clientId === undefined ? undefined : joined
  }

  function running({ broker, seconds }: Extract<Reading, { kind: 'uptime' }>, seenAtMs: number): Content {
    if (broker === undefined) return { ...nothing, uptimeSeconds: seconds }
    const atMs = Math.round(clock.inBrokerTime(seenAtMs - seconds * secondMs))
    return { ...nothing, ended: sessions.runs(broker, { seconds, seenAtMs, atMs }) }
  }

  function rejected(message: Message, { reason, detail }: { reason: RejectionReason; detail: string }): Content {
    rejections.count({ reason, detail, message })
    return nothing
  }

  return {
    clock,
    rejections,
    sessions,
    stampProblem: (nowMs) =>
      dialect.clockAdvice === undefined || nowMs - unstampedAtMs > saidMs
        ? undefined
        : `events come without a usable time of the broker, so that two watchers take one for two: ${dialect.clockAdvice}`,
    relinked: ordinals.restart,
    read: (arrival, when) => {
      const { topic, payload, retain } = arrival
      const tooLarge = payload.length > maxPayloadBytes
      const text = tooLarge ? '' : payload.toString('utf8')
      const { receivedAt } = when
      const message = { topic, payload: text, bytes: payload, retain, receivedAt, ordinal: 0, repeat: 0 }
      if (tooLarge) return rejected(message, { reason: 'malformed', detail: `${payload.length} bytes` })
      try {
        const { ordinal, repeat, again = false, instant } = ordinals.place(message, arrival)
        message.ordinal = ordinal
        message.repeat = repeat
        const found = reading(message)
        return found.kind === 'rejection'
          ? rejected(message, found)
          : content(found, arrival, { ...when, again, instant })
      } catch (error) {
        const detail = `the dialect failed: ${error instanceof Error ? error.message : 'unknown'}`
        return rejected(message, { reason: 'malformed', detail })
      }
    },
  }
}
