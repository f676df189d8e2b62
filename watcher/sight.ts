/** What one feed sees: since when, until when, and every time it was blind, with the reason. By the watcher's clock. */
import type { Gap } from '../domain/batch.ts'
import { harmless } from '../domain/text.ts'
import { instant, secondMs } from '../domain/time.ts'
import type { FeedName } from './feed.ts'

export interface SightOptions {
  readonly name: FeedName
  readonly slot: string
  /** How long the broker keeps messages for our absent session, milliseconds; 0: it keeps none. */
  readonly keepsMs: number
  readonly gap: (gap: Gap) => void
  readonly inBrokerTime: (epochMs: number) => number
  readonly now: () => number
}

export interface Sight {
  /** A link stands. `resumed`: the broker kept our session, and what it held comes now. */
  readonly up: (atMs: number, resumed: boolean) => void
  /** The link is lost, or could not be made, for this reason. */
  readonly down: (words: string) => void
  /** Something arrived, and nothing that was sent before it can still be waiting at the broker. */
  readonly heard: (atMs: number) => void
  /** The broker’s window for us was full: it may have dropped what it could not queue. */
  readonly pressed: () => void
  /** A broker's count of messages that it dropped, for whomever. */
  readonly dropped: (broker: string, total: number, atMs: number) => void
  /** The broker has been running since then. The loss of the one that ran before, where it was started again since. */
  readonly running: (sinceMs: number) => Loss | undefined
  /** The broker says, in its place among all else, that it starts. `stopped`: it had stopped in good order. */
  readonly started: (atMs: number, stopped: boolean) => void
  /** Events up to then were dropped unsent: nothing before it counts as seen. Epoch milliseconds, broker's time. */
  readonly lost: (untilMs: number) => void
  /** For the report; all in the broker's time. Empty while no link stands. */
  readonly seen: () => { seenFrom?: string; seenUntil?: string; keptFrom?: string }
  /** When the link before this one was lost. */
  readonly lostAtMs: () => number | undefined
}

export interface Loss {
  /** When the broker was last heard. */
  readonly heardMs: number
  /** When the link ended. */
  readonly goneMs: number
}

/** Brokers publish their counts every ten seconds to every minute. */
const countAgeMs = 90 * secondMs
/** Told in whole seconds, the time for which a broker runs wavers by one; the stamp of a line is its clock's, not ours. */
const uptimeVagueMs = secondMs
const stampVagueMs = 3 * secondMs
const maxLosses = 100

/** A feed just started, blind until its first link stands. */
export function createSight({ name, slot, keepsMs, gap, inBrokerTime, now }: SightOptions): Sight {
  const startedMs = now()
  let seen: { fromMs: number; untilMs: number; keptFromMs?: number } | undefined
  let blind: { fromMs: number; words: string } | undefined
  let last: Loss | undefined
  /** Since the broker last told since when it runs, oldest first. */
  let losses: readonly Loss[] = []
  /** In this time the broker may have dropped messages of ours, if it dropped any at all. */
  let doubt: { readonly fromMs: number; readonly untilMs: number } | undefined
  const counts = new Map<string, number>()
  let resumed = false
  /** Our session was begun then, or a broker that was killed: before, nothing was kept for us. */
  let bornMs = Number.NEGATIVE_INFINITY
  let runs: { readonly sinceMs: number; readonly vagueMs: number } | undefined

  function tell(fromMs: number, untilMs: number, reason: string): void {
    if (untilMs <= fromMs) return
    // Brokers that stamp whole seconds put what happened in the second into its beginning.
    const from = instant(Math.floor(inBrokerTime(fromMs) / secondMs) * secondMs)
    const until = instant(inBrokerTime(untilMs))
    gap({ cluster: name.cluster, feed: name.feed, watcher: slot, from, until, reason: harmless(reason, 500) })
  }

  /** Without a session of ours it held nothing, and the gap of the loss says all. */
  function tellRestart({ heardMs }: Loss, sinceMs: number): void {
    tell(heardMs, sinceMs + secondMs, 'the broker was started again: what it still held for us may be gone')
  }

  return {
    up: (atMs, sessionKept) => {
      resumed = sessionKept
      if (!resumed) bornMs = atMs
      const keptFromMs = resumed && keepsMs > 0 ? Math.max(atMs - keepsMs, bornMs) : undefined
      seen = { fromMs: atMs, untilMs: atMs, ...(keptFromMs === undefined ? {} : { keptFromMs }) }
      if (resumed) doubt = { fromMs: blind?.fromMs ?? keptFromMs ?? atMs, untilMs: atMs }
      if (blind) tell(blind.fromMs, Math.min(atMs, Math.max(blind.fromMs, keptFromMs ?? atMs)), blind.words)
      blind = undefined
    },
    down: (words) => {
      if (seen) {
        last = { heardMs: seen.untilMs, goneMs: now() }
        losses = [...losses.slice(-maxLosses), last]
      }
      blind ??= { fromMs: seen?.untilMs ?? startedMs, words }
      seen = undefined
    },
    heard: (atMs) => {
      if (seen) seen.untilMs = atMs
    },
    pressed: () => {
      const atMs = now()
      doubt = { fromMs: doubt?.fromMs ?? seen?.untilMs ?? atMs, untilMs: atMs }
    },
    dropped: (broker, total, atMs) => {
      const before = counts.get(broker)
      counts.set(broker, total)
      if (before === undefined || total <= before || doubt === undefined) return
      const { fromMs, untilMs } = doubt
      doubt = undefined
      if (atMs - untilMs > countAgeMs) return
      tell(fromMs, untilMs, `the broker dropped ${total - before} messages while ours waited there`)
    },
    running: (sinceMs) => {
      const before = runs
      const known = losses
      runs = { sinceMs, vagueMs: uptimeVagueMs }
      losses = []
      // It must be another than before, and have started after a loss.
      if (before !== undefined && Math.abs(sinceMs - before.sinceMs) <= before.vagueMs) return undefined
      const slackMs = before === undefined ? 0 : secondMs
      const loss = known.findLast(({ heardMs }) => heardMs <= sinceMs + slackMs)
      if (loss !== undefined && resumed) tellRestart(loss, sinceMs)
      return loss
    },
    started: (stampMs, stopped) => {
      const sinceMs = stampMs - inBrokerTime(0)
      const loss = losses.findLast(({ heardMs }) => heardMs <= sinceMs + secondMs)
      runs = { sinceMs, vagueMs: stampVagueMs }
      losses = losses.filter(({ heardMs }) => heardMs > sinceMs + secondMs)
      if (stopped) return
      // A watcher that was killed as well does not know what it lost: who has its last report does.
      if (loss === undefined) bornMs = sinceMs
      else tellRestart(loss, sinceMs)
    },
    lost: (untilMs) => {
      const offsetMs = inBrokerTime(0)
      if (seen) seen.fromMs = Math.max(seen.fromMs, untilMs - offsetMs)
    },
    seen: () => {
      if (seen === undefined || seen.untilMs < seen.fromMs) return {}
      const { keptFromMs } = seen
      return {
        seenFrom: instant(inBrokerTime(seen.fromMs)),
        seenUntil: instant(inBrokerTime(seen.untilMs)),
        ...(keptFromMs === undefined ? {} : { keptFrom: instant(inBrokerTime(keptFromMs)) }),
      }
    },
    lostAtMs: () => last?.heardMs,
  }
}
