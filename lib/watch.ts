/** Stage watch: the long-running watcher on Fargate and the secrets that the configuration names. */
import { ArnFormat, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { Platform } from 'aws-cdk-lib/aws-ecr-assets'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { WatcherEnvironment } from '../watcher/env.ts'
import { type Access, plain, type Uses } from './access.ts'
import { bundle, settingsFile, type Sources } from './bundle.ts'
import { Network } from './network.ts'
import { alarmPeriod, type Operations } from './operations.ts'

export interface WatchProps {
  readonly sources: Sources
  /** The queue that takes the batches. */
  readonly batches: Access
  readonly operations: Operations
}

export class Watch extends Construct {
  constructor(scope: Construct, id: string, { sources, batches, operations }: WatchProps) {
    super(scope, id)
    const { vpc } = new Network(this, 'Network')
    const cluster = new ecs.Cluster(this, 'Cluster', { vpc, containerInsightsV2: ecs.ContainerInsights.ENABLED })
    const { definition } = new WatcherTask(this, 'TaskA', {
      sources,
      uses: {
        SLOT: plain('a'),
        QUEUE_URL: batches,
        SETTINGS_FILE: plain(settingsFile),
        HEALTH_PORT: plain('8080'),
      },
    })
    const service = new ecs.FargateService(this, 'SlotA', {
      cluster,
      taskDefinition: definition,
      desiredCount: 1,
      // The old one ends before the new one starts: two of one slot would take over each other's MQTT connections.
      minHealthyPercent: 0,
      maxHealthyPercent: 100,
      availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.DISABLED,
      circuitBreaker: { enable: true, rollback: true },
      assignPublicIp: true,
    })
    operations.alarm(this, {
      name: 'watcher-not-running',
      means: 'The watcher has not run for three minutes: nothing is recorded.',
      metric: new Metric({
        namespace: 'ECS/ContainerInsights',
        metricName: 'RunningTaskCount',
        dimensionsMap: { ClusterName: cluster.clusterName, ServiceName: service.serviceName },
        period: alarmPeriod,
        statistic: 'Minimum',
      }),
      threshold: 1,
      below: true,
      periods: 3,
      silenceBreaches: true,
    })
  }
}

/** What runs: one container with the bundle, its environment and the grants that come with it. */
class WatcherTask extends Construct {
  readonly definition: ecs.FargateTaskDefinition

  constructor(
    scope: Construct,
    id: string,
    { sources, uses }: { readonly sources: Sources; readonly uses: Uses<WatcherEnvironment> },
  ) {
    super(scope, id)
    this.definition = new ecs.FargateTaskDefinition(this, 'Task', {
      cpu: 256,
      memoryLimitMiB: 512,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
    })
    const linuxParameters = new ecs.LinuxParameters(this, 'Linux', { initProcessEnabled: true })
    linuxParameters.dropCapabilities(ecs.Capability.ALL)
    const folder = bundle(sources, {
      name: 'watcher',
      entry: 'watcher/main.ts',
      module: 'main.mjs',
      beside: ['watcher/Dockerfile'],
    })
    this.definition.addContainer('watcher', {
      image: ecs.ContainerImage.fromAsset(folder, { platform: Platform.LINUX_ARM64 }),
      command: ['node', 'main.mjs'],
      environment: Object.fromEntries(Object.entries(uses).map(([name, { value }]) => [name, value])),
      user: 'node',
      readonlyRootFilesystem: true,
      linuxParameters,
      // Ships what it holds and leaves each broker politely; 120 s is the longest that Fargate allows.
      stopTimeout: Duration.seconds(120),
      healthCheck: {
        command: ['CMD', 'node', 'main.mjs', '--health'],
        interval: Duration.seconds(30),
        timeout: Duration.seconds(10),
        retries: 3,
        startPeriod: Duration.seconds(60),
      },
      logging: ecs.LogDrivers.awsLogs({
        streamPrefix: 'watcher',
        // A log that cannot be delivered must not stop the watching.
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
        logGroup: new LogGroup(this, 'Logs', {
          retention: RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      }),
    })
    for (const { statements } of Object.values(uses)) {
      for (const statement of statements) this.definition.addToTaskRolePolicy(statement)
    }
    const secrets = secretsOf(this, sources)
    if (secrets !== undefined) this.definition.addToTaskRolePolicy(secrets)
    Validations.of(this.definition).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason: 'The variables hold a slot, a queue address, a file name and a port; secrets are read at run time',
    })
    Validations.of(this.definition.obtainExecutionRole()).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'ECR hands out the token for pulling images for no resource in particular',
    })
  }
}

/** Reading each secret that a feed names, and no other; nothing where no feed names one. */
function secretsOf(scope: Construct, { configuration }: Sources): PolicyStatement | undefined {
  const feeds = configuration.settings.clusters.flatMap((cluster) => cluster.feeds)
  const names = new Set(feeds.flatMap(({ secret }) => (secret === undefined ? [] : [secret])))
  if (names.size === 0) return undefined
  const resources = [...names].toSorted().map((name) =>
    Stack.of(scope).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      // Secrets Manager ends every ARN with six characters of its own.
      resourceName: `${name}-??????`,
    }),
  )
  return new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources })
}
