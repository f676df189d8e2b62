/** A time: how long ago, and when. */
import { useNow } from '../context.tsx'
import { clockText, fullText, relativeText } from '../view/time.ts'

/** `at` is an instant of the API. `both`: `3 min ago · 14:03:11`. The title has the date and UTC. */
export function Time({ at, show = 'both' }: { at: string; show?: 'both' | 'relative' | 'clock' }) {
  const nowMs = useNow(10)
  const atMs = Date.parse(at)
  const parts = [
    ...(show === 'clock' ? [] : [relativeText(atMs, nowMs)]),
    ...(show === 'relative' ? [] : [clockText(atMs, nowMs)]),
  ]
  return (
    <time dateTime={at} title={fullText(atMs)} class="time">
      {parts.join(' · ')}
    </time>
  )
}
