/** Live stories of what clients do: break the protocol, stand still, say goodbye; and of what only looks like clients. */
import { connect } from 'node:net'
import mqttPacket from 'mqtt-packet'
import { startClient, startFleet, startProcess } from '../clients.ts'
import type { LiveStory } from '../story.ts'

/** SUBSCRIBE without the flags that it must have [MQTT-3.8.1-1]. */
const malformed = Buffer.from([0x80, 0x02, 0x00, 0x01])

export const stories: readonly LiveStory[] = [
  {
    title: 'a home-made client sends a packet that is none, each time',
    right: ['protocol_violation'],
    happen: async (ground) => {
      const { port } = await ground.mosquitto()
      await ground.watch()
      startFleet(ground, port, 4)
      for (let time = 1; time <= 10; time += 1) {
        const socket = connect(port, '127.0.0.1').on('error', () => undefined)
        ground.defer(() => socket.destroy())
        socket.write(
          mqttPacket.generate({
            cmd: 'connect',
            clientId: 'scale',
            clean: true,
            keepalive: 60,
            protocolId: 'MQTT',
            protocolVersion: 4,
          }),
        )
        await ground.until('it to be connected', () => ground.of('scale', 'connected').length >= time)
        socket.write(malformed)
        await ground.until('its end', () => ground.of('scale', 'disconnected').length >= time)
      }
      return { subject: { of: 'client', clientId: 'scale' } }
    },
  },
  {
    title: 'a process is suspended for longer than 1.5 times its keepalive, three times',
    right: ['client_stall'],
    happen: async (ground) => {
      const { port } = await ground.mosquitto()
      await ground.watch()
      startFleet(ground, port, 5)
      const child = startProcess(ground, {
        url: `mqtt://127.0.0.1:${port}`,
        options: { keepalive: 2 },
        clientIds: ['camera'],
      })
      for (let stall = 1; stall <= 3; stall += 1) {
        await ground.until('a connection', () => ground.of('camera', 'connected').length >= stall)
        await ground.pass(1500 + 800 * stall)
        child.kill('SIGSTOP')
        await ground.until('the broker to notice', () => ground.of('camera', 'disconnected').length >= stall)
        child.kill('SIGCONT')
      }
      await ground.until('what it saw', () => ground.of('camera', 'disconnected', 'client').length >= 3)
      return { subject: { of: 'client', clientId: 'camera' } }
    },
  },
  {
    title: 'a process with clients on two brokers is suspended: all of them are dropped together',
    right: ['process_stall'],
    happen: async (ground) => {
      const brokers = [await ground.mosquitto('node-1'), await ground.mosquitto('node-2')]
      await ground.watch()
      for (const [index, { port }] of brokers.entries()) startFleet(ground, port, 6, `fleet-${index}`)
      const traits = brokers.map(({ port }, index) => ({
        url: `mqtt://127.0.0.1:${port}`,
        options: { keepalive: 2 },
        clientIds: [0, 1, 2, 3].map((n) => `bridge-${index}-${n}`),
      }))
      const child = startProcess(ground, ...traits)
      const bridges = (type: 'connected' | 'disconnected', view: 'broker' | 'client') =>
        ground
          .events()
          .filter((event) => event.type === type && event.view === view && event.clientId?.startsWith('bridge')).length
      for (let stall = 1; stall <= 2; stall += 1) {
        await ground.until('the connections', () => bridges('connected', 'broker') >= 8 * stall)
        await ground.pass(3000)
        child.kill('SIGSTOP')
        await ground.until('the brokers to notice', () => bridges('disconnected', 'broker') >= 8 * stall)
        child.kill('SIGCONT')
      }
      await ground.until('what they saw', () => bridges('disconnected', 'client') >= 16)
      return { subject: { of: 'cluster' } }
    },
  },
  {
    title: 'a load balancer opens a connection each second and says nothing',
    // To mosquitto it is nobody: nothing is recorded, and so there is nothing to explain.
    right: ['unknown'],
    happen: async (ground) => {
      const { port } = await ground.mosquitto()
      await ground.watch()
      startFleet(ground, port, 4)
      for (let check = 0; check < 12; check += 1) {
        const socket = connect(port, '127.0.0.1', () => socket.end())
        socket.on('error', () => undefined).resume()
        await ground.pass(1000)
      }
      return { subject: { of: 'broker', broker: 'node-1' } }
    },
  },
  {
    title: 'clients come, say goodbye and go',
    right: ['graceful'],
    happen: async (ground) => {
      const { port } = await ground.mosquitto()
      await ground.watch()
      startFleet(ground, port, 4)
      for (let time = 1; time <= 12; time += 1) {
        const client = startClient(ground, port, { clientId: 'backup' })
        await ground.until('a connection', () => ground.of('backup', 'connected').length >= time)
        await client.endAsync()
        await ground.until('its end', () => ground.of('backup', 'disconnected').length >= time)
      }
      return { subject: { of: 'client', clientId: 'backup' } }
    },
  },
]
