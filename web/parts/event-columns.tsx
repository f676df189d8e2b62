/** Columns of tables of events, whosever they are. */
import type { Event } from '../../domain/event.ts'
import { sawText } from '../view/client-words.ts'
import { CauseLabel } from './cause-label.tsx'
import { shown } from './shown.tsx'
import { Time } from './time.tsx'
import type { Column } from './virtual-table.tsx'

/** With milliseconds: what comes at once is told apart. */
export const timeColumn: Column<Event> = {
  key: 'at',
  title: 'Time',
  width: 'minmax(8.5rem, 0.8fr)',
  cell: ({ at }) => (
    <>
      <Time at={at} show="clock" />
      <span class="quiet number">.{at.slice(20, 23)}</span>
    </>
  ),
}

export const viewColumn: Column<Event> = { key: 'view', title: 'View', width: '5rem', cell: ({ view }) => view }

export const typeColumn: Column<Event> = {
  key: 'type',
  title: 'Event',
  width: '9rem',
  cell: ({ type }) => <span class={`event ${type}`}>{type}</span>,
}

/** Where only the client told, and no cause of the broker's fits, in the client's own words. */
export const causeColumn: Column<Event> = {
  key: 'cause',
  title: 'Cause',
  width: '13rem',
  cell: (event) =>
    event.cause !== undefined && (
      <>
        <CauseLabel cause={event.cause} />
        {event.cause === 'unknown' && event.view === 'client' && <span class="quiet"> {sawText(event)}</span>}
      </>
    ),
}

export const addressColumn: Column<Event> = {
  key: 'peer',
  title: 'Address',
  width: 'minmax(9rem, 0.7fr)',
  cell: ({ peer, evidence }) => {
    const address = peer ?? evidence?.endpoint
    return address !== undefined && <bdi title={shown(address, 300)}>{shown(address, 60)}</bdi>
  },
}

export const reasonColumn: Column<Event> = {
  key: 'reason',
  title: 'Reason, as it was told',
  width: 'minmax(16rem, 2fr)',
  cell: ({ reason }) => reason !== undefined && <bdi title={shown(reason, 1000)}>{shown(reason, 200)}</bdi>,
}
