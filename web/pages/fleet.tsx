/** Clusters and their brokers: how they are, how their load is spread, what happened in the span. */
import type { Broker } from '../../api/brokers.ts'
import { useAddress } from '../context.tsx'
import { AlertList } from '../parts/alert-list.tsx'
import { BalancePanel } from '../parts/balance.tsx'
import { BrokerTable } from '../parts/broker-table.tsx'
import { FleetCharts } from '../parts/fleet-charts.tsx'
import { Page, Panel } from '../parts/page.tsx'
import { shown } from '../parts/shown.tsx'
import { Answered, EmptyState } from '../parts/states.tsx'
import { useCluster, useShared } from '../current.tsx'
import { countText, figureText } from '../view/figures.ts'
import { clustersOf, figuresOf } from '../view/fleet.ts'

export function FleetPage() {
  const { brokers } = useShared()
  const cluster = useCluster()
  const clusters = clustersOf(brokers.value?.brokers ?? [])
  const title = clusters.length > 1 && cluster !== undefined ? `Fleet: ${cluster}` : 'Fleet'
  return (
    <Page title={title} heading="Fleet" aside={<Clusters names={clusters} current={cluster} />}>
      <Answered of={brokers} what="Brokers" lines={6}>
        {({ brokers: all }) => {
          const own = all.filter((broker) => broker.cluster === cluster)
          if (cluster === undefined || own.length === 0) {
            return (
              <EmptyState
                title={all.length === 0 ? 'No broker is known yet.' : `There is no cluster ${shown(cluster ?? '')}.`}
              >
                <p>A broker is listed as soon as the configuration names it or anything is heard of it.</p>
              </EmptyState>
            )
          }
          return <Cluster name={cluster} brokers={own} />
        }}
      </Answered>
    </Page>
  )
}

function Clusters({ names, current }: { names: readonly string[]; current: string | undefined }) {
  const { href } = useAddress()
  if (names.length < 2) return null
  return (
    <nav aria-label="Clusters" class="tabs">
      {names.map((name) => (
        <a
          key={name}
          href={href({ page: 'fleet', cluster: name })}
          aria-current={name === current ? 'page' : undefined}
        >
          <bdi>{shown(name)}</bdi>
        </a>
      ))}
    </nav>
  )
}

function Cluster({ name, brokers }: { name: string; brokers: readonly Broker[] }) {
  const { open } = useShared()
  return (
    <div class="fleet">
      <Figures brokers={brokers} />
      <div class="fleet-charts">
        <Panel title="Over time" aside={<span class="quiet">Drag in a chart to zoom in</span>}>
          <FleetCharts cluster={name} />
        </Panel>
      </div>
      <div class="fleet-aside">
        <Panel title="Open alerts">
          <Answered of={open} what="Alerts">
            {({ alerts }) => <AlertList alerts={alerts.filter(({ cluster }) => cluster === name)} />}
          </Answered>
        </Panel>
        <BalancePanel cluster={name} />
      </div>
      <Panel
        title="Brokers"
        class="fleet-brokers"
        aside={<span class="quiet">{countText(brokers.length, 'broker')}, rates per minute</span>}
      >
        <BrokerTable cluster={name} brokers={brokers} />
      </Panel>
    </div>
  )
}

function Figures({ brokers }: { brokers: readonly Broker[] }) {
  const figures = figuresOf(brokers)
  const rows: readonly (readonly [string, string, string])[] = [
    ['Connected', figureText(figures.connected), 'clients'],
    ['Connects', figureText(figures.connects), 'per minute'],
    ['Disconnects', figureText(figures.disconnects), 'per minute'],
    ['Abnormal', figureText(figures.abnormal), 'per minute'],
    ['Watched', `${figures.watched} of ${figures.brokers}`, 'brokers'],
  ]
  return (
    <dl class="figures">
      {rows.map(([name, value, unit]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <b class="number">{value}</b> <span class="quiet">{unit}</span>
          </dd>
        </div>
      ))}
    </dl>
  )
}
