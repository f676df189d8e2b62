/** The minutes around an alert in charts: the figures it was judged by, its marks, and when nobody saw. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import { coverage } from '../../api/health.ts'
import { brokerMinutes, clusterMinutes, type SteppedMinute } from '../../api/minutes.ts'
import type { Alert } from '../../domain/alert.ts'
import { instant } from '../../domain/time.ts'
import { useAddress, useAnswer, useFrame } from '../context.tsx'
import { useShared } from '../current.tsx'
import { stepMinutesOf, type TimeRange } from '../span.ts'
import { alertCharts, alertMarks, brokerOf } from '../view/alert-charts.ts'
import { blindSpans, mergedGaps } from '../view/blind.ts'
import { clockText } from '../view/time.ts'
import { shown } from './shown.tsx'
import { Answered } from './states.tsx'
import { TimeChart } from './time-chart.tsx'

const none: never[] = []
const mostBrokers = 5

export function AlertGraph({ of: alert, range, chosen }: { of: Alert; range: TimeRange; chosen: boolean }) {
  const { setSpan } = useAddress()
  const { brokers } = useShared()
  const { cluster } = alert
  const broker = brokerOf(alert)
  const live = alert.status === 'open'
  const query = {
    from: instant(range.fromMs),
    to: instant(range.toMs),
    step: String(stepMinutesOf(range)),
    limit: '1000',
  }
  const options = { all: true, everySeconds: live ? 15 : undefined }
  const isUneven = alert.kind === 'imbalance'
  const ofBroker = useAnswer(
    brokerMinutes,
    broker === undefined ? undefined : { params: { cluster, broker }, query },
    options,
  )
  const ofCluster = useAnswer(
    clusterMinutes,
    broker === undefined || isUneven ? { params: { cluster }, query } : undefined,
    options,
  )
  const own = broker === undefined ? ofCluster : ofBroker
  const known = brokers.value?.brokers.filter((each) => each.cluster === cluster) ?? none
  const compared = isUneven && broker === undefined ? known.slice(0, mostBrokers).map((each) => each.broker) : none
  const each = useMinutesOf(cluster, compared, query)
  const fairShare = known.find((one) => one.broker === broker)?.expectedShare
  const charts = useMemo(
    () =>
      alertCharts(
        alert,
        {
          own: own.value?.minutes ?? none,
          whole: ofCluster.value?.minutes ?? none,
          brokers: each,
          fairShare,
        },
        range,
      ),
    [alert, own.value, ofCluster.value, each, fairShare, range],
  )
  const marks = useMemo(() => alertMarks(alert), [alert])
  const gaps = useGaps(alert, range)
  return (
    <Answered<unknown> of={own} what="Charts" lines={8}>
      {() => (
        <>
          <div class="charts">
            {charts.map(({ title, chart }) => (
              <TimeChart
                key={title}
                title={shown(title, 120)}
                chart={chart}
                range={range}
                gaps={gaps}
                marks={marks}
                onZoom={(to) => setSpan({ kind: 'fixed', ...to })}
              />
            ))}
          </div>
          <p class="quiet">
            {clockText(range.fromMs, range.toMs)} to {clockText(range.toMs, range.toMs)},{' '}
            {chosen ? 'as chosen' : 'around the alert'}.
            {gaps.length > 0 && ` Hatched: ${broker === undefined ? 'not every broker was' : 'it was not'} watched.`}{' '}
            Drag in a chart to zoom in.
          </p>
        </>
      )}
    </Answered>
  )
}

/** When nobody watched what the alert speaks of. */
function useGaps(alert: Alert, range: TimeRange) {
  const asked = useAnswer(coverage, {
    query: { cluster: alert.cluster, from: instant(range.fromMs), to: instant(range.toMs) },
  })
  const broker = brokerOf(alert)
  return useMemo(() => {
    if (asked.value === undefined) return none
    const past = { fromMs: range.fromMs, toMs: Math.max(range.fromMs, Math.min(range.toMs, Date.now())) }
    return mergedGaps(
      blindSpans(asked.value, { cluster: alert.cluster, range: past, ...(broker === undefined ? {} : { broker }) }),
    )
  }, [asked.value, alert.cluster, broker, range])
}

/** The minutes of several brokers; those that could not be had are left out. */
function useMinutesOf(
  cluster: string,
  brokers: readonly string[],
  query: { readonly from: string; readonly to: string; readonly step: string; readonly limit: string },
): readonly (readonly [string, readonly SteppedMinute[]])[] {
  const { api } = useFrame()
  const [held, setHeld] = useState<readonly (readonly [string, readonly SteppedMinute[]])[]>(none)
  useEffect(() => {
    const stopping = new AbortController()
    const load = async () => {
      const replies = await Promise.all(
        brokers.map(async (broker) => {
          const reply = await api.askAll(brokerMinutes, { params: { cluster, broker }, query }, stopping.signal)
          return reply.ok ? [[broker, reply.value.minutes] as const] : []
        }),
      )
      if (!stopping.signal.aborted) setHeld(replies.flat())
    }
    if (brokers.length > 0) void load()
    return () => stopping.abort()
    // The list and the question are new with every drawing; the texts say what they hold.
  }, [api, cluster, brokers.join('\n'), query.from, query.to])
  return held
}
