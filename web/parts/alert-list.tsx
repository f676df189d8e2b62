/** Open alerts, a few of them, each a link to its story. */
import type { Alert } from '../../domain/alert.ts'
import { useAddress } from '../context.tsx'
import { byUrgency, kindText, scopeText } from '../view/alerts.ts'
import { Shown, shown } from './shown.tsx'
import { EmptyState } from './states.tsx'
import { Time } from './time.tsx'

/** `critical` or `warning`, as a word with a colour. */
export function Severity({ of }: { of: Alert['severity'] }) {
  return <span class={`badge ${of}`}>{of}</span>
}

export function AlertList({ alerts, most = 5 }: { alerts: readonly Alert[]; most?: number }) {
  const { href } = useAddress()
  if (alerts.length === 0) return <EmptyState title="No open alert." />
  return (
    <>
      <ul class="alert-list">
        {byUrgency(alerts)
          .slice(0, most)
          .map((alert) => (
            <li key={alert.id}>
              <a href={href({ page: 'alert', id: alert.id })} class="alert-link">
                <Severity of={alert.severity} />
                <strong>{kindText(alert.kind)}</strong> <bdi>{shown(scopeText(alert), 60)}</bdi>
              </a>
              <p>
                <Shown text={alert.summary} most={240} whole={false} />
              </p>
              <p class="quiet">
                Opened <Time at={alert.openedAt} />
                {alert.diagnosis !== undefined && <> · {shown(alert.diagnosis.title, 120)}</>}
                {alert.acknowledgement !== undefined && ' · acknowledged'}
              </p>
            </li>
          ))}
      </ul>
      {alerts.length > most && <a href={href({ page: 'alerts' })}>All {alerts.length} open alerts</a>}
    </>
  )
}
