/** What everybody must know whatever page is open: that we are blind somewhere, or not well ourselves. */
import { useShared } from '../shared.tsx'
import { useNow, useRange } from '../context.tsx'
import { blindSpans } from '../view/blind.ts'
import { healthWords } from '../view/health.ts'
import { clockText } from '../view/time.ts'
import { shown } from './shown.tsx'

const most = 3

export function Banners() {
  const { coverage, health } = useShared()
  const { range } = useRange()
  const nowMs = useNow(10)
  const spans =
    coverage.value === undefined ? [] : blindSpans(coverage.value, { range }).filter((span) => !span.unwatched)
  const newest = spans.toSorted((a, b) => Number(b.open) - Number(a.open) || b.untilMs - a.untilMs)
  const problems = health.value === undefined ? [] : healthWords(health.value).problems
  return (
    <div class="banners" aria-live="polite">
      {health.trouble !== undefined && (
        <div class="banner warning">
          <p>
            <strong>This is as it was before.</strong> {health.trouble.sentence}
          </p>
        </div>
      )}
      {newest.length > 0 && (
        <div class={`banner ${newest[0]?.open === true ? 'critical' : 'warning'}`}>
          {newest.slice(0, most).map(({ text, fromMs, untilMs, open }) => (
            <p key={`${text} ${fromMs}`}>
              <strong>{open ? 'We are blind' : 'We were blind'}</strong> {open ? 'since' : 'from'}{' '}
              {clockText(fromMs, nowMs)}
              {open ? '' : ` to ${clockText(untilMs, nowMs)}`}: <bdi>{shown(text)}</bdi>
            </p>
          ))}
          {newest.length > most && <p>and {newest.length - most} more times in this span. Hatched in the charts.</p>}
        </div>
      )}
      {problems.length > 0 && (
        <div class="banner warning">
          {problems.slice(0, most).map((problem) => (
            <p key={problem}>
              <bdi>{shown(problem, 400)}</bdi>
            </p>
          ))}
          {problems.length > most && <p>and {problems.length - most} more.</p>}
        </div>
      )}
    </div>
  )
}
