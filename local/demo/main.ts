/** The demonstration: three embedded brokers, a few hundred real MQTT.js clients, and a story that repeats. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { type DemoBroker, startBroker } from './broker.ts'
import { startDevice } from './device.ts'
import { openPath } from './path.ts'
import { repeatSeconds, type Stage, story } from './story.ts'

export interface Demonstration {
  /** The configuration that watches the demonstration's brokers. */
  readonly settingsFile: string
  /** Lets the story begin, once the system is ready. */
  readonly begin: (system: { readonly url: string }) => void
  readonly stop: () => Promise<void>
}

const brokerNames = ['demo-1', 'demo-2', 'demo-3']
/** Ports of the brokers, if they are free: the same configuration again needs no new assembly. */
const firstPort = 4691
const deviceCount = 300
/** The same devices come and go in the same way at every start. */
const seed = 20_261_122
const connectSpreadMs = 6000
const goodbyesEveryMs = 7000

/** Starts brokers and devices and writes their configuration; `say` prints a line for people. */
export async function startDemonstration(options: { readonly say: (line: string) => void }): Promise<Demonstration> {
  const { say } = options
  const random = seededRandom(seed)
  const brokers = await Promise.all(brokerNames.map(async (name, n) => startBroker(name, firstPort + n)))
  const paths = await Promise.all(brokers.map(async (broker) => openPath(broker.port)))
  const folder = await mkdtemp(join(tmpdir(), 'keepwatch-demo-'))
  const settingsFile = join(folder, 'keepwatch.json')
  await writeFile(settingsFile, JSON.stringify(settingsFor(brokers), null, 2))

  const direct = brokers.map((broker) => `mqtt://127.0.0.1:${broker.port}`)
  const throughPath = paths.map((path) => `mqtt://127.0.0.1:${path.port}`)
  const devices = Array.from({ length: deviceCount }, (_, n) => {
    const site = n % 3 === 2 ? { name: 'north', urls: throughPath } : { name: 'south', urls: direct }
    const home = Math.floor(n / 3) % brokers.length
    const others = site.urls.toSpliced(home, 1)
    const urls = [...site.urls.slice(home, home + 1), ...(n % 2 === 0 ? others : others.toReversed())]
    return startDevice({ clientId: `${site.name}-${String(n).padStart(3, '0')}`, urls, random }, connectSpreadMs)
  })
  const twins: ChildProcess[] = []
  const last = brokers.at(-1)
  const stage: Stage = {
    cutPath: () => paths.forEach((path) => path.cut()),
    healPath: () => paths.forEach((path) => path.heal()),
    killBroker: async () => last?.kill(),
    startBroker: async () => last?.start(),
    shareClientId: () => {
      while (twins.length < 2) twins.push(startTwin(direct[0] ?? ''))
    },
    stopSharing: async () => endTwin(twins.pop()),
    rebalance: () => {
      for (const device of devices) if (device.isAway()) device.goHome(1000 + random() * 15_000)
    },
  }

  const timers: NodeJS.Timeout[] = []
  const tellStory = () => {
    timers.length = 0
    for (const chapter of story) {
      const run = async () => {
        say(`▸ ${chapter.title}`)
        await chapter.happens(stage)
      }
      timers.push(setTimeout(() => void run(), chapter.atSeconds * 1000))
    }
    timers.push(setTimeout(tellStory, repeatSeconds * 1000))
  }
  const goodbyes = setInterval(() => {
    devices[Math.floor(random() * devices.length)]?.goHome(2000 + random() * 3000)
  }, goodbyesEveryMs)

  return {
    settingsFile,
    begin: ({ url }) => {
      say(`${deviceCount} devices on ${brokers.length} brokers. Try, in another terminal:`)
      say(`  curl '${url}/v1/brokers'`)
      say(`  curl '${url}/v1/alerts?status=open'`)
      say(`  curl '${url}/v1/clients/events?clientId=north-002&limit=5'`)
      tellStory()
    },
    stop: async () => {
      clearInterval(goodbyes)
      timers.forEach((timer) => clearTimeout(timer))
      await Promise.all(twins.map(endTwin))
      await Promise.all(devices.map(async (device) => device.stop()))
      await Promise.all(paths.map(async (path) => path.close()))
      await Promise.all(brokers.map(async (broker) => broker.kill()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function startTwin(url: string): ChildProcess {
  const script = join(import.meta.dirname, 'twin.ts')
  return spawn(process.execPath, [script, url, 'gateway-7'], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
}

async function endTwin(twin: ChildProcess | undefined): Promise<void> {
  if (twin === undefined || twin.exitCode !== null || twin.signalCode !== null) return
  twin.kill()
  await once(twin, 'exit')
}

function settingsFor(brokers: readonly DemoBroker[]) {
  return {
    clusters: [
      {
        name: 'demo',
        dialect: 'aedes',
        feeds: brokers.map((broker) => ({
          broker: broker.name,
          url: `mqtt://127.0.0.1:${broker.port}`,
          connection: { keepalive: 5, reconnectPeriod: 500, maximumReconnectPeriod: 2000 },
        })),
        // Shorter than the defaults, so that the story fits into minutes.
        detection: { imbalance: { openMinutes: 1, clearMinutes: 1 }, disconnectRate: { clearMinutes: 2 } },
      },
    ],
  }
}

/** Mulberry32: 32-bit arithmetic on a counter; the same seed gives the same devices. */
function seededRandom(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
