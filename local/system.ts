/** The whole system on one machine: what a cloud assembly describes, made of local engines, threads and processes. */
import { dirname, join, resolve } from 'node:path'
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs'
import type { UnusedGrant } from './access-book.ts'
import { type Clients, clientsOf } from './clients.ts'
import { startContainers } from './containers.ts'
import { startEngines } from './engines.ts'
import { startExpiry } from './expiry.ts'
import { startGateway } from './gateway.ts'
import { openHttp } from './http.ts'
import { Teardown } from './lifecycle.ts'
import { type PublishedNotification, startNotifications } from './notifications.ts'
import type { PageFiles } from './page.ts'
import { type Plan, planOf } from './plan.ts'
import { ownProject } from './project.ts'
import { provision } from './provision.ts'
import { startSteps } from './steps.ts'
import { synthesize } from './synthesis.ts'

export interface SystemOptions {
  /** A configuration that has been checked. */
  readonly settingsFile: string
  /** Folder that keeps the tables over restarts. */
  readonly dataFolder: string
  /** Of page and HTTP API on 127.0.0.1; 0 chooses a free one. */
  readonly port: number
  /** The page that stands beside the API. Without it there is none. */
  readonly page?: PageFiles | undefined
  /** Reads need the token too. */
  readonly isPrivate?: boolean | undefined
  /** Default: keepwatch.secrets.json beside the configuration. */
  readonly secretsFile?: string | undefined
  /** Where the assembly is kept. Default: a folder of the configuration's own below .keepwatch/assembly. */
  readonly assemblyFolder?: string
  /** Milliseconds until schedules first run. */
  readonly firstScheduleAfterMs?: number
  /** False: nothing watches; for tests that send batches themselves. */
  readonly watch?: boolean
  /** Show every line of functions and containers. */
  readonly verbose?: boolean
  /** Takes lines for people. */
  readonly say?: (line: string) => void
  /** Told when the system cannot go on; it should then be stopped. */
  readonly onFault?: (message: string) => void
}

export interface QueueStatus {
  readonly name: string
  readonly url: string
  readonly waiting: number
  readonly inFlight: number
}

export interface System {
  /** Of the HTTP API, such as `http://127.0.0.1:4680`. */
  readonly url: string
  /** For `Authorization: Bearer …` of requests that act. */
  readonly token: string
  /** Is there a page at that URL? */
  readonly hasPage: boolean
  /** Was the assembly still valid? */
  readonly cached: boolean
  readonly startedInMs: number
  readonly plan: Plan
  /** Clients that may do everything, for looking inside. */
  readonly administrator: Clients
  readonly queues: () => Promise<readonly QueueStatus[]>
  /** Adds a listener to what is published to any topic. */
  readonly onNotification: (listener: (notification: PublishedNotification) => void | Promise<void>) => void
  /** Runs every schedule now; false when one of them failed. */
  readonly runSchedules: () => Promise<boolean>
  readonly unusedGrants: () => readonly UnusedGrant[]
  /** Process ids of the watchers. */
  readonly watcherPids: () => readonly number[]
  /** Lets watchers drain and queues empty, then ends everything. */
  readonly stop: () => Promise<void>
}

/**
 * Starts everything the assembly of a configuration describes.
 * @throws StartError (nothing stays running) when a port, the data folder or the secrets cannot be used, or the
 * synthesis fails.
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const teardown = new Teardown()
  try {
    return await assemble(options, teardown)
  } catch (error) {
    await teardown.run()
    throw error
  }
}

async function assemble(options: SystemOptions, teardown: Teardown): Promise<System> {
  const startedAtMs = performance.now()
  const { verbose = false, say = () => undefined, onFault = say } = options
  const http = await openHttp(options)
  teardown.add('the HTTP API', http.stop)
  const dataFolder = resolve(options.dataFolder)
  const engines = await startEngines({ dataFolder, onFault })
  teardown.add('the engines', engines.stop)
  const { assembly, cached } = await synthesize({
    project: ownProject(),
    settingsFile: resolve(options.settingsFile),
    assemblyFolder: options.assemblyFolder,
  })
  const secretsFile = options.secretsFile ?? join(dirname(resolve(options.settingsFile)), 'keepwatch.secrets.json')
  const gateway = await startGateway({ engines, secretsFile, say })
  teardown.add('the gateway', gateway.stop)
  const administrator = clientsOf(gateway, gateway.administrator)
  teardown.add('the clients', administrator.destroy)
  const url = `http://127.0.0.1:${http.port}`
  const plan = planOf(assembly, { gateway: gateway.url, api: url })
  await provision(plan, administrator)

  const listeners: ((notification: PublishedNotification) => void | Promise<void>)[] = []
  const notifications = await startNotifications({
    topics: plan.topics,
    clients: administrator,
    gatewayUrl: gateway.url,
    pageUrl: options.page === undefined ? undefined : url,
    say,
    listener: async (notification) => {
      await Promise.all(listeners.map(async (listener) => listener(notification)))
    },
  })
  teardown.add('the notifications', notifications.stop)
  const expiry = startExpiry({ tables: plan.tables, dynamodb: administrator.dynamodb, say })
  teardown.add('the expiry of items', expiry.stop)
  const running = { plan, gateway, verbose, say, teardown }
  const steps = await startSteps({ ...running, firstAfterMs: options.firstScheduleAfterMs })
  http.serve({ plan, functions: steps.functions, say })
  const containers = options.watch === false ? [] : await startContainers(running, join(dataFolder, 'volumes'))
  // Only now: on few cores it would delay the watchers, and nothing is invoked before they ship.
  for (const { warm } of steps.functions.values()) warm()
  return {
    url,
    token: http.token,
    hasPage: options.page !== undefined,
    cached,
    startedInMs: performance.now() - startedAtMs,
    plan,
    administrator,
    queues: async () => statusOf(plan, administrator),
    onNotification: (listener) => void listeners.push(listener),
    runSchedules: steps.runSchedules,
    unusedGrants: gateway.unusedGrants,
    watcherPids: () => containers.map(({ pid }) => pid()).filter((pid) => pid !== undefined),
    stop: async () => {
      for (const fault of await teardown.run()) say(fault)
    },
  }
}

async function statusOf(plan: Plan, { sqs }: Clients): Promise<QueueStatus[]> {
  return Promise.all(
    plan.queues.map(async ({ name, url }) => {
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }))
      return {
        name,
        url,
        waiting: Number(Attributes?.ApproximateNumberOfMessages ?? 0),
        inFlight: Number(Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0),
      }
    }),
  )
}
