/** Says on a terminal what takes long, in one line that changes and is gone at the end. */
import { harmless } from '../domain/text.ts'
import type { Terminal } from './terminal.ts'

type Watched = Pick<Terminal, 'err' | 'isWatched'>

const patienceMs = 1000
const redrawnMs = 250
const clearLine = '\r\u001B[K'

export interface StatusLine {
  /** The words are made only when they are shown: a few times a second. */
  readonly show: (words: () => string) => void
  /** Leaves the line to what is written next. */
  readonly hide: () => void
}

/** Where nobody watches, nothing is shown. */
export function createStatusLine({ err, isWatched }: Watched): StatusLine {
  let saidMs = performance.now()
  let isShown = false
  return {
    show: (words) => {
      const nowMs = performance.now()
      if (!isWatched || nowMs - saidMs < redrawnMs) return
      saidMs = nowMs
      err(`${clearLine}… ${words()}`)
      isShown = true
    },
    hide: () => {
      if (isShown) err(clearLine)
      isShown = false
    },
  }
}

/** Waits for what is asked; says for what, once it takes over a second. */
export async function awaited<Result>(
  { err, isWatched }: Watched,
  words: string,
  asked: Promise<Result>,
): Promise<Result> {
  if (!isWatched) return asked
  let isShown = false
  const timer = setTimeout(() => {
    isShown = true
    err(`… ${harmless(words)}`)
  }, patienceMs)
  try {
    return await asked
  } finally {
    clearTimeout(timer)
    if (isShown) err(clearLine)
  }
}
