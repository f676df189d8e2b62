/** What the story acts with: the devices, their network paths, and what can befall them and the brokers. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { extname, join } from 'node:path'
import process from 'node:process'
import type { DemoBroker } from './broker.ts'
import { type Device, startDevice } from './device.ts'
import { type NetworkPath, openPath } from './path.ts'
import type { Stage } from './story.ts'
import { revokedPassword } from './telling.ts'

export interface OpenStage {
  readonly stage: Stage
  readonly stop: () => Promise<void>
}

interface StageOptions {
  readonly brokers: readonly [DemoBroker, DemoBroker, DemoBroker]
  /** The way on which Keepwatch reaches the last broker. */
  readonly watchersPath: NetworkPath
  readonly deviceCount: number
  readonly random: () => number
}

const connectSpreadMs = 6000
const goodbyesEveryMs = 7000
const dropsEveryMs = 9000
const loopEveryMs = 5000
const loopingDevices = 25
const visitorCount = 16
const revokedCount = 12
const revokedPauseMs = 3000

/** Starts the devices. */
export async function openStage({ brokers, watchersPath, deviceCount, random }: StageOptions): Promise<OpenStage> {
  const paths = await Promise.all(brokers.map(async (broker) => openPath(broker.port)))
  const direct = brokers.map((broker) => `mqtt://127.0.0.1:${broker.port}`)
  const throughPath = paths.map((path) => `mqtt://127.0.0.1:${path.port}`)
  const [first = '', second = '', third = ''] = direct
  const devices = Array.from({ length: deviceCount }, (_, n) => {
    const site = n % 2 === 0 ? { name: 'north', urls: throughPath } : { name: 'south', urls: direct }
    const home = Math.floor(n / 3) % brokers.length
    const others = site.urls.toSpliced(home, 1)
    const urls = [...site.urls.slice(home, home + 1), ...(n % 4 < 2 ? others : others.toReversed())]
    return startDevice({ clientId: `${site.name}-${numbered(n)}`, urls, random }, connectSpreadMs)
  })
  const pump = startDevice({ clientId: 'pump-1', urls: [first], random, observes: true }, connectSpreadMs)
  const truck = startDevice({ clientId: 'truck-12', urls: [second], random, observes: true }, connectSpreadMs)
  const looping = devices.filter((_, n) => n % 2 === 1 && Math.floor(n / 3) % brokers.length === 0)
  const guests: Device[] = []
  const revoked: Device[] = []
  const twins: ChildProcess[] = []
  const timers = new Set<NodeJS.Timeout>()
  const every = (ms: number, does: () => void) => {
    const timer = setInterval(does, ms)
    timers.add(timer)
    return () => clearInterval(timer)
  }
  let fasten: (() => void) | undefined
  let stopLooping: (() => void) | undefined
  every(goodbyesEveryMs, () => devices[Math.floor(random() * devices.length)]?.goHome(2000 + random() * 3000))

  const stage: Stage = {
    cutSite: () => paths.forEach((path) => path.cut()),
    healSite: () => paths.forEach((path) => path.heal()),
    blindWatcher: () => watchersPath.cut(),
    healWatcher: () => watchersPath.heal(),
    startWatchdog: () => {
      fasten = every(dropsEveryMs, truck.drop)
    },
    stopWatchdog: () => fasten?.(),
    unplugPump: () => pump.unplug(),
    plugInPump: () => pump.plugIn(),
    shareClientId: () => {
      while (twins.length < 2) twins.push(startTwin(first))
    },
    stopSharing: async () => endTwin(twins.pop()),
    deliverRevoked: () => {
      const options = { urls: [third], random, password: revokedPassword, pauseMs: revokedPauseMs }
      for (let n = 0; n < revokedCount; n += 1) {
        revoked.push(startDevice({ ...options, clientId: `sensor-${numbered(n)}` }, revokedPauseMs))
      }
    },
    withdrawRevoked: async () => stopAll(revoked),
    loop: () => {
      stopLooping = every(loopEveryMs, () => {
        for (const device of looping.slice(0, loopingDevices)) device.goHome(500 + random() * 2000)
      })
    },
    stopLooping: () => stopLooping?.(),
    receiveVisitors: () => {
      for (let n = 0; n < visitorCount; n += 1) {
        guests.push(startDevice({ clientId: `visitor-${numbered(n)}`, urls: [second], random }, connectSpreadMs))
      }
    },
    seeVisitorsOff: async () => stopAll(guests),
    hush: () => brokers[1].hush(),
    loseClients: () => brokers[1].loseClients(),
    restart: async () => {
      await brokers[1].kill()
      await brokers[1].start()
    },
    goHome: () => {
      for (const device of devices) if (device.isAway()) device.goHome(1000 + random() * 15_000)
    },
  }
  return {
    stage,
    stop: async () => {
      for (const timer of timers) clearInterval(timer)
      await Promise.all(twins.map(endTwin))
      await stopAll([...devices, pump, truck, ...guests, ...revoked])
      await Promise.all(paths.map(async (path) => path.close()))
    },
  }
}

const numbered = (n: number) => String(n).padStart(3, '0')

async function stopAll(devices: Device[]): Promise<void> {
  await Promise.all(devices.splice(0).map(async (device) => device.stop()))
}

function startTwin(url: string): ChildProcess {
  const script = join(import.meta.dirname, `twin${extname(import.meta.filename)}`)
  return spawn(process.execPath, [script, url, 'gateway-7'], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
}

async function endTwin(twin: ChildProcess | undefined): Promise<void> {
  if (twin === undefined || twin.exitCode !== null || twin.signalCode !== null) return
  twin.kill()
  await once(twin, 'exit')
}
