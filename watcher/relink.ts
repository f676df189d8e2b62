/** Link after link, for as long as the feed lives: which MQTT level to try, and how long to wait in between. */
import type { FeedSettings } from '../domain/feed.ts'
import { secondMs } from '../domain/time.ts'
import { backoffMs, pause } from './backoff.ts'
import type { Ending } from './ending.ts'
import type { LogLine } from './log.ts'

/** How a link ended, and for how long it had stood; 0 when it never did. */
export interface Life {
  readonly ending: Ending
  readonly lastedMs: number
}

export interface RelinkOptions {
  readonly connection: FeedSettings['connection']
  /** Lives one link from its beginning to its end, at an MQTT level. Never rejects. */
  readonly live: (protocol: 4 | 5) => Promise<Life>
  /** The level that a link stood at before. */
  readonly workingLevel: () => 4 | 5 | undefined
  /** A link ended; with how many there have been in a row that did not last. */
  readonly down: (ending: Ending, failures: number) => void
  readonly log: (line: LogLine) => void
  readonly random: () => number
  readonly stopping: AbortSignal
}

/** A link that lasted so long was a good one: the next wait starts from the base again. */
const stableMs = 30 * secondMs
/**
 * A network that resets looks like a broker that does not know MQTT 5; but trying an older level ends the session that
 * the broker keeps for us, and all that waits there. So many times in a row it is no accident.
 */
const silencesOfOlder = 3

/** Links until it is stopped; resolves then. */
export async function relink(options: RelinkOptions): Promise<void> {
  const { connection, stopping } = options
  let failures = 0
  let silences = 0
  while (!stopping.aborted) {
    const { ending, lastedMs } = await attempt(options, silences)
    if (stopping.aborted) return
    silences = ending.refusesLevel5 === 'silent' ? silences + 1 : 0
    failures = lastedMs >= stableMs ? 0 : failures + 1
    options.down(ending, failures)
    const { reconnectPeriod: baseMs, maximumReconnectPeriod: capMs } = connection
    const attemptsBefore = Math.max(0, failures - 1)
    await pause(backoffMs({ attempt: attemptsBefore, baseMs, capMs, random: options.random() }), stopping)
  }
}

/** One link; where it shows that the broker is older, another of the older level. */
async function attempt(options: RelinkOptions, silencesBefore: number): Promise<Life> {
  const { connection, live, workingLevel, log, stopping } = options
  const life = await live(workingLevel() ?? 5)
  const { refusesLevel5 } = life.ending
  const pinned = connection.protocolVersion !== undefined
  // A broker that spoke MQTT 5 before and only closes now is restarting, not older.
  const silent = refusesLevel5 === 'silent' && workingLevel() === undefined && silencesBefore + 1 >= silencesOfOlder
  const older = refusesLevel5 === 'said' || silent
  if (pinned || !older || stopping.aborted) return life
  log({ level: 'info', message: 'the broker does not take MQTT 5: trying 3.1.1', reason: life.ending.words })
  return live(4)
}
