/** The brokers of a cluster, each with its share against its fair share. */
import { useMemo } from 'preact/hooks'
import type { Broker } from '../../api/brokers.ts'
import { useAddress } from '../context.tsx'
import { figureText } from '../view/figures.ts'
import { widestShare } from '../view/fleet.ts'
import { ShareBar } from './share-bar.tsx'
import { Shown, shown } from './shown.tsx'
import { Time } from './time.tsx'
import { type Column, VirtualTable } from './virtual-table.tsx'

const tones = { watched: 'good', blind: 'critical', unknown: '' } as const

/** Few are found by name; of many, those come first that lose clients. */
const few = 20

export function BrokerTable({ cluster, brokers }: { cluster: string; brokers: readonly Broker[] }) {
  const { href } = useAddress()
  const columns = useMemo(
    () => columnsOf(widestShare(brokers), (broker) => href({ page: 'broker', cluster, broker })),
    [brokers, cluster, href],
  )
  return (
    <VirtualTable
      label={`Brokers of ${cluster}`}
      columns={columns}
      rows={brokers}
      keyOf={({ broker }) => broker}
      sorting={brokers.length > few ? { key: 'abnormal', down: true } : { key: 'broker', down: false }}
    />
  )
}

function columnsOf(most: number, link: (broker: string) => string): readonly Column<Broker>[] {
  return [
    {
      key: 'broker',
      title: 'Broker',
      width: 'minmax(6.5rem, 1.4fr)',
      value: ({ broker }) => broker,
      cell: ({ broker }) => (
        <a href={link(broker)} title={shown(broker)}>
          <Shown text={broker} most={60} whole={false} />
        </a>
      ),
    },
    {
      key: 'status',
      title: 'Status',
      width: 'minmax(6.5rem, 0.7fr)',
      value: ({ status }) => ['blind', 'unknown', 'watched'].indexOf(status),
      cell: ({ status, problem }) => (
        <span class={`status ${tones[status]}`} title={problem === undefined ? undefined : shown(problem, 400)}>
          {status}
        </span>
      ),
    },
    {
      key: 'share',
      title: 'Share, and fair share',
      width: 'minmax(8.5rem, 2fr)',
      value: ({ share, expectedShare }) =>
        share === undefined || expectedShare === undefined ? undefined : share / Math.max(expectedShare, 1e-9),
      cell: ({ share, expectedShare }) => <ShareBar share={share} fair={expectedShare} most={most} />,
    },
    {
      key: 'connected',
      title: 'Connected',
      width: 'minmax(6.5rem, 0.7fr)',
      numeric: true,
      value: ({ connected }) => connected,
      cell: ({ connected }) => figureText(connected),
    },
    rate('connects', 'Connects'),
    rate('disconnects', 'Disconnects'),
    rate('abnormal', 'Abnormal'),
    rate('refused', 'Refused'),
    {
      key: 'lastSeen',
      title: 'Last seen',
      width: 'minmax(6.3rem, 0.8fr)',
      value: ({ lastSeen }) => (lastSeen === undefined ? undefined : Date.parse(lastSeen)),
      cell: ({ lastSeen }) => (lastSeen === undefined ? '–' : <Time at={lastSeen} show="relative" />),
    },
  ]
}

function rate(key: 'connects' | 'disconnects' | 'abnormal' | 'refused', title: string): Column<Broker> {
  return {
    key,
    title,
    width: `minmax(${title.length > 9 ? 7 : 6.1}rem, 0.7fr)`,
    numeric: true,
    value: ({ perMinute }) => perMinute?.[key],
    cell: ({ perMinute }) => figureText(perMinute?.[key]),
  }
}
