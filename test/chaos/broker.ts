/** A real mosquitto set up as Keepwatch recommends it, which also writes the same lines to a file: the witness. */
import { chmodSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { mosquittoFolder, removeFolder, startMosquitto } from '../watcher/stage.ts'
import type { Random } from './random.ts'

export interface Broker {
  readonly port: number
  /** Ends it with the signal and starts it again after the pause. */
  readonly restart: (signal: 'SIGTERM' | 'SIGKILL', pauseMs: number) => Promise<void>
  /** Everything that it logged so far. */
  readonly log: () => string
  readonly stop: () => Promise<void>
}

const setUp = [
  'log_dest topic',
  'log_dest file DIR/mosquitto.log',
  'log_type error',
  'log_type notice',
  'log_type information',
  'connection_messages true',
  'max_queued_messages 100000',
  // What was queued for an absent watcher survives SIGTERM, and kill -9 but for what came since the last save.
  'persistence true',
  'persistence_location DIR/',
  'autosave_interval 1',
  'allow_anonymous true',
]

/** Starts the broker. */
export async function startBroker(random: Random): Promise<Broker> {
  const folder = mosquittoFolder()
  // It drops to a user of its own, who must be able to write there.
  chmodSync(folder, 0o777)
  const port = await quietPort(random)
  const lines = [...setUp, `listener ${port} 127.0.0.1`]
  let running = await startMosquitto(port, lines, folder)
  return {
    port,
    restart: async (signal, pauseMs) => {
      await running.stop(signal)
      await new Promise((done) => setTimeout(done, pauseMs))
      running = await startMosquitto(port, lines, folder)
    },
    log: () => readFileSync(join(folder, 'mosquitto.log'), 'utf8'),
    stop: async () => {
      await running.stop()
      removeFolder(folder)
    },
  }
}

/** A free port below those that the system gives to clients: nobody takes it while the broker is down. */
async function quietPort(random: Random): Promise<number> {
  for (;;) {
    const port = Math.floor(random.between(15_000, 30_000))
    const server = createServer()
    const free = await new Promise<boolean>((done) => {
      server.once('error', () => done(false))
      server.listen(port, '127.0.0.1', () => done(true))
    })
    await new Promise((done) => server.close(done))
    if (free) return port
  }
}
