/** The lanes with what stands around them: that they load, that there is nothing, which causes there are. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { JoinedEvent } from '../../domain/session.ts'
import { useAddress, useRange } from '../context.tsx'
import { useShared } from '../current.tsx'
import { blindSpans } from '../view/blind.ts'
import { completeFrom } from '../view/client-history.ts'
import { causeCode, countsOf } from '../view/client-words.ts'
import { type Lane, lanesOf } from '../view/lanes.ts'
import { CauseLabel } from './cause-label.tsx'
import type { History } from './client-history.ts'
import { ClientLanes } from './client-lanes.tsx'
import { EmptyState, ErrorState, Loading } from './states.tsx'

export interface ClientTimelineProps {
  readonly cluster: string
  readonly history: History
  /** The client's last connection or attempt: it may have begun before the span. */
  readonly last: JoinedEvent | undefined
}

export function ClientTimeline({ cluster, history, last }: ClientTimelineProps) {
  const { range } = useRange()
  const { coverage } = useShared()
  const { loaded, trouble } = history
  const events = loaded?.events
  const drawn = useLanes(events, last)
  const lanes = drawn?.lanes ?? none
  const inSpan = useMemo(
    () =>
      lanes
        .flatMap(({ rows }) => rows)
        .some(({ items }) => items.some((item) => item.fromMs < range.toMs && item.untilMs >= range.fromMs)),
    [lanes, range],
  )
  const blind = useMemo(
    () => (broker: string) =>
      coverage.value === undefined ? [] : blindSpans(coverage.value, { cluster, broker, range }),
    [coverage.value, cluster, range],
  )
  if (loaded === undefined || drawn === undefined) {
    return trouble === undefined ? (
      <Loading what="Connections" lines={4} />
    ) : (
      <ErrorState trouble={trouble} again={history.again} />
    )
  }
  if (!inSpan && !history.loading) {
    return (
      <EmptyState title="Neither a connection nor an attempt in this span.">
        <p>What the client did before is in an earlier or a longer span.</p>
      </EmptyState>
    )
  }
  return (
    <>
      <ClientLanes
        lanes={lanes}
        cluster={cluster}
        range={range}
        completeFromMs={Math.max(completeFrom(loaded, range.fromMs), drawn.fromMs)}
        blind={blind}
      />
      <Legend lanes={lanes} />
    </>
  )
}

interface DrawnLanes {
  readonly lanes: readonly Lane[]
  /** Older events are not in them, epoch milliseconds. */
  readonly fromMs: number
}

const none: readonly Lane[] = []

/** More are not paired: it would take a while each time that one is added, and no width shows them. */
const mostPaired = 20_000

/** Pairing waits until everything else of the page is drawn. */
function useLanes(events: readonly JoinedEvent[] | undefined, last: JoinedEvent | undefined): DrawnLanes | undefined {
  const [drawn, setDrawn] = useState<DrawnLanes>()
  const newest = useMemo(() => events?.slice(0, mostPaired), [events])
  // Older pages change nothing of what is paired, once that is the most.
  const key = newest && `${newest.length} ${newest[0]?.id} ${newest.at(-1)?.id} ${last?.id}`
  const isCut = events !== undefined && events.length > mostPaired
  useEffect(() => {
    if (newest === undefined) return
    const timer = setTimeout(() => {
      const oldest = isCut ? newest.at(-1) : undefined
      setDrawn({
        lanes: lanesOf(withLast(newest, last)),
        fromMs: oldest === undefined ? Number.NEGATIVE_INFINITY : Date.parse(oldest.at),
      })
    })
    return () => clearTimeout(timer)
  }, [key, isCut])
  return drawn
}

/** A session that began before the span and lives on has no event in it. */
function withLast(events: readonly JoinedEvent[], last: JoinedEvent | undefined): readonly JoinedEvent[] {
  if (last === undefined || last.type !== 'connected' || events.some(({ id }) => id === last.id)) return events
  return [...events, last]
}

/** Ends and refusals by cause, each a link to its events; what both views told counts twice, so counts are not shown. */
function Legend({ lanes }: { lanes: readonly Lane[] }) {
  const { setParams, params } = useAddress()
  const counts = useMemo(() => countsOf(lanes.flatMap(({ rows }) => rows.flatMap(({ items }) => items))), [lanes])
  const hasClientView = lanes.some(({ rows }) => rows.some(({ view }) => view === 'client'))
  return (
    <div class="lane-legend">
      <ul>
        {counts.map(([cause]) => (
          <li key={cause}>
            <button
              type="button"
              class="small"
              aria-pressed={params.get('cause') === cause}
              title="Lists these events alone"
              onClick={() => setParams({ cause: params.get('cause') === cause ? undefined : cause })}
            >
              <b class="number">{causeCode(cause)}</b> <CauseLabel cause={cause} />
            </button>
          </li>
        ))}
        <li class="quiet">
          <i class="lane-key attempt">×</i> refused attempt
        </li>
        <li class="quiet">
          <i class="lane-key lone" /> end, begin not told
        </li>
      </ul>
      {!hasClientView && (
        <p class="quiet">
          The client publishes no view of its own: <code>observe(client)</code> in its application adds a row with what
          it saw.
        </p>
      )}
    </div>
  )
}
