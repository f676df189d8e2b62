/** Live stories of brokers: too small, too slow, stopped, started again. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { MqttClient } from 'mqtt'
import mqttPacket from 'mqtt-packet'
import { minuteMs } from '../../../../domain/time.ts'
import { startClient, startFleet } from '../clients.ts'
import type { Ground } from '../ground.ts'
import { startPath } from '../paths.ts'
import type { LiveStory } from '../story.ts'

export const stories: readonly LiveStory[] = [
  {
    title: 'one of two nodes carries most clients and answers seconds late',
    right: ['overloaded_broker'],
    timesSlower: 12,
    happen: async (ground) => {
      const loaded = await ground.mosquitto('node-1')
      const idle = await ground.mosquitto('node-2')
      await ground.watch()
      ground.count(minuteMs / 12)
      let isBusy = false
      const queue = await startPath(ground, loaded.port, { delayMs: () => (isBusy ? 300 + Math.random() * 1500 : 0) })
      const traits = { keepalive: 2, connectTimeout: 2000, reconnectPeriod: 1000 }
      const start = (port: number) => (index: number) =>
        startClient(ground, port, { clientId: `device-${port}-${index}`, ...traits })
      times(40).forEach(start(queue.port))
      times(10).forEach(start(idle.port))
      await ground.until('all to be connected', () => countOf(ground, 'connected') >= 50)
      await ground.pass(5000)
      isBusy = true
      await ground.pass(25_000)
      isBusy = false
      await ground.until('what clients saw', () => unanswered(ground) >= 10)
      return { subject: { of: 'broker', broker: 'node-1' } }
    },
  },
  {
    title: 'logging in takes longer than clients wait; who is connected stays connected',
    right: ['slow_authentication'],
    happen: async (ground) => {
      let isSlow = false
      const { port } = await ground.aedes('node-1', (broker) => {
        broker.authenticate = (client, _username, _password, done) => {
          const waitMs = isSlow && client.id.startsWith('device') ? 1000 + Math.random() * 2500 : 0
          setTimeout(() => done(null, true), waitMs)
        }
      })
      await ground.watch('aedes')
      startFleet(ground, port, 12)
      await ground.until('the fleet', () => countOf(ground, 'connected') >= 12)
      isSlow = true
      const traits = { connectTimeout: 1500, reconnectPeriod: 500 }
      for (const index of times(20)) startClient(ground, port, { clientId: `device-${index}`, ...traits })
      await ground.pass(12_000)
      isSlow = false
      await ground.until('all to be connected', () => countOf(ground, 'connected') >= 32)
      await ground.until('what they saw', () => unanswered(ground) >= 20)
      return { subject: { of: 'broker', broker: 'node-1' } }
    },
  },
  {
    title: 'a broker with 1024 open files, and thirty clients more than fit',
    right: ['connection_limit'],
    timesSlower: 15,
    happen: async (ground) => {
      const { port, folder } = await ground.mosquitto('node-1', [
        'allow_anonymous true',
        'user root',
        'pid_file DIR/pid',
      ])
      execFileSync('prlimit', ['--pid', readFileSync(join(folder, 'pid'), 'utf8').trim(), '--nofile=1024:1024'])
      await ground.watch()
      ground.count(minuteMs / 15)
      for (const tens of times(96)) {
        for (const index of times(10)) startRaw(ground, port, `meter-${10 * tens + index}`)
        await ground.pass(50)
      }
      await ground.until('these', () => countOf(ground, 'connected') >= 960)
      const devices = times(80).map((index) => startClient(ground, port, { clientId: `device-${index}` }))
      // Now and then one leaves and another takes its place: it tells how often it tried.
      const told = () =>
        ground.events().filter(({ type, view, own }) => type === 'refused' && view === 'client' && !own)
      for (let time = 0; time < 13 || (told().length < 60 && time < 25); time += 1) {
        await ground.pass(2000)
        const device = devices.find(({ connected }, index) => index >= time && connected)
        device?.end(() => setTimeout(() => device.reconnect(), 3000))
      }
      return { subject: { of: 'broker', broker: 'node-1' } }
    },
  },
  {
    title: 'a broker is killed and started again; thirty clients come back',
    right: ['broker_restart'],
    timesSlower: 30,
    happen: async (ground) => {
      const broker = await ground.mosquitto()
      await ground.watch()
      ground.count(minuteMs / 30)
      const devices = await startDevices(ground, broker.port, 30, 100)
      await ground.pass(12_000)
      await broker.kill()
      await ground.pass(500)
      await broker.start()
      await ground.until('all to be back', () => devices.every(({ connected }) => connected))
      await ground.pass(12_000)
      return { subject: { of: 'broker', broker: 'node-1' } }
    },
  },
  {
    title: 'sixty clients come back each second until the broker that was killed dies again, three times',
    right: ['reconnect_storm'],
    timesSlower: 20,
    happen: async (ground) => {
      const broker = await ground.mosquitto()
      await ground.watch()
      ground.count(minuteMs / 20)
      const devices = await startDevices(ground, broker.port, 60, 20)
      await ground.pass(12_000)
      for (let death = 0; death < 3; death += 1) {
        await broker.kill()
        await ground.pass(1500)
        await broker.start()
        await ground.until('all to be back', () => devices.every(({ connected }) => connected))
        await ground.pass(1000)
      }
      await ground.pass(16_000)
      return { subject: { of: 'broker', broker: 'node-1' } }
    },
  },
  {
    title: 'a broker hangs for 9 s and then drops all whose pings it did not read',
    right: ['broker_stall'],
    happen: async (ground) => {
      const stalling = await ground.mosquitto('node-1')
      const other = await ground.mosquitto('node-2')
      await ground.watch()
      for (const [index, { port }] of [stalling, other].entries()) {
        for (const number of times(15)) {
          const clientId = `device-${index}-${number}`
          startClient(ground, port, { clientId, isMute: number % 3 !== 0, keepalive: 4 })
        }
      }
      await ground.until('all to be connected', () => countOf(ground, 'connected') >= 30)
      await ground.pass(6000)
      stalling.signal('SIGSTOP')
      await ground.pass(9000)
      stalling.signal('SIGCONT')
      await ground.until('the ends', () => countOf(ground, 'disconnected') >= 15)
      await ground.pass(3000)
      return { subject: { of: 'broker', broker: 'node-1' } }
    },
  },
]

const times = (count: number) => Array.from({ length: count }, (_, index) => index)

/** Clients that reconnect each second, started one after another; two of three observe themselves. */
async function startDevices(ground: Ground, port: number, count: number, apartMs: number) {
  const devices: MqttClient[] = []
  for (const index of times(count)) {
    await ground.pass(apartMs)
    devices.push(startClient(ground, port, { clientId: `device-${index}`, isMute: index % 3 === 0, keepalive: 5 }))
  }
  await ground.until('all to be connected', () => countOf(ground, 'connected') >= count)
  return devices
}

function countOf(ground: Ground, type: 'connected' | 'disconnected'): number {
  return ground.events().filter((event) => event.type === type && event.view === 'broker' && !event.own).length
}

/** A client that only connects, and says nothing more. */
function startRaw({ defer }: Ground, port: number, clientId: string): void {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined)
  defer(() => socket.destroy())
  const protocol = { protocolId: 'MQTT', protocolVersion: 4 } as const
  socket.write(mqttPacket.generate({ cmd: 'connect', clientId, clean: true, keepalive: 600, ...protocol }))
}

/** Attempts that clients told of which got no CONNACK. */
function unanswered(ground: Ground): number {
  return ground.events().filter(({ evidence }) => evidence?.clientCause === 'connack_timeout').length
}
