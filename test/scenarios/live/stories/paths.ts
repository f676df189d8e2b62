/** Live stories of paths between client and broker. */
import { createServer } from 'node:net'
import { startClient, startFleet, startProcess } from '../clients.ts'
import { listen, startPath } from '../paths.ts'
import type { LiveStory } from '../story.ts'

export const stories: readonly LiveStory[] = [
  {
    title:
      'a proxy cuts what was idle for 6 s: four meters with a keepalive of 9 s; who pings in time or is busy stays',
    right: ['idle_timeout'],
    happen: async (ground) => {
      const { port } = await ground.mosquitto()
      await ground.watch()
      const path = await startPath(ground, port, { idleLimitMs: 6000 })
      startFleet(ground, port, 4)
      startClient(ground, path.port, { clientId: 'busy', everyMs: 500 })
      for (const index of [1, 2, 3]) startClient(ground, path.port, { clientId: `pinging-${index}`, keepalive: 2 })
      const meters = [1, 2, 3, 4].map((index) => `meter-${index}`)
      // Meters of one fleet are not cut in step: what one moment ends counts once.
      for (const [index, clientId] of meters.entries()) {
        startClient(ground, path.port, { clientId, keepalive: 9, reconnectPeriod: 300 + 250 * index })
        await ground.pass(700)
      }
      const cuts = (clientId: string) => ground.of(clientId, 'disconnected', 'client').length
      await ground.until('six cuts of each', () => meters.every((clientId) => cuts(clientId) >= 6))
      return { subject: { of: 'broker', broker: 'node-1' } }
    },
  },
  {
    title: 'a firewall forgets a connection: the broker hears of it, the client finds out by its own timer',
    right: ['half_open'],
    happen: async (ground) => {
      const { port } = await ground.mosquitto()
      await ground.watch()
      const path = await startPath(ground, port)
      startFleet(ground, port, 4)
      const sensor = startClient(ground, path.port, { clientId: 'sensor', keepalive: 8, reconnectPeriod: 500 })
      for (let loss = 1; loss <= 3; loss += 1) {
        await ground.until('a connection', () => sensor.connected)
        await ground.pass(1000)
        path.forget()
        await ground.until('what it saw', () => ground.of('sensor', 'disconnected', 'client').length >= loss)
      }
      return { subject: { of: 'client', clientId: 'sensor' } }
    },
  },
  {
    title: 'the path of one client is dead for seconds, three times: both sides give up by their timers',
    right: ['client_stall'],
    timesSlower: 10,
    happen: async (ground) => {
      const { port } = await ground.mosquitto()
      await ground.watch()
      const path = await startPath(ground, port)
      startFleet(ground, port, 4)
      // It waits before it tries again: an outage lasts as long as mosquitto takes to notice it.
      const traits = { clientId: 'sensor', keepalive: 2, reconnectPeriod: 8000, connectTimeout: 3000 }
      const sensor = startClient(ground, path.port, traits)
      await ground.until('a connection', () => sensor.connected)
      for (let outage = 1; outage <= 3; outage += 1) {
        await ground.pass(1000)
        path.down()
        await ground.until('the broker to notice', () => ground.of('sensor', 'disconnected').length >= outage)
        await ground.until('the client to notice', () => !sensor.connected)
        path.up()
        await ground.until('it to be back', () => sensor.connected)
      }
      await ground.until('what it saw', () => ground.of('sensor', 'disconnected', 'client').length >= 3)
      return { subject: { of: 'client', clientId: 'sensor' } }
    },
  },
  {
    title: 'a phone changes its network: it is back before the broker knows that it was gone',
    right: ['benign_takeover'],
    timesSlower: 40,
    happen: async (ground) => {
      const { port } = await ground.mosquitto()
      await ground.watch()
      const path = await startPath(ground, port)
      startFleet(ground, port, 4)
      const phone = startClient(ground, path.port, { clientId: 'phone', keepalive: 8, reconnectPeriod: 500 })
      await ground.until('a connection', () => ground.of('phone', 'connected').length > 0)
      await ground.pass(1000)
      path.swallow()
      await ground.pass(5000)
      // As its application does when the system says that the network is another.
      phone.reconnect()
      await ground.until('the take-over', () => ground.of('phone', 'disconnected').length > 0)
      await ground.pass(12_000)
      return { subject: { of: 'client', clientId: 'phone' } }
    },
  },
  {
    title: 'the broker is not there: refused, time and again',
    right: ['endpoint_down'],
    timesSlower: 8,
    happen: async (ground) => {
      const broker = await ground.mosquitto()
      await ground.watch()
      await broker.kill()
      const fromMs = Date.now()
      let attempts = 0
      const log = (line: string) => void (attempts += line.includes('"closed"') ? 1 : 0)
      startClient(ground, broker.port, { clientId: 'pump', reconnectPeriod: 1000, log })
      await ground.until('twelve attempts', () => attempts >= 12)
      const toMs = Date.now()
      await broker.start()
      // It tells of them when it is let in.
      await ground.until('what the client saw', () => ground.of('pump', 'refused', 'client').length >= 12)
      return { subject: { of: 'client', clientId: 'pump' }, fromMs, toMs }
    },
  },
  {
    title: 'the name of the broker does not exist',
    right: ['endpoint_down'],
    timesSlower: 8,
    happen: async (ground) => {
      await ground.mosquitto()
      await ground.watch()
      const lines: string[] = []
      const traits = { clientId: 'pump', reconnectPeriod: 1000, log: (line: string) => void lines.push(line) }
      startClient(ground, 'mqtt://broker.plant.invalid:1883', traits)
      await ground.until('twelve attempts', () => lines.filter((line) => line.includes('"closed"')).length >= 12)
      for (const line of lines) ground.post(line, 'node-1')
      return { subject: { of: 'client', clientId: 'pump' } }
    },
  },
  {
    title: 'one client connects to a port where nobody speaks MQTT; others are fine',
    right: ['wrong_endpoint'],
    happen: async (ground) => {
      const { port } = await ground.mosquitto()
      await ground.watch()
      startFleet(ground, port, 6)
      const silent = createServer((socket) => socket.on('error', () => undefined).resume())
      ground.defer(() => silent.close())
      const silentPort = await listen(silent)
      const lines: string[] = []
      startClient(ground, silentPort, {
        clientId: 'valve',
        reconnectPeriod: 500,
        connectTimeout: 1500,
        log: (line) => void lines.push(line),
      })
      await ground.until('eight attempts', () => lines.filter((line) => line.includes('"closed"')).length >= 8)
      for (const line of lines) ground.post(line, 'node-1')
      return { subject: { of: 'client', clientId: 'valve' } }
    },
  },
  {
    title: 'a vehicle comes from another address each time, over a network that loses it',
    right: ['changing_network'],
    happen: async (ground) => {
      const { port } = await ground.mosquitto()
      await ground.watch()
      startFleet(ground, port, 4)
      for (const [index, ms] of [3000, 1500, 6500, 2200, 5000, 4000].entries()) {
        const seen = ground.of('truck', 'connected').length
        const localAddress = `127.0.${index + 1}.${17 * (index + 1)}`
        const truck = startProcess(ground, {
          url: `mqtt://127.0.0.1:${port}`,
          options: {},
          clientIds: ['truck'],
          localAddress,
        })
        await ground.until('a connection', () => ground.of('truck', 'connected').length > seen)
        await ground.pass(ms)
        truck.kill('SIGKILL')
        await ground.until('its end', () => ground.of('truck', 'disconnected').length > seen)
      }
      return { subject: { of: 'client', clientId: 'truck' } }
    },
  },
]
