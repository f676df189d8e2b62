/** A broker without a list of clients that counts them: what its count says of sessions that may have ended unseen. */
import type { EventDraft } from '../domain/event.ts'
import type { OpenSessions } from '../domain/open-sessions.ts'
import { secondMs } from '../domain/time.ts'
import type { Content } from './reader.ts'
import type { LogLine } from './log.ts'

export interface HeadcountOptions {
  /** Name of the broker behind the feed. */
  readonly broker: string
  readonly sessions: OpenSessions
  readonly inBrokerTime: (epochMs: number) => number
  /** Takes the ends that were concluded. */
  readonly ended: (ends: readonly EventDraft[]) => void
  readonly log: (line: LogLine) => void
  readonly now: () => number
}

export interface Headcount {
  /** The link is lost, and its figures are of the past. The next one brings its own, maybe before it stands. */
  readonly down: () => void
  /** A link stands again; the one before was lost then, by the watcher's clock. */
  readonly up: (lostAtMs: number | undefined) => void
  readonly heard: (content: Pick<Content, 'samples' | 'uptimeSeconds'>) => void
  /** Does what is due. Call it about once a second. */
  readonly tick: () => void
}

/** Figures are told one after another, the uptime first. */
const roundMs = 2 * secondMs

/** Counts of one feed. Only a broker that tells its uptime shows that its figures are of now: it tells changes alone. */
export function createHeadcount({ broker, sessions, inBrokerTime, ended, log, now }: HeadcountOptions): Headcount {
  let lostAtMs: number | undefined
  let connected: number | undefined
  let countAtMs: number | undefined

  function count(told: number, lostMs: number): void {
    const open = sessions.others()
    // We are among those counted, and the other watcher may be.
    const missing = open - (told - 1)
    if (missing <= 0) return
    if (told > 1) {
      const message = 'sessions may have ended unseen; the broker does not say which'
      log({ level: 'warn', message, sessions: missing, open, connected: told })
      return
    }
    const reason = 'the broker counts no client but this watcher'
    ended(sessions.endAll({ broker, atMs: Math.round(inBrokerTime(now())), cause: 'unknown', reason }, lostMs + 1))
  }

  return {
    down: () => {
      connected = undefined
      countAtMs = undefined
    },
    up: (lostMs) => {
      lostAtMs = lostMs
    },
    heard: ({ samples, uptimeSeconds }) => {
      for (const { name, value } of samples) if (name === 'connected') connected = value
      if (uptimeSeconds !== undefined && lostAtMs !== undefined) countAtMs ??= now() + roundMs
    },
    tick: () => {
      if (countAtMs === undefined || lostAtMs === undefined || now() < countAtMs) return
      const lostMs = lostAtMs
      lostAtMs = undefined
      countAtMs = undefined
      if (connected !== undefined) count(connected, lostMs)
    },
  }
}
