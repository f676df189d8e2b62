/** Stage watch: the long-running watchers on Fargate, one a slot, and the alarms that say when they do not run. */
import { RemovalPolicy } from 'aws-cdk-lib'
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { Platform } from 'aws-cdk-lib/aws-ecr-assets'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { dialects } from '../domain/dialects/index.ts'
import type { Settings } from '../domain/settings.ts'
import type { Access } from './access.ts'
import { bundle, type Sources } from './bundle.ts'
import { watcherBundle } from './bundles.ts'
import { Network } from './network.ts'
import { alarmPeriod, type Operations } from './operations.ts'
import { type Slot, WatcherTask } from './watcher-task.ts'

/** The slots that have something to watch. A second watcher of a dialect without stable identities would see it all anew. */
export function slotsOf({ clusters }: Pick<Settings, 'clusters'>): readonly Slot[] {
  const watched = clusters.filter(({ feeds }) => feeds.length > 0)
  if (watched.length === 0) return []
  return watched.some(({ dialect }) => dialects[dialect].stableIdentity) ? ['a', 'b'] : ['a']
}

export interface WatchProps {
  readonly sources: Sources
  readonly slots: readonly Slot[]
  /** The queue that takes the batches. */
  readonly batches: Access
  readonly operations: Operations
}

export class Watch extends Construct {
  constructor(scope: Construct, id: string, { sources, slots, batches, operations }: WatchProps) {
    super(scope, id)
    const { vpc } = new Network(this, 'Network')
    const cluster = new ecs.Cluster(this, 'Cluster', { vpc, containerInsightsV2: ecs.ContainerInsights.ENABLED })
    const folder = bundle(sources, watcherBundle)
    const image = ecs.ContainerImage.fromAsset(folder, { platform: Platform.LINUX_ARM64 })
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const services = slots.map((slot, index) => {
      const letter = slot.toUpperCase()
      const { definition } = new WatcherTask(this, `Task${letter}`, { sources, slot, batches, image, logGroup })
      return new ecs.FargateService(this, `Slot${letter}`, {
        cluster,
        taskDefinition: definition,
        desiredCount: 1,
        // The old one ends before the new one starts: two of one slot would take over each other's MQTT connections.
        minHealthyPercent: 0,
        maxHealthyPercent: 100,
        availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.DISABLED,
        circuitBreaker: { enable: true, rollback: true },
        // Each in a zone of its own: the loss of one zone leaves a watcher.
        vpcSubnets: { subnets: vpc.publicSubnets.slice(index, index + 1) },
        assignPublicIp: true,
      })
    })
    // One slot after the other is replaced, the next only once the one before runs.
    for (const [index, service] of services.entries()) {
      const before = services[index - 1]
      if (before !== undefined) service.node.addDependency(before)
    }
    alarmsOf(this, { services, operations })
  }
}

/** Rings when nobody watches, and, later and apart from it, when one of several does not. */
function alarmsOf(
  watch: Watch,
  { services, operations }: { readonly services: readonly ecs.FargateService[]; readonly operations: Operations },
): void {
  const running = services.map(({ cluster, serviceName }, index): [string, Metric] => [
    `slot${index}`,
    new Metric({
      namespace: 'ECS/ContainerInsights',
      metricName: 'RunningTaskCount',
      dimensionsMap: { ClusterName: cluster.clusterName, ServiceName: serviceName },
      period: alarmPeriod,
      statistic: 'Minimum',
    }),
  ])
  const metric = new MathExpression({
    // A service of which no figure comes runs nothing.
    expression: running.map(([name]) => `FILL(${name}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(running),
    label: 'Watchers running',
    period: alarmPeriod,
  })
  operations.alarm(watch, {
    name: 'watcher-not-running',
    means: 'No watcher has run for five minutes: nothing is recorded.',
    metric,
    threshold: 1,
    below: true,
    periods: 5,
    silenceBreaches: true,
  })
  if (services.length === 1) return
  operations.alarm(watch, {
    name: 'watcher-no-spare',
    means: 'One of the two watchers has not run for fifteen minutes: everything is recorded, by the other alone.',
    metric,
    threshold: services.length,
    below: true,
    // A deployment replaces one after the other and must not ring.
    periods: 15,
    silenceBreaches: true,
  })
}
