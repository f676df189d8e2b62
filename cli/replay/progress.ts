/** Says on standard error how far a replay is: share, speed, and the time it is at. */
import { instant } from '../../domain/time.ts'
import type { Terminal } from '../terminal.ts'

export interface Progress {
  readonly at: (done: { readonly share: number | undefined; readonly minutes: number; readonly ms: number }) => void
  /** Leaves the line to what is written next. */
  readonly hide: () => void
}

const redrawnMs = 250
const repeatedMs = 5000

/** On a terminal one line that changes; elsewhere, if it is asked for, a line now and then. */
export function createProgress(
  { err, isWatched }: Pick<Terminal, 'err' | 'isWatched'>,
  isAsked: boolean | undefined,
): Progress {
  if (!(isAsked ?? isWatched)) return { at: () => undefined, hide: () => undefined }
  const startedMs = performance.now()
  let saidMs = startedMs
  let isShown = false
  return {
    at: ({ share, minutes, ms }) => {
      const nowMs = performance.now()
      if (nowMs - saidMs < (isWatched ? redrawnMs : repeatedMs)) return
      saidMs = nowMs
      const rate = Math.round((1000 * minutes) / (nowMs - startedMs))
      const done = share === undefined ? '' : `${Math.floor(100 * share)} %, `
      const words = `… ${instant(ms).slice(0, 16)}Z, ${done}${minutes} broker-minutes, ${rate} a second`
      err(isWatched ? `\r\u001B[K${words}` : `${words}\n`)
      isShown = isWatched
    },
    hide: () => {
      if (isShown) err('\r\u001B[K')
      isShown = false
    },
  }
}
