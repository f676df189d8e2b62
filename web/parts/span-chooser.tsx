/** Which time is shown: the last so much and on, or a time that stands still; and steps to other times, for keys too. */
import { useAddress, useRange } from '../context.tsx'
import { offered, type Span, type TimeRange, usual, zoomed } from '../span.ts'
import { durationText } from '../view/time.ts'

const format = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })

export function SpanChooser() {
  const { span, setSpan } = useAddress()
  const { range } = useRange()
  const live = span.kind === 'last'
  const known = live && offered.some(({ minutes }) => minutes === span.minutes)
  const title = `${format.format(range.fromMs)} to ${format.format(range.toMs)}`
  return (
    <div class="span" role="group" aria-label="Time that is shown">
      <select
        aria-label="Span of time"
        title={title}
        value={live ? String(span.minutes) : 'fixed'}
        onChange={({ currentTarget }) => {
          const minutes = Number(currentTarget.value)
          if (minutes > 0) setSpan({ kind: 'last', minutes })
        }}
      >
        {!live && <option value="fixed">{title}</option>}
        {live && !known && <option value={String(span.minutes)}>{durationText(span.minutes * 60_000)}</option>}
        {offered.map(({ minutes, name }) => (
          <option key={minutes} value={String(minutes)}>
            {`Last ${name}`}
          </option>
        ))}
      </select>
      <button
        type="button"
        aria-pressed={live}
        class={live ? 'live' : undefined}
        title={live ? 'Goes on by itself; press to hold' : 'Stands still; press to go on'}
        onClick={() => setSpan(live ? { kind: 'fixed', ...range } : liveAgain(range))}
      >
        {live ? '● Live' : '❚❚ Held'}
      </button>
      <button type="button" aria-label="Earlier" title="Earlier" onClick={() => setSpan(shifted(range, -0.5))}>
        ‹
      </button>
      <button type="button" aria-label="Later" title="Later" onClick={() => setSpan(shifted(range, 0.5))}>
        ›
      </button>
      <button
        type="button"
        aria-label="Zoom in"
        title="Zoom in"
        onClick={() => setSpan(zoomed(range, 0.5, Date.now()))}
      >
        +
      </button>
      <button
        type="button"
        aria-label="Zoom out"
        title="Zoom out"
        onClick={() => setSpan(zoomed(range, 2, Date.now()))}
      >
        −
      </button>
    </div>
  )
}

/** The offered span that comes nearest. */
function liveAgain({ fromMs, toMs }: TimeRange): Span {
  const minutes = (toMs - fromMs) / 60_000
  const nearest = offered.find((each) => each.minutes >= minutes * 0.99)
  return nearest === undefined ? usual : { kind: 'last', minutes: nearest.minutes }
}

function shifted({ fromMs, toMs }: TimeRange, share: number): Span {
  const by = (toMs - fromMs) * share
  return { kind: 'fixed', fromMs: fromMs + by, toMs: toMs + by }
}
