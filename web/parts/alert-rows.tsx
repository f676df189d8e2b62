/** Alerts one below the other: what, whom, since when, how long, the likely cause, what operators said. */
import type { Alert } from '../../domain/alert.ts'
import { useAddress, useNow } from '../context.tsx'
import { flagsOf, lastedText } from '../view/alert-story.ts'
import { kindText, scopeText } from '../view/alerts.ts'
import { Severity } from './alert-list.tsx'
import { Shown, shown } from './shown.tsx'
import { Time } from './time.tsx'

export function AlertRows({ alerts, label }: { alerts: readonly Alert[]; label: string }) {
  return (
    <ul class="alert-rows" aria-label={label}>
      {alerts.map((alert) => (
        <AlertRow key={alert.id} of={alert} />
      ))}
    </ul>
  )
}

function AlertRow({ of: alert }: { of: Alert }) {
  const { href } = useAddress()
  const nowMs = useNow(30)
  const isOpen = alert.status === 'open'
  const cause = alert.diagnosis
  return (
    <li class={`alert-row ${isOpen ? alert.severity : 'over'}`}>
      <div class="alert-row-head">
        <a href={href({ page: 'alert', id: alert.id })}>
          {kindText(alert.kind)}, <bdi>{shown(scopeText(alert), 80)}</bdi>
        </a>
        {isOpen ? <Severity of={alert.severity} /> : <span class="badge">resolved, was {alert.severity}</span>}
        {flagsOf(alert).map((flag) => (
          <span key={flag} class="badge flag">
            {flag}
          </span>
        ))}
      </div>
      <p class="alert-row-times quiet">
        {isOpen ? 'Since' : 'Opened'} <Time at={alert.openedAt} show={isOpen ? 'clock' : 'both'} /> ·{' '}
        {isOpen ? 'for' : 'lasted'} {lastedText(alert, nowMs)}
      </p>
      <p class="alert-row-summary">
        <Shown text={alert.summary} most={300} whole={false} />
      </p>
      {cause !== undefined && cause.name !== 'unknown' && (
        <p class="alert-row-cause">
          <span class="quiet">{cause.confidence >= 0.6 ? 'Likely' : 'Possible'} cause:</span> {shown(cause.title, 160)}
          {cause.remedy[0] !== undefined && <span class="quiet"> · {shown(cause.remedy[0], 160)}</span>}
        </p>
      )}
    </li>
  )
}
