/** A broker over time: ends by cause, clients, abnormal ends against what is usual; alerts marked, blind times hatched. */
import { useMemo } from 'preact/hooks'
import { alertList } from '../../api/alerts.ts'
import type { SteppedMinute } from '../../api/minutes.ts'
import { instant } from '../../domain/time.ts'
import { useAddress, useAnswer, useNow, useRange } from '../context.tsx'
import { useShared } from '../current.tsx'
import { marksOf } from '../view/alerts.ts'
import { type BlindSpan, blindSpans, mergedGaps } from '../view/blind.ts'
import { brokerCharts } from '../view/broker.ts'
import { asCause, causeText } from '../view/causes.ts'
import { clockText } from '../view/time.ts'
import { shown } from './shown.tsx'
import { TimeChart } from './time-chart.tsx'

const none: never[] = []

export interface BrokerChartsProps {
  readonly cluster: string
  readonly broker: string
  readonly minutes: readonly SteppedMinute[]
}

export function BrokerCharts({ cluster, broker, minutes }: BrokerChartsProps) {
  const { href, params, setParams, setSpan } = useAddress()
  const { range, live } = useRange()
  const { coverage } = useShared()
  const alerts = useAnswer(
    alertList,
    { query: { cluster, from: instant(range.fromMs), to: instant(range.toMs), limit: '200' } },
    { everySeconds: live ? 15 : undefined },
  )
  const cause = asCause(params.get('cause') ?? undefined)
  const { byCause, rest, gauges } = useMemo(() => brokerCharts(minutes, { range, cause }), [minutes, range, cause])
  const marks = useMemo(() => {
    const own = (alerts.value?.alerts ?? none).filter((each) => each.broker === undefined || each.broker === broker)
    return marksOf(own, ({ id }) => href({ page: 'alert', id }))
  }, [alerts.value, broker, href])
  const spans = useMemo(() => {
    const past = { fromMs: range.fromMs, toMs: Math.max(range.fromMs, Math.min(range.toMs, Date.now())) }
    return coverage.value === undefined ? none : blindSpans(coverage.value, { cluster, broker, range: past })
  }, [coverage.value, cluster, broker, range])
  const gaps = useMemo(() => mergedGaps(spans), [spans])
  const common = { range, gaps, marks, onZoom: (to: typeof range) => setSpan({ kind: 'fixed', ...to }) }
  const choose = (name: string) =>
    setParams({ cause: cause !== undefined && causeText(cause) === name ? undefined : name.replaceAll(' ', '_') })
  return (
    <>
      <Blind spans={spans} />
      <div class="charts">
        <TimeChart
          title="Disconnects per minute, by cause"
          chart={byCause}
          choice={{ chosen: cause === undefined ? undefined : causeText(cause), choose }}
          {...common}
        />
        {rest.map(({ title, chart }) => (
          <TimeChart key={title} title={title} chart={chart} {...common} />
        ))}
      </div>
      {cause !== undefined && (
        <p class="quiet">
          Only {causeText(cause)} is shown, in the events below too.{' '}
          <button type="button" class="small" onClick={() => setParams({ cause: undefined })}>
            Show every cause
          </button>
        </p>
      )}
      {gauges.length > 0 && (
        <details class="gauges">
          <summary>What the broker tells of itself</summary>
          <div class="charts">
            {gauges.map(({ title, chart }) => (
              <TimeChart key={title} title={title} chart={chart} height={110} {...common} />
            ))}
          </div>
        </details>
      )}
    </>
  )
}

const mostSpans = 4

/** The longest times in which it was not watched, in words. */
function Blind({ spans }: { spans: readonly BlindSpan[] }) {
  const nowMs = useNow(30)
  if (spans.length === 0) return null
  const longest = spans.toSorted((a, b) => b.untilMs - b.fromMs - (a.untilMs - a.fromMs))
  return (
    <ul class="notice">
      {longest.slice(0, mostSpans).map(({ fromMs, untilMs, open, unwatched, reason }) => (
        <li key={fromMs}>
          {unwatched ? 'It was not watched' : open ? 'We are blind' : 'We were blind'}{' '}
          {open
            ? `since ${clockText(fromMs, nowMs)}`
            : `from ${clockText(fromMs, nowMs)} to ${clockText(untilMs, nowMs)}`}
          {unwatched ? '' : ` (${shown(reason, 160)})`}: counts mean nothing there.
        </li>
      ))}
      {longest.length > mostSpans && <li>and {longest.length - mostSpans} shorter times: hatched in the charts.</li>}
    </ul>
  )
}
