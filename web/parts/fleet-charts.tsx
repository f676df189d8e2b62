/** A cluster over time: what happened, what was expected, when alerts opened, and when nobody saw. */
import { useMemo } from 'preact/hooks'
import { alertList } from '../../api/alerts.ts'
import { clusterMinutes } from '../../api/minutes.ts'
import { instant } from '../../domain/time.ts'
import { useAddress, useAnswer, useRange } from '../context.tsx'
import { useShared } from '../current.tsx'
import { stepMinutesOf, type TimeRange } from '../span.ts'
import { marksOf } from '../view/alerts.ts'
import { blindSpans, mergedGaps } from '../view/blind.ts'
import { fleetCharts } from '../view/fleet.ts'
import { Answered } from './states.tsx'
import { TimeChart } from './time-chart.tsx'

const none: never[] = []

export function FleetCharts({ cluster }: { cluster: string }) {
  const { href, setSpan } = useAddress()
  const { range, live } = useRange()
  const { coverage } = useShared()
  const times = { from: instant(range.fromMs), to: instant(range.toMs) }
  const minutes = useAnswer(
    clusterMinutes,
    { params: { cluster }, query: { ...times, step: String(stepMinutesOf(range)), limit: '1000' } },
    { all: true, everySeconds: live ? 15 : undefined },
  )
  const alerts = useAnswer(
    alertList,
    { query: { cluster, ...times, limit: '200' } },
    { everySeconds: live ? 15 : undefined },
  )
  const charts = useMemo(() => fleetCharts(minutes.value?.minutes ?? none, range), [minutes.value, range])
  const marks = useMemo(
    () => marksOf(alerts.value?.alerts ?? none, ({ id }) => href({ page: 'alert', id })),
    [alerts.value, href],
  )
  const gaps = useMemo(
    () =>
      coverage.value === undefined ? none : mergedGaps(blindSpans(coverage.value, { cluster, range: past(range) })),
    [coverage.value, cluster, range],
  )
  return (
    <Answered of={minutes} what="Charts" lines={8}>
      {() => (
        <div class="charts">
          {charts.map(({ title, chart }) => (
            <TimeChart
              key={title}
              title={title}
              chart={chart}
              range={range}
              gaps={gaps}
              marks={marks}
              onZoom={(to) => setSpan({ kind: 'fixed', ...to })}
            />
          ))}
        </div>
      )}
    </Answered>
  )
}

/** What is still to come is no gap. */
function past({ fromMs, toMs }: TimeRange): TimeRange {
  return { fromMs, toMs: Math.max(fromMs, Math.min(toMs, Date.now())) }
}
