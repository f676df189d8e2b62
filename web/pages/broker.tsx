/** One broker: how it is, what happened on it, why, and to whom. */
import { brokerDiagnosis } from '../../api/diagnosis.ts'
import { brokerMinutes } from '../../api/minutes.ts'
import { instant } from '../../domain/time.ts'
import { useAddress, useAnswer, useRange } from '../context.tsx'
import { AlertList } from '../parts/alert-list.tsx'
import { BrokerAges } from '../parts/broker-ages.tsx'
import { BrokerCharts } from '../parts/broker-charts.tsx'
import { BrokerClients } from '../parts/broker-clients.tsx'
import { BrokerEvents } from '../parts/broker-events.tsx'
import { BrokerHead, BrokerStatus } from '../parts/broker-head.tsx'
import { WhyView } from '../parts/diagnosis.tsx'
import { Page, Panel } from '../parts/page.tsx'
import { Shown, shown } from '../parts/shown.tsx'
import { Answered, EmptyState } from '../parts/states.tsx'
import { useShared } from '../current.tsx'
import { stepMinutesOf } from '../span.ts'

export function BrokerPage({ cluster, broker }: { cluster: string; broker: string }) {
  const { href } = useAddress()
  const { range, live } = useRange()
  const { brokers, open } = useShared()
  const known = brokers.value?.brokers.find((each) => each.cluster === cluster && each.broker === broker)
  const minutes = useAnswer(
    brokerMinutes,
    {
      params: { cluster, broker },
      query: {
        from: instant(range.fromMs),
        to: instant(range.toMs),
        step: String(stepMinutesOf(range)),
        limit: '1000',
      },
    },
    { all: true, everySeconds: live ? 15 : undefined },
  )
  const alerts = (open.value?.alerts ?? []).filter((each) => each.cluster === cluster && each.broker === broker)
  const isUnknown = brokers.value !== undefined && known === undefined
  const isEmpty = minutes.value?.minutes.length === 0 || minutes.trouble?.kind === 'absent'
  return (
    <Page
      title={`${broker} in ${cluster}`}
      heading={
        <>
          Broker <Shown text={broker} most={80} />
        </>
      }
      aside={
        <>
          <span>
            in{' '}
            <a href={href({ page: 'fleet', cluster })}>
              <bdi>{shown(cluster)}</bdi>
            </a>
          </span>
          {known !== undefined && <BrokerStatus of={known} />}
        </>
      }
    >
      {isUnknown && (
        <EmptyState title={isEmpty ? 'No such broker is known.' : 'This broker is not known any more.'}>
          <p>
            {isEmpty
              ? 'A broker is known as soon as the configuration names it or anything is heard of it; nothing is recorded of this one in this span. '
              : 'What is recorded of it is shown below. '}
            <a href={href({ page: 'fleet', cluster })}>The brokers of its cluster</a>
          </p>
        </EmptyState>
      )}
      {known !== undefined && <BrokerHead of={known} />}
      {!(isUnknown && isEmpty) && (
        <div class="broker-page">
          <Panel
            title="Over time"
            class="broker-charts"
            aside={<span class="quiet">Drag in a chart to zoom in; a cause in the legend shows it alone</span>}
          >
            <Answered of={minutes} what="Charts" lines={8}>
              {(value) => <BrokerCharts cluster={cluster} broker={broker} minutes={value.minutes} />}
            </Answered>
          </Panel>
          <div class="broker-aside">
            {alerts.length > 0 && (
              <Panel title="Open alerts">
                <AlertList alerts={alerts} />
              </Panel>
            )}
            <Panel title="Why">
              <BrokerWhy cluster={cluster} broker={broker} />
            </Panel>
            <Panel title="Clients that stood out">
              <BrokerClients cluster={cluster} broker={broker} />
            </Panel>
          </div>
          <div class="broker-rest">
            <BrokerAges cluster={cluster} broker={broker} />
            <BrokerEvents cluster={cluster} broker={broker} />
          </div>
        </div>
      )}
    </Page>
  )
}

function BrokerWhy({ cluster, broker }: { cluster: string; broker: string }) {
  const { range, live } = useRange()
  const asked = useAnswer(
    brokerDiagnosis,
    { params: { cluster, broker }, query: { from: instant(range.fromMs), to: instant(range.toMs) } },
    { everySeconds: live ? 30 : undefined },
  )
  return (
    <Answered of={asked} what="Diagnosis" lines={4}>
      {(value) => <WhyView of={value} cluster={cluster} />}
    </Answered>
  )
}
