/** All alerts: those that stand, worst first; then those that are over, newest first, page by page. */
import { useMemo } from 'preact/hooks'
import { alertList } from '../../api/alerts.ts'
import type { AnswerOf } from '../../api/operation.ts'
import type { Alert } from '../../domain/alert.ts'
import { useAddress, useAnswer, useRange } from '../context.tsx'
import { type Paged, usePaged } from '../paged.tsx'
import { AlertFilterBar } from '../parts/alert-filters.tsx'
import { AlertRows } from '../parts/alert-rows.tsx'
import { Page, Panel } from '../parts/page.tsx'
import { shown } from '../parts/shown.tsx'
import { Answered, EmptyState, ErrorState, Loading } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { useShared } from '../current.tsx'
import { alertFilters } from '../view/alert-filters.ts'
import { byUrgency, kindText, scopeText } from '../view/alerts.ts'
import { blindSpans } from '../view/blind.ts'
import { countText } from '../view/figures.ts'
import { durationText } from '../view/time.ts'

export function AlertsPage() {
  const { params } = useAddress()
  const { status, ...filters } = alertFilters(params)
  const open = useAnswer(
    alertList,
    status === 'resolved' ? undefined : { query: { ...filters, status: 'open', limit: '1000' } },
    { all: true, everySeconds: 10 },
  )
  const over = useOver(filters, status !== 'open')
  const filtered = Object.keys(filters).length > 0
  const count = open.value?.alerts.length
  return (
    <Page title="Alerts" aside={<AlertFilterBar />}>
      {status !== 'resolved' && (
        <Panel
          title="Open"
          aside={
            <span class="quiet" role="status">
              {count === undefined || count === 0 ? '' : countText(count, 'alert')}
            </span>
          }
        >
          <Answered of={open} what="Open alerts" lines={4}>
            {({ alerts }) =>
              alerts.length > 0 ? (
                <AlertRows alerts={byUrgency(alerts)} label="Open alerts" />
              ) : (
                <Calm last={over.rows?.[0]} filtered={filtered} />
              )
            }
          </Answered>
        </Panel>
      )}
      {status !== 'open' && (
        <Panel title="Resolved" aside={<span class="quiet">newest first, of the last year</span>}>
          <Over of={over} filtered={filtered} />
        </Panel>
      )}
    </Page>
  )
}

const page = ({ alerts, next }: AnswerOf<typeof alertList>) => ({ rows: alerts, next })

function useOver(filters: Omit<ReturnType<typeof alertFilters>, 'status'>, wanted: boolean): Paged<Alert> {
  const subject = JSON.stringify(filters)
  const inputOf = useMemo(
    () =>
      wanted
        ? (cursor?: string) => ({
            query: {
              ...filters,
              status: 'resolved' as const,
              limit: '50',
              ...(cursor === undefined ? {} : { cursor }),
            },
          })
        : undefined,
    [subject, wanted],
  )
  return usePaged(alertList, inputOf, { page, keyOf: ({ id }) => id, subject, everySeconds: 30 })
}

function Over({ of, filtered }: { of: Paged<Alert>; filtered: boolean }) {
  const { rows, trouble, loading, more, again } = of
  if (rows === undefined) {
    return trouble === undefined ? (
      <Loading what="Resolved alerts" lines={4} />
    ) : (
      <ErrorState trouble={trouble} again={again} />
    )
  }
  if (rows.length === 0) {
    return (
      <EmptyState title={filtered ? 'No alert that is over fits these filters.' : 'No alert has been resolved yet.'} />
    )
  }
  return (
    <>
      <AlertRows alerts={rows} label="Resolved alerts" />
      {trouble !== undefined && (
        <ErrorState trouble={trouble} {...(more === undefined ? { again } : { again: more })} />
      )}
      <p class="more" role="status">
        {loading && 'Loading older alerts …'}
        {more !== undefined && trouble === undefined && (
          <button type="button" onClick={more}>
            Load older alerts
          </button>
        )}
      </p>
    </>
  )
}

/** Nothing is wrong, as far as we could see; how far that is belongs to it. */
function Calm({ last, filtered }: { last: Alert | undefined; filtered: boolean }) {
  const { coverage } = useShared()
  const { range } = useRange()
  const { href } = useAddress()
  const title = filtered ? 'No open alert fits these filters.' : 'No alert is open.'
  const blind =
    coverage.value === undefined
      ? undefined
      : blindSpans(coverage.value, { range }).filter(({ unwatched }) => !unwatched)
  const longest = blind?.toSorted((a, b) => b.untilMs - b.fromMs - (a.untilMs - a.fromMs))[0]
  return (
    <EmptyState title={title}>
      {last !== undefined && (
        <p>
          The last one was{' '}
          <a href={href({ page: 'alert', id: last.id })}>
            {kindText(last.kind)}, <bdi>{shown(scopeText(last), 80)}</bdi>
          </a>
          , over <Time at={last.resolvedAt ?? last.updatedAt} />.
        </p>
      )}
      {blind !== undefined && longest === undefined && (
        <p>Everything was watched in the last {durationText(range.toMs - range.fromMs)}.</p>
      )}
      {longest !== undefined && (
        <p class="notice">
          We were blind {countText(blind?.length ?? 0, 'time')} in the time shown above, the longest for{' '}
          {durationText(longest.untilMs - longest.fromMs)} (<bdi>{shown(longest.text, 200)}</bdi>): what happened then
          could not open an alert.
        </p>
      )}
    </EmptyState>
  )
}
