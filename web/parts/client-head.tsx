/** How a client is now, whose word that is, and its last day in figures. */
import type { Client } from '../../api/clients.ts'
import { causeNames } from '../../domain/cause.ts'
import { useAddress } from '../context.tsx'
import { useShared } from '../current.tsx'
import { kindText } from '../view/alerts.ts'
import { countText, figureText } from '../view/figures.ts'
import { Severity } from './alert-list.tsx'
import { CauseLabel } from './cause-label.tsx'
import { shown } from './shown.tsx'
import { Time } from './time.tsx'

const tones = { connected: 'good', disconnected: '', refused: 'critical' } as const
const prepositions = { connected: 'to', disconnected: 'from', refused: 'by' } as const

export function ClientHead({ of }: { of: Client }) {
  const { href } = useAddress()
  const { status, statusView, broker, since, cluster, last } = of
  return (
    <div class="client-head">
      <p class="client-status">
        <span class={`status ${tones[status]}`}>
          <b>{status}</b>
        </span>{' '}
        {prepositions[status]}{' '}
        <a href={href({ page: 'broker', cluster, broker })}>
          <bdi>{shown(broker, 60)}</bdi>
        </a>
        , <Time at={since} />
        {status !== 'connected' && last.cause !== undefined && (
          <>
            {' · '}
            <CauseLabel cause={last.cause} />
          </>
        )}{' '}
        <span class="quiet">
          {statusView === 'broker' ? 'by the broker’s word' : 'by the client’s own word alone: no broker tells of it'}
        </span>
      </p>
      <OpenAlerts of={of} />
      <Day of={of.day} />
    </div>
  )
}

/** Alerts about this client, and those that name it among others. */
function OpenAlerts({ of: { cluster, clientId } }: { of: Client }) {
  const { href } = useAddress()
  const { value } = useShared().open
  const own = (value?.alerts ?? []).filter(
    (alert) =>
      alert.cluster === cluster &&
      (alert.clientId === clientId || alert.topClients.some((each) => each.clientId === clientId)),
  )
  if (own.length === 0) return null
  return (
    <ul class="client-alerts" aria-label="Open alerts that name this client">
      {own.slice(0, 4).map((alert) => (
        <li key={alert.id}>
          <Severity of={alert.severity} />{' '}
          <a href={href({ page: 'alert', id: alert.id })} title={shown(alert.summary, 400)}>
            {kindText(alert.kind)}
          </a>
        </li>
      ))}
    </ul>
  )
}

function Day({ of: { connects, refused, disconnects, cut } }: { of: Client['day'] }) {
  const ends = causeNames.flatMap((cause) => {
    const count = disconnects[cause]
    return count === undefined ? [] : [[cause, count] as const]
  })
  const sum = ends.reduce((total, [, count]) => total + count, 0)
  const atLeast = cut ? 'at least ' : ''
  return (
    <dl class="figures client-day" aria-label="Last 24 hours">
      <Figure name="Connects" count={connects} atLeast={atLeast} />
      <Figure name="Refused" count={refused} atLeast={atLeast} />
      <Figure name="Disconnects" count={sum} atLeast={atLeast} />
      <div class="client-ends">
        <dt>Ended by, last 24 h{cut && ` (of the newest ${countText(connects + refused + sum, 'event')})`}</dt>
        <dd>
          {ends.length === 0 && <span class="quiet">no end</span>}
          {ends
            .toSorted(([, a], [, b]) => b - a)
            .map(([cause, count]) => (
              <CauseLabel key={cause} cause={cause} count={count} />
            ))}
        </dd>
      </div>
    </dl>
  )
}

function Figure({ name, count, atLeast }: { name: string; count: number; atLeast: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span class="quiet">{atLeast}</span>
        <b class="number">{figureText(count)}</b> <span class="quiet">in 24 h</span>
      </dd>
    </div>
  )
}
