/** A broker's events, newest first, page by page. */
import { useMemo } from 'preact/hooks'
import { brokerHistory } from '../../api/events.ts'
import type { AnswerOf } from '../../api/operation.ts'
import type { Event } from '../../domain/event.ts'
import { instant } from '../../domain/time.ts'
import { useAddress, useRange } from '../context.tsx'
import { usePaged } from '../paged.tsx'
import { clientFilters } from '../view/client-filters.ts'
import { countText } from '../view/figures.ts'
import { ClientFilters } from './client-filters.tsx'
import { ClientLink } from './client-link.tsx'
import { addressColumn, causeColumn, reasonColumn, timeColumn, typeColumn, viewColumn } from './event-columns.tsx'
import { Panel } from './page.tsx'
import { EmptyState, ErrorState, Loading } from './states.tsx'
import { type Column, VirtualTable } from './virtual-table.tsx'

const page = ({ events, next }: AnswerOf<typeof brokerHistory>) => ({ rows: events, next })

export function BrokerEvents({ cluster, broker }: { cluster: string; broker: string }) {
  const { params } = useAddress()
  const { range, live } = useRange()
  const { broker: _, ...filters } = clientFilters(params)
  const filtered = Object.keys(filters).length > 0
  const times = { from: instant(range.fromMs), ...(live ? {} : { to: instant(range.toMs) }) }
  const span = live ? range.toMs - range.fromMs : `${range.fromMs}-${range.toMs}`
  const of = usePaged(
    brokerHistory,
    (cursor) => ({
      params: { cluster, broker },
      query: { ...filters, ...times, limit: '200', ...(cursor === undefined ? {} : { cursor }) },
    }),
    {
      page,
      keyOf: ({ id }) => id,
      subject: JSON.stringify([cluster, broker, filters, span]),
      everySeconds: live ? 10 : undefined,
    },
  )
  const { rows, trouble, loading, more } = of
  const columns = useMemo(() => columnsOf(cluster), [cluster])
  const again = more ?? of.again
  return (
    <Panel
      title="Events"
      aside={
        <span class="quiet" role="status">
          {rows !== undefined &&
            `${countText(rows.length, 'event')}${more === undefined ? '' : ' loaded, more are older'}`}
        </span>
      }
    >
      <ClientFilters brokers={[]} />
      {rows === undefined && trouble === undefined && <Loading what="Events" lines={6} />}
      {trouble !== undefined && <ErrorState trouble={trouble} again={again} />}
      {rows?.length === 0 && more === undefined && (
        <EmptyState title={filtered ? 'No event fits these filters in this span.' : 'Nothing happened in this span.'} />
      )}
      {rows !== undefined && rows.length > 0 && (
        <div class={of.stale ? 'stale' : undefined}>
          <VirtualTable
            label="Events of the broker"
            columns={columns}
            rows={rows}
            keyOf={({ id }) => id}
            {...(more === undefined || trouble !== undefined ? {} : { onEnd: more })}
          />
        </div>
      )}
      <p class="quiet events-more">
        {loading && 'Loading older events …'}
        {more !== undefined && (
          <button type="button" onClick={more}>
            Load older events
          </button>
        )}
      </p>
    </Panel>
  )
}

function columnsOf(cluster: string): readonly Column<Event>[] {
  const client: Column<Event> = {
    key: 'client',
    title: 'Client',
    width: 'minmax(9rem, 1fr)',
    cell: ({ clientId, clientDigest }) =>
      clientId === undefined ? (
        <span class="quiet">not told</span>
      ) : (
        <ClientLink cluster={cluster} clientId={clientDigest ?? clientId} most={60} />
      ),
  }
  return [timeColumn, client, typeColumn, causeColumn, addressColumn, viewColumn, reasonColumn]
}
