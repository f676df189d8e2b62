/** What everybody must know whatever page is open: that we are blind somewhere, or not well ourselves. */
import { useNow, useRange } from '../context.tsx'
import { useShared } from '../current.tsx'
import { type BlindTime, blindSpans, blindTimes, blindToText } from '../view/blind.ts'
import { countText } from '../view/figures.ts'
import { healthWords } from '../view/health.ts'
import { clockText } from '../view/time.ts'
import { shown } from './shown.tsx'

const most = 3

export function Banners() {
  const { coverage, health } = useShared()
  const { range } = useRange()
  const times = coverage.value === undefined ? [] : blindTimes(blindSpans(coverage.value, { range }))
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
      {times.length > 0 && (
        <div class={`banner ${times[0]?.open === true ? 'critical' : 'warning'}`}>
          {times.slice(0, most).map((time) => (
            <Blind key={`${time.cluster} ${time.reason} ${time.fromMs}`} time={time} />
          ))}
          {times.length > most && (
            <p>and {countText(times.length - most, 'more time')} in this span, hatched in charts.</p>
          )}
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

function Blind({ time }: { time: BlindTime }) {
  const { fromMs, untilMs, open, reason } = time
  const nowMs = useNow(10)
  return (
    <p>
      <strong>{open ? 'We are blind' : 'We were blind'}</strong> to <bdi>{shown(blindToText(time))}</bdi>{' '}
      {open ? 'since' : 'from'} {clockText(fromMs, nowMs)}
      {open ? '' : ` to ${clockText(untilMs, nowMs)}`}: <bdi>{shown(reason)}</bdi>
    </p>
  )
}
