/** The watcher's bundle as real processes, one for each slot, with a spool folder each. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { freePort } from '../watcher/stage.ts'
import { type Child, startChild } from './children.ts'

export type Slot = 'a' | 'b'
export const slots = ['a', 'b'] as const

/** Names under which the watchers record. */
export const clusterName = 'chaos'
export const brokerName = 'node-1'

export interface WatcherProcess {
  readonly slot: Slot
  readonly start: () => void
  /** kill -9. */
  readonly kill: () => Promise<void>
  readonly signal: (signal: 'SIGSTOP' | 'SIGCONT') => void
  /** SIGTERM: sends what it has. Answers the exit code. */
  readonly stop: () => Promise<number | null>
  /** How often it said that its feed is up. */
  readonly timesUp: () => number
}

/** Bundles the watcher as its image does. Answers the path of the module. */
export async function bundleWatcher(folder: string): Promise<string> {
  const outfile = join(folder, 'main.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('../../watcher/main.ts', import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    logLevel: 'silent',
  })
  return outfile
}

/** A watcher of one mosquitto; `start` starts its process. */
export async function createWatcher(options: {
  readonly slot: Slot
  readonly bundle: string
  readonly folder: string
  /** Where it finds the broker. */
  readonly port: number
  readonly queueUrl: string
}): Promise<WatcherProcess> {
  const { slot, folder } = options
  const settingsFile = join(folder, `${slot}.json`)
  const logFile = join(folder, `watcher-${slot}.log`)
  const spoolFolder = join(folder, `spool-${slot}`)
  const connection = { keepalive: 3, connectTimeout: 3000, reconnectPeriod: 200, maximumReconnectPeriod: 1000 }
  const feed = { broker: brokerName, url: `mqtt://127.0.0.1:${options.port}`, connection }
  const clusters = [{ name: clusterName, dialect: 'mosquitto', feeds: [feed], canary: { enabled: false } }]
  writeFileSync(settingsFile, JSON.stringify({ clusters }))
  writeFileSync(logFile, '')
  mkdirSync(spoolFolder)
  const env = {
    QUEUE_URL: options.queueUrl,
    SLOT: slot,
    SETTINGS_FILE: settingsFile,
    HEALTH_PORT: String(await freePort()),
    SPOOL_FOLDER: spoolFolder,
    SPOOL_BYTES: String(256 * 1024 * 1024),
    AWS_ENDPOINT_URL: new URL(options.queueUrl).origin,
  }
  let child: Child | undefined
  return {
    slot,
    start: () => {
      child = startChild({ script: options.bundle, env, logFile })
    },
    kill: async () => {
      child?.process.kill('SIGKILL')
      await child?.ended
    },
    signal: (signal) => void child?.process.kill(signal),
    stop: async () => {
      child?.process.kill('SIGTERM')
      return (await child?.ended) ?? null
    },
    timesUp: () => readFileSync(logFile, 'utf8').split('"feed is up"').length - 1,
  }
}
