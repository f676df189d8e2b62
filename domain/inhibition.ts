/** Which open alerts keep which others from opening, and why: one incident is one alert. */
import { type AlertKind, AlertKindSchema, type Judgement, type OpenAlerts } from './alert.ts'

interface Inhibition {
  /** While an alert of this kind is open, of a broker: there; of the whole cluster: everywhere … */
  readonly open: AlertKind
  /** … it keeps these from opening … */
  readonly mutes: ReadonlySet<AlertKind>
  /** … until it is resolved, or only in minutes in which it is not calm. */
  readonly until: 'resolved' | 'calm'
  readonly because: string
}

const inhibitions: readonly Inhibition[] = [
  {
    open: 'watcher_blind',
    mutes: new Set(AlertKindSchema.options),
    until: 'calm',
    because: 'nobody sees what happens there: what seems to be an anomaly is the gap',
  },
  {
    open: 'broker_silent',
    mutes: new Set([
      'disconnect_rate',
      'reconnect_storm',
      'refused_rate',
      'flapping',
      'takeover_loop',
      'client_offline',
    ]),
    until: 'resolved',
    because: 'whoever was connected there is gone, and comes back when the broker does',
  },
]

interface Source {
  cluster: boolean
  readonly brokers: Set<string>
}

/**
 * Tells which judgements must not open an alert. What is open is not asked for: it goes on as it is. A judgement that
 * fires keeps others from opening in the same minute already.
 */
export function inhibitor(open: OpenAlerts, judgements: readonly Judgement[]): (judgement: Judgement) => boolean {
  const sources = inhibitions.map((row): Source => {
    const source: Source = { cluster: false, brokers: new Set() }
    const add = ({ broker }: { readonly broker?: string | undefined }) => {
      if (broker === undefined) source.cluster = true
      else source.brokers.add(broker)
    }
    for (const { alert } of Object.values(open)) if (alert.kind === row.open) add(alert)
    for (const judgement of judgements) {
      if (judgement.kind !== row.open) continue
      if (judgement.verdict === 'firing') add(judgement)
      if (judgement.verdict !== 'calm' || row.until !== 'calm') continue
      if (judgement.broker === undefined) source.cluster = false
      else source.brokers.delete(judgement.broker)
    }
    return source
  })
  return ({ kind, broker, clientId }) =>
    inhibitions.some((row, index) => {
      const source = sources[index]
      if (source === undefined || !row.mutes.has(kind)) return false
      if (source.cluster) return kind !== row.open || broker !== undefined || clientId !== undefined
      if (kind === row.open) return false
      return broker !== undefined && source.brokers.has(broker)
    })
}
