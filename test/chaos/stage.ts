/** Everything the chaos test runs: broker, paths, watchers, queue, ingest, store and clients, each to be hurt alone. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCleanup, removeFolder, until } from '../watcher/stage.ts'
import { type Broker, startBroker } from './broker.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { type Pipeline, startPipeline } from './pipeline.ts'
import type { Random } from './random.ts'
import { type Relay, startRelay } from './relay.ts'
import { bundleWatcher, createWatcher, type Slot, slots, type WatcherProcess } from './watchers.ts'

export interface Watched {
  readonly watcher: WatcherProcess
  /** Its own path to the broker. */
  readonly relay: Relay
}

export interface Stage {
  /** Holds the logs of all processes. */
  readonly folder: string
  readonly broker: Broker
  readonly pipeline: Pipeline
  readonly watchers: Readonly<Record<Slot, Watched>>
  /** Those that watch. */
  readonly watching: readonly Slot[]
  readonly fleet: Fleet
  /** Ends everything; the folder stays where `keep` says so. */
  readonly stop: (options: { readonly keep: boolean }) => Promise<void>
}

/** Starts everything; answers once the watchers watch. */
export async function startStage(options: {
  readonly random: Random
  readonly clients: number
  readonly meanStayMs: number
  /** Only watcher a watches: nobody makes up for what it loses. */
  readonly alone: boolean
}): Promise<Stage> {
  const { random } = options
  const folder = mkdtempSync(join(tmpdir(), 'keepwatch-chaos-'))
  const cleanup = createCleanup()
  try {
    const bundle = await bundleWatcher(folder)
    const broker = await startBroker(random)
    cleanup.defer(broker.stop)
    const pipeline = await startPipeline(folder)
    cleanup.defer(pipeline.stop)
    const watch = async (slot: Slot): Promise<Watched> => {
      const relay = await startRelay(broker.port)
      cleanup.defer(relay.close)
      const watcher = await createWatcher({ slot, bundle, folder, port: relay.port, queueUrl: pipeline.queueUrl })
      cleanup.defer(watcher.kill)
      if (options.alone && slot !== 'a') return { watcher, relay }
      watcher.start()
      await until(`watcher ${slot} to be up (its log is in ${folder})`, () => watcher.timesUp() > 0)
      return { watcher, relay }
    }
    const watchers = { a: await watch('a'), b: await watch('b') }
    const seed = Math.floor(random.between(0, 2 ** 32))
    const fleet = startFleet({ port: broker.port, seed, folder, ...options })
    cleanup.defer(fleet.kill)
    return {
      folder,
      broker,
      pipeline,
      watchers,
      watching: options.alone ? ['a'] : slots,
      fleet,
      stop: async ({ keep }) => {
        await cleanup.run()
        if (!keep) removeFolder(folder)
      },
    }
  } catch (error) {
    await cleanup.run()
    throw error
  }
}
