/** Calls once at each minute's start. */
import { minuteMs, startOfMinute } from '../domain/time.ts'

/** Runs at every minute's start, epoch milliseconds in; returns what ends it. */
export function everyMinute({ now, run }: { now: () => number; run: (startMs: number) => void }): () => void {
  let timer: NodeJS.Timeout
  let lastMs = startOfMinute(now())
  const wait = () => {
    timer = setTimeout(
      () => {
        const startMs = startOfMinute(now())
        // A timer may fire a little early, and a clock may step back: no minute is told twice.
        if (startMs > lastMs) {
          lastMs = startMs
          run(startMs)
        }
        wait()
      },
      startOfMinute(now()) + minuteMs - now() + 1,
    )
  }
  wait()
  return () => clearTimeout(timer)
}
