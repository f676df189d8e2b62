/** Alerts in words, and as marks on a time axis. Pure. */
import type { Alert, AlertKind } from '../../domain/alert.ts'
import type { ChartMark } from './chart.ts'

const kinds: Readonly<Record<AlertKind, string>> = {
  disconnect_rate: 'Disconnect rate',
  imbalance: 'Imbalance',
  reconnect_storm: 'Reconnect storm',
  refused_rate: 'Refused rate',
  flapping: 'Flapping',
  takeover_loop: 'Take-over loop',
  broker_silent: 'Broker silent',
  client_offline: 'Client offline',
  resources: 'Resources',
  watcher_blind: 'Watcher blind',
}

export function kindText(kind: AlertKind): string {
  return kinds[kind]
}

/** Whom it speaks of, as plain text. */
export function scopeText({ cluster, broker, clientId }: Pick<Alert, 'cluster' | 'broker' | 'clientId'>): string {
  if (clientId !== undefined) return `client ${clientId}`
  return broker === undefined ? `cluster ${cluster}` : `broker ${broker}`
}

/** Worst first, then the newest. */
export function byUrgency(alerts: readonly Alert[]): readonly Alert[] {
  return alerts.toSorted((a, b) => rank(a) - rank(b) || Date.parse(b.openedAt) - Date.parse(a.openedAt))
}

/** Alerts where they opened. */
export function marksOf(alerts: readonly Alert[], hrefOf: (alert: Alert) => string): readonly ChartMark[] {
  return alerts
    .map((alert) => ({
      atMs: Date.parse(alert.openedAt),
      text: `${kindText(alert.kind)}, ${scopeText(alert)}: ${alert.summary}`,
      href: hrefOf(alert),
      tone: alert.severity,
    }))
    .toSorted((a, b) => a.atMs - b.atMs)
}

function rank({ severity }: Alert): number {
  return severity === 'critical' ? 0 : 1
}
