/** The time now, which moves on for all who show it at once: a page has hundreds of times on it, and one timer. */
import { useEffect, useState } from 'preact/hooks'

interface Tick {
  nowMs: number
  readonly listeners: Set<(nowMs: number) => void>
  timer: ReturnType<typeof setInterval> | undefined
}

const ticks = new Map<number, Tick>()

function tickOf(everySeconds: number): Tick {
  const known = ticks.get(everySeconds)
  if (known !== undefined) return known
  const made: Tick = { nowMs: Date.now(), listeners: new Set(), timer: undefined }
  ticks.set(everySeconds, made)
  return made
}

function listen(everySeconds: number, listener: (nowMs: number) => void): () => void {
  const tick = tickOf(everySeconds)
  tick.listeners.add(listener)
  tick.timer ??= setInterval(() => {
    tick.nowMs = Date.now()
    for (const each of tick.listeners) each(tick.nowMs)
  }, everySeconds * 1000)
  return () => {
    tick.listeners.delete(listener)
    if (tick.listeners.size > 0) return
    clearInterval(tick.timer)
    tick.timer = undefined
  }
}

/** The time now, epoch milliseconds, which moves on every so often. */
export function useNow(everySeconds: number): number {
  const [nowMs, setNow] = useState(() => {
    const tick = tickOf(everySeconds)
    // While nobody listened it stood still.
    if (tick.timer === undefined) tick.nowMs = Date.now()
    return tick.nowMs
  })
  useEffect(() => listen(everySeconds, setNow), [everySeconds])
  return nowMs
}
