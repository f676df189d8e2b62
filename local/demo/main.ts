/** The demonstration: three embedded brokers, a few hundred real MQTT.js clients, and a story that repeats. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DemoBroker, startBroker } from './broker.ts'
import { openPath } from './path.ts'
import { openStage } from './stage.ts'
import { type Chapter, repeatSeconds, story } from './story.ts'

export interface Demonstration {
  /** The configuration that watches the demonstration's brokers. */
  readonly settingsFile: string
  /** Lets the story begin, once the system is ready. */
  readonly begin: (system: { readonly url: string }) => void
  readonly stop: () => Promise<void>
}

/** Ports of the brokers, if they are free: the same configuration again needs no new assembly. */
const firstPort = 4691
const deviceCount = 300
/** The same devices come and go in the same way at every start. */
const seed = 20_261_122

/** Starts brokers and devices and writes their configuration; `say` prints a line for people. */
export async function startDemonstration(options: { readonly say: (line: string) => void }): Promise<Demonstration> {
  const { say } = options
  const brokers = await Promise.all([
    startBroker('demo-1', firstPort),
    startBroker('demo-2', firstPort + 1),
    startBroker('demo-3', firstPort + 2),
  ])
  const watchersPath = await openPath(brokers[2].port, firstPort + 3)
  const folder = await mkdtemp(join(tmpdir(), 'keepwatch-demo-'))
  const settingsFile = join(folder, 'keepwatch.json')
  await writeFile(settingsFile, JSON.stringify(settingsFor(brokers, watchersPath.port), null, 2))
  const { stage, stop } = await openStage({ brokers, watchersPath, deviceCount, random: seededRandom(seed) })

  const timers: NodeJS.Timeout[] = []
  const tellStory = () => {
    timers.length = 0
    for (const chapter of story) {
      const run = async () => {
        say(`▸ ${announced(chapter)}`)
        await chapter.happens(stage)
      }
      timers.push(setTimeout(() => void run(), chapter.atSeconds * 1000))
    }
    timers.push(setTimeout(tellStory, repeatSeconds * 1000))
  }

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
      timers.forEach((timer) => clearTimeout(timer))
      await stop()
      await watchersPath.close()
      await Promise.all(brokers.map(async (broker) => broker.kill()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function announced({ title, expects = [] }: Chapter): string {
  return expects.length === 0 ? title : `${title} (Expect: ${expects.join(', ')}.)`
}

function settingsFor(brokers: readonly DemoBroker[], lastPort: number) {
  const ports = [...brokers.slice(0, -1).map(({ port }) => port), lastPort]
  return {
    clusters: [
      {
        name: 'demo',
        dialect: 'mosquitto',
        feeds: brokers.map(({ name }, n) => ({
          broker: name,
          url: `mqtt://127.0.0.1:${ports[n]}`,
          connection: { keepalive: 5, reconnectPeriod: 500, maximumReconnectPeriod: 2000 },
        })),
        brokers: [{ name: 'demo-2', maximumConnections: 125 }],
        watchedClients: [{ clientId: 'pump-1', offlineMinutes: 2 }],
        // Shorter than the defaults, so that the story fits into minutes.
        detection: {
          // More than a truck and two processes that throw each other out bring about.
          disconnectRate: { minimumSurplus: 20 },
          imbalance: { openMinutes: 3, clearMinutes: 2 },
          reconnectStorm: { windowMinutes: 2, clearMinutes: 2 },
          refusedRate: { windowMinutes: 2, clearMinutes: 2 },
          flapping: { windowMinutes: 5, clearMinutes: 2 },
          takeoverLoop: { clearMinutes: 2 },
          // That it lost its clients becomes known when it is started again; by then this has told it.
          brokerSilent: { clearMinutes: 18 },
          resources: { openMinutes: 2, clearMinutes: 1 },
          watcherBlind: { openMinutes: 2, clearMinutes: 1 },
        },
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
