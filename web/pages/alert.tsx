/** One alert: what, since when, why, who, and what to do about it. */
import { useMemo } from 'preact/hooks'
import { alert as alertOperation } from '../../api/alerts.ts'
import type { Alert } from '../../domain/alert.ts'
import { useAddress, useAnswer, useNow } from '../context.tsx'
import { AlertActs } from '../parts/alert-acts.tsx'
import { AlertFigures, AlertStory, AlertWho } from '../parts/alert-facts.tsx'
import { AlertGraph } from '../parts/alert-graph.tsx'
import { Severity } from '../parts/alert-list.tsx'
import { AlertSilences } from '../parts/alert-silences.tsx'
import { AlertWhy } from '../parts/alert-why.tsx'
import { ClientLink } from '../parts/client-link.tsx'
import { CopyButton } from '../parts/copyable.tsx'
import { Page, Panel } from '../parts/page.tsx'
import { Shown, shown } from '../parts/shown.tsx'
import { Answered, EmptyState } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { hrefOf } from '../routes.ts'
import { useShared } from '../current.tsx'
import type { TimeRange } from '../span.ts'
import { alertRange } from '../view/alert-charts.ts'
import { flagsOf, lastedText } from '../view/alert-story.ts'
import { kindText, scopeText } from '../view/alerts.ts'

export function AlertPage({ id }: { id: string }) {
  const asked = useAnswer(alertOperation, { params: { id } }, { everySeconds: 10 })
  const { open } = useShared()
  const { href } = useAddress()
  const { value } = asked
  if (value === undefined && (asked.trouble?.kind === 'absent' || asked.trouble?.kind === 'wrong')) {
    return (
      <Page title="No such alert">
        <EmptyState title="No alert has this id.">
          <p>
            <Shown text={id} most={200} />
          </p>
          <p>
            Alerts are kept for 400 days after their last change, or as long as <code>retention.alertsDays</code> says.
            The link may also be of another system. <a href={href({ page: 'alerts' })}>All alerts</a> of this one.
          </p>
        </EmptyState>
      </Page>
    )
  }
  const done = () => {
    asked.again()
    open.again()
  }
  const title = value === undefined ? 'Alert' : `${kindText(value.kind)}, ${scopeText(value)}`
  return (
    <Page title={title} heading={<bdi>{shown(title, 120)}</bdi>} aside={value !== undefined && <Standing of={value} />}>
      <Answered of={asked} what="The alert" lines={8}>
        {(alert) => <OneAlert of={alert} done={done} />}
      </Answered>
    </Page>
  )
}

function Standing({ of: alert }: { of: Alert }) {
  const nowMs = useNow(10)
  const isOpen = alert.status === 'open'
  return (
    <p class="standing">
      <Severity of={alert.severity} />
      <span class={`badge ${isOpen ? '' : 'good'}`}>{isOpen ? 'open' : 'resolved'}</span>
      <span>
        {isOpen ? 'since' : 'opened'} <Time at={alert.openedAt} show="clock" />, {isOpen ? 'for' : 'lasted'}{' '}
        {lastedText(alert, nowMs)}
      </span>
      {flagsOf(alert).map((flag) => (
        <span key={flag} class="badge flag">
          {flag}
        </span>
      ))}
      <CopyButton text={location.href} what="the link to this alert" />
    </p>
  )
}

function OneAlert({ of: alert, done }: { of: Alert; done: () => void }) {
  const { span } = useAddress()
  const nowMs = useNow(10)
  const { fromMs, toMs, chosen } = alertRange(alert, span, nowMs)
  const range = useMemo(() => ({ fromMs, toMs }), [fromMs, toMs])
  return (
    <div class="alert-page">
      <div class="alert-head">
        <p class="headline">
          <Shown text={alert.summary} most={600} />
        </p>
        <Places of={alert} range={range} />
        <AlertFigures of={alert} />
      </div>
      <div class="alert-main">
        <Panel title="Why">
          <AlertWhy of={alert} range={range} />
        </Panel>
        <Panel title="The minutes around it">
          <AlertGraph of={alert} range={range} chosen={chosen} />
        </Panel>
        <Panel title="Who">
          <AlertWho of={alert} range={range} />
        </Panel>
      </div>
      <div class="alert-aside">
        <Panel title="Act on it">
          <AlertActs of={alert} done={done} />
        </Panel>
        <Panel title="Silences">
          <AlertSilences of={alert} />
        </Panel>
        <Panel title="What happened">
          <AlertStory of={alert} />
        </Panel>
      </div>
    </div>
  )
}

/** The broker and the client it speaks of, in the time around it. */
function Places({ of: { cluster, broker, clientId }, range }: { of: Alert; range: TimeRange }) {
  const span = { kind: 'fixed', ...range } as const
  return (
    <p class="places">
      {clientId !== undefined && (
        <span>
          Client <ClientLink cluster={cluster} clientId={clientId} span={span} />
        </span>
      )}
      {broker !== undefined && (
        <span>
          Broker{' '}
          <a href={hrefOf({ page: 'broker', cluster, broker }, span)}>
            <Shown text={broker} most={80} whole={false} />
          </a>
        </span>
      )}
      <span>
        Cluster{' '}
        <a href={hrefOf({ page: 'fleet', cluster }, span)}>
          <bdi>{shown(cluster)}</bdi>
        </a>
      </span>
      <span class="quiet">these links lead to the time around the alert</span>
    </p>
  )
}
