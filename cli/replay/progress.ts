/** Says on standard error how far a replay is: share, speed, and the time it is at. */
import { instant } from '../../domain/time.ts'
import { createStatusLine } from '../progress.ts'
import type { Terminal } from '../terminal.ts'

interface Done {
  readonly share: number | undefined
  readonly minutes: number
  readonly ms: number
}

export interface Progress {
  readonly at: (done: Done) => void
  /** Leaves the line to what is written next. */
  readonly hide: () => void
}

const repeatedMs = 5000

/** On a terminal one line that changes; elsewhere, if it is asked for, a line now and then. */
export function createProgress(terminal: Pick<Terminal, 'err' | 'isWatched'>, isAsked: boolean | undefined): Progress {
  const { err, isWatched } = terminal
  if (!(isAsked ?? isWatched)) return { at: () => undefined, hide: () => undefined }
  const startedMs = performance.now()
  const words = ({ share, minutes, ms }: Done) => {
    const rate = Math.round((1000 * minutes) / (performance.now() - startedMs))
    const done = share === undefined ? '' : `${Math.floor(100 * share)} %, `
    return `${instant(ms).slice(0, 16)}Z, ${done}${minutes} broker-minutes, ${rate} a second`
  }
  if (isWatched) {
    const line = createStatusLine(terminal)
    return { at: (done) => line.show(() => words(done)), hide: line.hide }
  }
  let saidMs = startedMs
  return {
    at: (done) => {
      const nowMs = performance.now()
      if (nowMs - saidMs < repeatedMs) return
      saidMs = nowMs
      err(`… ${words(done)}\n`)
    },
    hide: () => undefined,
  }
}
