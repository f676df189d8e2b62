/** The watcher's process: environment → settings → start → signals. `--health` asks a running one instead. */
import './bundled-require.ts'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { dialects } from '../domain/dialects/index.ts'
import { checkSettings } from '../domain/settings-check.ts'
import type { Settings } from '../domain/settings.ts'
import { WatcherEnvironmentSchema } from './env.ts'
import { isHealthy, serveHealth } from './health.ts'
import { jsonLog } from './log.ts'
import { sqsQueue } from './queue.ts'
import { createSecrets, secretsManager } from './secrets.ts'
import { openSpool, type Spool } from './spool.ts'
import { startWatcher } from './watcher.ts'

/** Shorter than the 120 s that the container's stop grants. */
const drainMs = 100_000
const drainAfterFaultMs = 5000

const log = jsonLog((text) => process.stdout.write(text), Date.now)

if (process.argv.includes('--health')) process.exit((await isHealthy(Number(process.env['HEALTH_PORT']))) ? 0 : 1)

const environment = WatcherEnvironmentSchema.safeParse(process.env)
if (!environment.success) {
  const names = environment.error.issues.map((issue) => issue.path.join('.')).join(', ')
  log({ level: 'error', message: `the watcher's environment lacks or misstates: ${names}` })
  process.exit(2)
}
const { QUEUE_URL, SLOT, SETTINGS_FILE, HEALTH_PORT, SPOOL_FOLDER, SPOOL_BYTES } = environment.data
const settings = await readSettings(fileURLToPath(new URL(SETTINGS_FILE, import.meta.url)))
if (settings === undefined) process.exit(2)

const watcher = startWatcher({
  settings,
  spool: spoolIn(SPOOL_FOLDER),
  slot: SLOT,
  dialects,
  ship: sqsQueue(QUEUE_URL),
  secrets: createSecrets({ fetchSecret: secretsManager(), now: Date.now }),
  log,
})
const health = await serveHealth(watcher, Number(HEALTH_PORT))

let stopping = false
async function stop(deadlineMs: number, exitCode: number): Promise<void> {
  if (stopping) process.exit(1)
  stopping = true
  await watcher.stop({ deadlineMs })
  await health.close()
  process.exit(exitCode)
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(drainMs, 0))
process.on('uncaughtException', (error) => {
  log({
    level: 'error',
    message: 'a fault nobody expected: sending what there is, then ending',
    reason: `${error.stack}`,
  })
  void stop(drainAfterFaultMs, 1)
})

/** Without a spool the watcher still watches: what waits for the queue then waits in memory. */
function spoolIn(folder: string): Spool | undefined {
  try {
    return openSpool({ folder, maxBytes: Number(SPOOL_BYTES), log })
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    log({ level: 'error', message: 'no spool: unsent batches wait in memory, within 32 MB', folder, reason })
    return undefined
  }
}

async function readSettings(path: string): Promise<Settings | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) {
    log({ level: 'error', message: `no configuration at ${path}` })
    return undefined
  }
  const outcome = checkSettings(parseJson(text))
  if (outcome.ok) return outcome.settings
  for (const { path: where, found, expected } of outcome.faults) {
    log({ level: 'error', message: 'the configuration is wrong', path: where, found, expected })
  }
  return undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return 'no JSON'
  }
}
