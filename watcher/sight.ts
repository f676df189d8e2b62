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
  /** The broker has been running since then. True when it was started again while we were away. */
  readonly running: (sinceMs: number) => boolean
  /** Events up to then were dropped unsent: nothing before it counts as seen. Epoch milliseconds, broker's time. */
  readonly lost: (untilMs: number) => void
  /** For the report; all in the broker's time. Empty while no link stands. */
  readonly seen: () => { seenFrom?: string; seenUntil?: string; keptFrom?: string }
  /** When the link before this one was lost. */
  readonly lostAtMs: () => number | undefined
}

/** Brokers publish their counts every ten seconds to every minute. */
const countAgeMs = 90 * secondMs

/** A feed just started, blind until its first link stands. */
export function createSight({ name, slot, keepsMs, gap, inBrokerTime, now }: SightOptions): Sight {
  const startedMs = now()
  let seen: { fromMs: number; untilMs: number; keptFromMs?: number } | undefined
  let blind: { fromMs: number; words: string } | undefined
  let lostAtMs: number | undefined
  /** In this time the broker may have dropped messages of ours, if it dropped any at all. */
  let doubt: { readonly fromMs: number; readonly untilMs: number } | undefined
  const counts = new Map<string, number>()
  let resumed = false
  let runningSinceMs: number | undefined

  function tell(fromMs: number, untilMs: number, reason: string): void {
    if (untilMs <= fromMs) return
    // Brokers that stamp whole seconds put what happened in the second into its beginning.
    const from = instant(Math.floor(inBrokerTime(fromMs) / secondMs) * secondMs)
    const until = instant(inBrokerTime(untilMs))
    gap({ cluster: name.cluster, feed: name.feed, watcher: slot, from, until, reason: harmless(reason, 500) })
  }

  return {
    up: (atMs, sessionKept) => {
      resumed = sessionKept
      const keptFromMs = resumed && keepsMs > 0 ? atMs - keepsMs : undefined
      seen = { fromMs: atMs, untilMs: atMs, ...(keptFromMs === undefined ? {} : { keptFromMs }) }
      if (resumed) doubt = { fromMs: blind?.fromMs ?? keptFromMs ?? atMs, untilMs: atMs }
      if (blind) tell(blind.fromMs, Math.min(atMs, Math.max(blind.fromMs, keptFromMs ?? atMs)), blind.words)
      blind = undefined
    },
    down: (words) => {
      if (seen) lostAtMs = seen.untilMs
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
      const before = runningSinceMs
      runningSinceMs = sinceMs
      // Told in whole seconds it wavers by one; it must be another than before, and after the loss.
      const other = before === undefined || Math.abs(sinceMs - before) > secondMs
      const slackMs = before === undefined ? 0 : secondMs
      if (lostAtMs === undefined || !other || sinceMs + slackMs < lostAtMs) return false
      // Without a session of ours it held nothing, and the gap of the loss says all.
      const untilMs = sinceMs + secondMs
      if (resumed) tell(lostAtMs, untilMs, 'the broker was started again: what it still held for us may be gone')
      return true
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
    lostAtMs: () => lostAtMs,
  }
}
