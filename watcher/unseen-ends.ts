/** Ends that the broker did not tell, whatever shows them: concluded, said and counted. */
import type { EventDraft } from '../domain/event.ts'
import { secondMs } from '../domain/time.ts'
import type { Content, Reader } from './reader.ts'
import { createRosterCheck, type RosterCheckOptions } from './roster-check.ts'
import { createHeadcount } from './roster-headcount.ts'
import type { Sight } from './sight.ts'

export interface UnseenEndsOptions
  extends Pick<RosterCheckOptions, 'dialect' | 'settings' | 'broker' | 'slot' | 'isOwn' | 'secrets' | 'log' | 'now'> {
  readonly reader: Reader
  readonly sight: Sight
  readonly event: (end: EventDraft) => void
}

export interface UnseenEnds {
  /** A link stands. */
  readonly up: () => void
  readonly down: () => void
  /** A message was read. */
  readonly heard: (content: Content, receivedAtMs: number) => void
  /** Concludes what is due. Call it about once a second. */
  readonly settle: () => void
  /** What keeps us from comparing with the broker's list of clients. */
  readonly problem: () => string | undefined
  /** How many there were. */
  readonly count: () => number
}

/** Conclusions of one feed, over all its links. */
export function createUnseenEnds(options: UnseenEndsOptions): UnseenEnds {
  const { reader, sight, broker, log, now } = options
  const { sessions, clock } = reader
  const shared = { sessions, inBrokerTime: clock.inBrokerTime, ended }
  const roster = createRosterCheck({ ...options, ...shared })
  const headcount = createHeadcount({ ...shared, broker, log, now })
  let count = 0

  function ended(ends: readonly EventDraft[]): void {
    if (ends.length === 0) return
    count += ends.length
    const reason = ends[0]?.reason
    log({ level: 'info', message: 'sessions ended without the broker telling each end', sessions: ends.length, reason })
    for (const end of ends) options.event(end)
  }

  /** A broker that was killed tells no end: that it runs since after we lost it does. */
  function checkRestart(sinceMs: number): void {
    const loss = sight.running(sinceMs)
    if (loss === undefined) return
    const end = { broker, cause: 'server_shutdown' as const, reason: 'the broker was started again' }
    // What came over a later link may be of the broker that runs now.
    ended(sessions.endAll({ ...end, atMs: Math.round(clock.inBrokerTime(loss.heardMs)) }, loss.goneMs + 1))
  }

  return {
    up: () => {
      roster.up()
      headcount.up(sight.lostAtMs())
    },
    down: () => {
      roster.down()
      headcount.down()
    },
    heard: (content, receivedAtMs) => {
      if (content.ended !== undefined) ended(content.ended)
      if (content.events.length === 0) headcount.heard(content)
      if (content.started) sight.started(content.started.atMs, content.started.stopped)
      if (content.uptimeSeconds !== undefined) checkRestart(receivedAtMs - content.uptimeSeconds * secondMs)
    },
    settle: () => {
      void roster.tick()
      headcount.tick()
      ended(sessions.due(now()))
    },
    problem: roster.problem,
    count: () => count,
  }
}
