/** What a watcher's slot runs: one container, its environment with the grants that come with it, and its spool. */
import { Duration, Validations } from 'aws-cdk-lib'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { WatcherEnvironment } from '../watcher/env.ts'
import { type Access, plain, type Uses } from './access.ts'
import { settingsFile, type Sources } from './bundle.ts'
import { readingSecrets } from './secrets.ts'

/** Where the Dockerfile has the folder for batches that the queue has not yet taken, and how much may lie there. */
const spool = { volume: 'spool', folder: '/app/spool', bytes: 1024 ** 3 }

export type Slot = WatcherEnvironment['SLOT']

export interface WatcherTaskProps {
  readonly sources: Sources
  readonly slot: Slot
  readonly batches: Access
  readonly image: ecs.ContainerImage
  readonly logGroup: ILogGroup
}

export class WatcherTask extends Construct {
  readonly definition: ecs.FargateTaskDefinition

  constructor(scope: Construct, id: string, { sources, slot, batches, image, logGroup }: WatcherTaskProps) {
    super(scope, id)
    const uses: Uses<WatcherEnvironment> = {
      SLOT: plain(slot),
      QUEUE_URL: batches,
      SETTINGS_FILE: plain(settingsFile),
      HEALTH_PORT: plain('8080'),
      SPOOL_FOLDER: plain(spool.folder),
      SPOOL_BYTES: plain(String(spool.bytes)),
    }
    this.definition = new ecs.FargateTaskDefinition(this, 'Task', {
      // The smallest size. The watcher is to stay below 300 MB, its health check (a second process) below 100.
      cpu: 256,
      memoryLimitMiB: 512,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
    })
    // On Fargate's own disk (20 GiB), for as long as the task lives.
    this.definition.addVolume({ name: spool.volume })
    const linuxParameters = new ecs.LinuxParameters(this, 'Linux', { initProcessEnabled: true })
    linuxParameters.dropCapabilities(ecs.Capability.ALL)
    const container = this.definition.addContainer('watcher', {
      image,
      // A young generation of 8 MiB a half: under a flood it takes a third less memory, at the same speed.
      command: ['node', '--max-semi-space-size=8', 'main.mjs'],
      environment: Object.fromEntries(Object.entries(uses).map(([name, { value }]) => [name, value])),
      user: 'node',
      readonlyRootFilesystem: true,
      linuxParameters,
      // A crash starts the container again in its task, which keeps the spool. One that ends within a minute of its
      // start, as with a wrong configuration, ends the task.
      enableRestartPolicy: true,
      restartAttemptPeriod: Duration.seconds(60),
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
        streamPrefix: `watcher-${slot}`,
        // A log that cannot be delivered must not stop the watching.
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
        logGroup,
      }),
    })
    container.addMountPoints({ sourceVolume: spool.volume, containerPath: spool.folder, readOnly: false })
    for (const { statements } of Object.values(uses)) {
      for (const statement of statements) this.definition.addToTaskRolePolicy(statement)
    }
    const feeds = sources.configuration.settings.clusters.flatMap((cluster) => cluster.feeds)
    const secrets = feeds.flatMap(({ secret, api }) => [secret, api?.secret])
    for (const statement of readingSecrets(this, secrets)) this.definition.addToTaskRolePolicy(statement)
    Validations.of(this.definition).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason: 'The variables hold a slot, a queue address, paths, a port and a size; secrets are read at run time',
    })
    Validations.of(this.definition.obtainExecutionRole()).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'ECR hands out the token for pulling images for no resource in particular',
    })
  }
}
