/** Brokers as a table, the worst first. Pure. */
import type { Broker } from '../../api/brokers.ts'
import { type Column, renderTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { agoText } from '../times.ts'
import { percent, shareBar } from '../shares.ts'

export const orders = ['worst', 'name', 'clients', 'share', 'abnormal'] as const
export type Order = (typeof orders)[number]

const blindness = { blind: 0, unknown: 1, watched: 2 } as const
const tones = { blind: 'bad', unknown: 'warning', watched: 'good' } as const

type Compare = (a: Broker, b: Broker) => number

/** Clients beyond the fair share, as a part of all. */
const surplus = ({ share, expectedShare }: Broker): number => (share ?? 0) - (expectedShare ?? share ?? 0)
const byName: Compare = (a, b) => text(a.cluster, b.cluster) || text(a.broker, b.broker)
const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const abnormal = ({ perMinute }: Broker): number => perMinute?.abnormal ?? -1

const compares: Readonly<Record<Order, Compare>> = {
  worst: (a, b) =>
    blindness[a.status] - blindness[b.status] || abnormal(b) - abnormal(a) || surplus(b) - surplus(a) || byName(a, b),
  name: byName,
  clients: (a, b) => (b.connected ?? -1) - (a.connected ?? -1) || byName(a, b),
  share: (a, b) => surplus(b) - surplus(a) || byName(a, b),
  abnormal: (a, b) => abnormal(b) - abnormal(a) || byName(a, b),
}

const rate = (title: string, of: keyof NonNullable<Broker['perMinute']>, leaves?: number): Column<Broker> => ({
  title,
  cell: ({ perMinute }) => perMinute?.[of],
  ...(leaves === undefined ? {} : { leaves }),
  tone: ({ perMinute }) => ((of === 'abnormal' || of === 'refused') && (perMinute?.[of] ?? 0) > 0 ? 'bad' : undefined),
})

/** Rates are of the last judged minute. */
export function renderBrokers(
  brokers: readonly Broker[],
  {
    sort,
    nowMs,
    terminal,
  }: { readonly sort: Order; readonly nowMs: number; readonly terminal: Pick<Terminal, 'columns' | 'hasColours'> },
): string {
  const hasSeveral = new Set(brokers.map(({ cluster }) => cluster)).size > 1
  const cluster: Column<Broker> = { title: 'cluster', cell: (each) => each.cluster, least: 8, leaves: 2 }
  return renderTable(
    brokers.toSorted(compares[sort]),
    [
      { title: 'broker', cell: ({ broker }) => broker, least: 12 },
      ...(hasSeveral ? [cluster] : []),
      { title: 'status', cell: ({ status }) => status, tone: ({ status }) => tones[status] },
      { title: 'clients', cell: ({ connected }) => connected },
      { title: 'share │ fair', cell: ({ share, expectedShare }) => shareBar(share, expectedShare), leaves: 4 },
      { title: 'share', cell: ({ share }) => percent(share), leaves: 3 },
      rate('conn/min', 'connects', 6),
      rate('disc/min', 'disconnects', 5),
      rate('abnormal', 'abnormal'),
      rate('refused', 'refused'),
      {
        title: 'last seen',
        cell: ({ lastSeen }) => (lastSeen === undefined ? undefined : agoText(Date.parse(lastSeen), nowMs)),
        leaves: 1,
      },
      { title: 'problem', cell: ({ problem }) => problem, least: 12, leaves: 7, tone: () => 'warning' },
    ],
    terminal,
  )
}
