/** How an alert reads when it reaches people: subject, text, the machine's JSON after it, attributes to filter by. */
import type { Alert } from './alert.ts'
import { causes } from './cause.ts'
import { harmless } from './text.ts'

export interface Notification {
  /** At most 100 printable ASCII characters, as SNS wants it. */
  readonly subject: string
  /** Text for people; after the separator line, one line of JSON. */
  readonly body: string
  /** For subscription filter policies. */
  readonly attributes: Readonly<Record<string, string>>
}

/** Stands alone on its line between the text and the JSON. */
export const machineSeparator = '--- for machines ---'

const kindTitles = {
  disconnect_rate: 'clients dropping',
  imbalance: 'uneven load',
  reconnect_storm: 'clients reconnecting again and again',
  refused_rate: 'connections refused',
  flapping: 'clients flapping',
  takeover_loop: 'two use one client id',
  broker_silent: 'silence',
  client_offline: 'a watched client is offline',
  resources: 'near a ceiling',
  watcher_blind: 'nobody is watching',
} as const
const statusTitles = { opened: 'ALERT', updated: 'UPDATE', resolved: 'RESOLVED' } as const

export function notificationOf(alert: Alert): Notification {
  const transition = alert.transitions.at(-1)
  const status = transition?.status ?? 'opened'
  const scope = alert.broker === undefined ? alert.cluster : `${alert.broker} (${alert.cluster})`
  const title = `${statusTitles[status]} ${alert.severity}: ${kindTitles[alert.kind]} on ${scope}`
  const text = [
    title,
    '',
    harmless(transition?.summary ?? alert.summary, 2000),
    '',
    `Observed ${alert.observed}, expected about ${alert.expected}; ${alert.score} standard deviations apart.`,
    ...alert.topCauses.map(({ cause, count }) => `  ${count} × ${cause}: ${causes[cause].text}`),
    ...(alert.topClients.length > 0 ? ['Clients with the most disconnects:'] : []),
    ...alert.topClients.map(({ clientId, disconnects }) => `  ${harmless(clientId, 100)}: ${disconnects}`),
    '',
    `Opened ${alert.openedAt}, this change ${alert.updatedAt}. Alert ${alert.id}`,
    `Look further: GET /v1/alerts/${alert.id}${brokerPath(alert)}`,
  ]
  return {
    subject: harmless(`[Keepwatch] ${title}`, 99).replace(/[^\x20-\x7e]/g, '?'),
    body: `${text.join('\n')}\n\n${machineSeparator}\n${JSON.stringify({ schemaVersion: 1, status, alert })}`,
    attributes: {
      schemaVersion: '1',
      kind: alert.kind,
      status,
      severity: alert.severity,
      cluster: alert.cluster,
      ...(alert.broker === undefined ? {} : { broker: harmless(alert.broker) }),
    },
  }
}

function brokerPath(alert: Alert): string {
  if (alert.broker === undefined) return ''
  return `\n              GET /v1/clusters/${alert.cluster}/brokers/${encodeURIComponent(alert.broker.toWellFormed())}/minutes`
}
