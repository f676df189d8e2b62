/** The figures of an alert, whom it speaks of, and its story. */
import type { Alert } from '../../domain/alert.ts'
import { hrefOf } from '../routes.ts'
import type { TimeRange } from '../span.ts'
import { figureRows, storyOf } from '../view/alert-story.ts'
import { countText } from '../view/figures.ts'
import { CauseLabel } from './cause-label.tsx'
import { ClientLink } from './client-link.tsx'
import { Shown, shown } from './shown.tsx'
import { Time } from './time.tsx'

export function AlertFigures({ of: alert }: { of: Alert }) {
  return (
    <dl class="figures">
      {figureRows(alert).map(({ name, value, note }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <b class="number">{value}</b> {note !== undefined && <span class="quiet">{note}</span>}
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** Causes, clients and addresses that it names; each leads to where more is told, in the time around the alert. */
export function AlertWho({ of: alert, range }: { of: Alert; range: TimeRange }) {
  const { cluster, broker, topCauses, topClients, topPeers = [] } = alert
  const span = { kind: 'fixed', fromMs: range.fromMs, toMs: range.toMs } as const
  const ofBroker = (extra: Readonly<Record<string, string>>) =>
    broker === undefined ? undefined : hrefOf({ page: 'broker', cluster, broker }, span, extra)
  if (topCauses.length + topClients.length + topPeers.length === 0) {
    return <p class="quiet">It names no cause, client or address: it is not about single connections.</p>
  }
  return (
    <div class="who">
      {topCauses.length > 0 && (
        <div>
          <h3>How connections ended</h3>
          <ul class="counts">
            {topCauses.map(({ cause, count }) => {
              const link = ofBroker({ cause })
              const label = <CauseLabel cause={cause} />
              return (
                <li key={cause}>
                  {link === undefined ? label : <a href={link}>{label}</a>}
                  <b class="number">{count}</b>
                </li>
              )
            })}
          </ul>
        </div>
      )}
      {topClients.length > 0 && (
        <div>
          <h3>Clients that stood out</h3>
          <ul class="counts">
            {topClients.map(({ clientId, disconnects, attempts = 0, takeovers = 0 }) => (
              <li key={clientId}>
                <ClientLink cluster={cluster} clientId={clientId} most={40} span={span} />
                <span class="quiet">
                  {[
                    ...(takeovers > 0 ? [countText(takeovers, 'take-over')] : []),
                    ...(disconnects > 0 ? [countText(disconnects, 'end')] : []),
                    ...(attempts > 0 ? [countText(attempts, 'attempt')] : []),
                  ].join(', ')}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {topPeers.length > 0 && (
        <div>
          <h3>Addresses with the most disconnects</h3>
          <ul class="counts">
            {topPeers.map(({ peer, disconnects }) => {
              const link = ofBroker({ peer })
              const text = <Shown text={peer} most={60} whole={false} />
              return (
                <li key={peer}>
                  {link === undefined ? text : <a href={link}>{text}</a>}
                  <b class="number">{disconnects}</b>
                </li>
              )
            })}
          </ul>
        </div>
      )}
    </div>
  )
}

export function AlertStory({ of: alert }: { of: Alert }) {
  const { omittedTransitions = 0 } = alert
  return (
    <ol class="story">
      {storyOf(alert).map(({ key, at, title, why, summary, quiet, tone, note }, index) => (
        <li key={key} id={key} class={tone}>
          <p>
            <strong>{shown(title, 260)}</strong> <Time at={at} />
          </p>
          {why !== undefined && <p>{why}</p>}
          {summary !== undefined && (
            <p class="quiet">
              <Shown text={summary} most={500} />
            </p>
          )}
          {note !== undefined && (
            <p>
              “<Shown text={note} most={400} />”
            </p>
          )}
          {quiet !== undefined && <p class="quiet">{quiet}</p>}
          {index === 0 && omittedTransitions > 0 && (
            <p class="quiet">Then {countText(omittedTransitions, 'word')} that are not kept.</p>
          )}
        </li>
      ))}
    </ol>
  )
}
