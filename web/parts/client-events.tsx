/** A client's events, newest first: the same as the lanes show, in words, and what they do not. */
import { useMemo } from 'preact/hooks'
import type { JoinedEvent } from '../../domain/session.ts'
import { instant } from '../../domain/time.ts'
import { useAddress, useRange } from '../context.tsx'
import { clientFilters } from '../view/client-filters.ts'
import { ageText } from '../view/client-words.ts'
import { countText } from '../view/figures.ts'
import { ClientExport } from './client-export.tsx'
import { ClientFilters } from './client-filters.tsx'
import { type History, useHistory } from './client-history.ts'
import { addressColumn, causeColumn, reasonColumn, timeColumn, typeColumn, viewColumn } from './event-columns.tsx'
import { Panel } from './page.tsx'
import { Shown } from './shown.tsx'
import { EmptyState, ErrorState, Loading } from './states.tsx'
import { type Column, VirtualTable } from './virtual-table.tsx'

export interface ClientEventsProps {
  /** What the lanes are drawn of: without filters the table shows the same. */
  readonly history: History
  readonly cluster: string
  /** The id, or its digest. */
  readonly reference: string
  readonly brokers: readonly string[]
}

export function ClientEvents({ history, cluster, reference, brokers }: ClientEventsProps) {
  const { params } = useAddress()
  const { range, live } = useRange()
  const filters = clientFilters(params)
  const filtered = Object.keys(filters).length > 0
  const question = { clientId: reference, cluster, ...filters }
  const own = useHistory(filtered ? question : undefined, { range, live, atOnce: 1 })
  const of = filtered ? own : history
  const span = { from: instant(range.fromMs), to: instant(range.toMs) }
  const count = of.loaded?.events.length
  const more = of.loaded?.next !== undefined
  return (
    <Panel
      title="Events"
      aside={
        <span class="events-aside">
          <span class="quiet" role="status">
            {count !== undefined && `${countText(count, 'event')}${more ? ' loaded, more are older' : ''}`}
          </span>
          <ClientExport question={{ ...question, ...span }} />
        </span>
      }
    >
      <div id="client-events">
        <ClientFilters brokers={brokers} />
        <Listed of={of} filtered={filtered} />
      </div>
    </Panel>
  )
}

function Listed({ of, filtered }: { of: History; filtered: boolean }) {
  const { loaded, trouble } = of
  const { range } = useRange()
  const [from, to] = [instant(range.fromMs), instant(range.toMs)]
  const rows = useMemo(() => (loaded?.events ?? []).filter(({ at }) => at >= from && at < to), [loaded, from, to])
  if (loaded === undefined) {
    return trouble === undefined ? (
      <Loading what="Events" lines={6} />
    ) : (
      <ErrorState trouble={trouble} again={of.again} />
    )
  }
  return (
    <>
      {trouble !== undefined && <ErrorState trouble={trouble} again={of.again} />}
      {rows.length === 0 && !of.loading ? (
        <EmptyState title={filtered ? 'No event fits these filters in this span.' : 'Nothing happened in this span.'} />
      ) : (
        <VirtualTable
          label="Events of the client"
          columns={columns}
          rows={rows}
          keyOf={({ id }) => id}
          {...(of.more === undefined ? {} : { onEnd: of.more })}
        />
      )}
      <p class="quiet events-more">
        {of.loading && 'Loading older events …'}
        {of.more !== undefined && (
          <button type="button" onClick={of.more}>
            Load older events
          </button>
        )}
      </p>
    </>
  )
}

const columns: readonly Column<JoinedEvent>[] = [
  timeColumn,
  viewColumn,
  typeColumn,
  causeColumn,
  {
    key: 'session',
    title: 'Session',
    width: '6.5rem',
    numeric: true,
    cell: ({ session }) => session !== undefined && ageText(session.seconds * 1000),
  },
  {
    key: 'broker',
    title: 'Broker',
    width: 'minmax(6rem, 0.5fr)',
    cell: ({ broker }) => <Shown text={broker} most={60} whole={false} />,
  },
  addressColumn,
  reasonColumn,
]
