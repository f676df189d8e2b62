/** Says on a terminal what is being waited for, once it takes over a second. */
import { harmless } from '../../domain/text.ts'
import type { Terminal } from '../terminal.ts'

const patienceMs = 1000

export interface Progress {
  /** Somebody (a feed) begins to wait for something, and no longer for what it said before. */
  readonly doing: (who: string, words: string) => void
  readonly stop: () => void
}

export function createProgress({ err, isWatched }: Pick<Terminal, 'err' | 'isWatched'>): Progress {
  const timers = new Map<string, NodeJS.Timeout>()
  return {
    doing: (who, words) => {
      clearTimeout(timers.get(who))
      if (!isWatched) return
      timers.set(
        who,
        setTimeout(() => err(`… ${harmless(who)}: ${harmless(words)}\n`), patienceMs),
      )
    },
    stop: () => {
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}
