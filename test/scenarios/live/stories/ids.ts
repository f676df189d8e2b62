/** Live stories of client ids: two processes with one, workers with one, one on two brokers, a new one each time. */
import { startClient, startFleet, startProcess } from '../clients.ts'
import { startPath } from '../paths.ts'
import type { LiveStory } from '../story.ts'

export const stories: readonly LiveStory[] = [
  {
    title: 'two machines with one client id',
    right: ['duplicate_client_id'],
    happen: async (ground) => {
      const { port } = await ground.mosquitto()
      await ground.watch()
      startFleet(ground, port, 4)
      for (const localAddress of ['127.0.0.2', '127.0.0.3']) {
        startProcess(ground, { url: `mqtt://127.0.0.1:${port}`, options: {}, clientIds: ['line-4'], localAddress })
      }
      await ground.until('ten take-overs', () => ground.of('line-4', 'disconnected').length >= 10)
      return { subject: { of: 'client', clientId: 'line-4' } }
    },
  },
  {
    title: 'three workers of one application with one client id',
    right: ['forked_client_id'],
    happen: async (ground) => {
      const { port } = await ground.mosquitto()
      await ground.watch()
      startFleet(ground, port, 4)
      for (let worker = 0; worker < 3; worker += 1) {
        startProcess(ground, { url: `mqtt://127.0.0.1:${port}`, options: {}, clientIds: ['gateway'] })
      }
      await ground.until('fifteen take-overs', () => ground.of('gateway', 'disconnected').length >= 15)
      return { subject: { of: 'client', clientId: 'gateway' } }
    },
  },
  {
    title: 'a copied id lives on two brokers at once',
    right: ['id_on_two_brokers'],
    timesSlower: 12,
    happen: async (ground) => {
      const brokers = [await ground.mosquitto('node-1'), await ground.mosquitto('node-2')]
      await ground.watch()
      const paths = await Promise.all(brokers.map(async ({ port }) => startPath(ground, port)))
      for (const [index, { port }] of brokers.entries()) startFleet(ground, port, 3, `fleet-${index}`)
      for (const { port } of paths) {
        startClient(ground, port, { clientId: 'robot', everyMs: 600, keepalive: 2, reconnectPeriod: 500 })
      }
      await ground.until('both', () => ground.of('robot', 'connected').length >= 2)
      for (let time = 1; time <= 2; time += 1) {
        await ground.pass(6500)
        for (const path of paths) path.cut()
        await ground.until('their ends', () => ground.of('robot', 'disconnected').length >= 2 * time)
      }
      return { subject: { of: 'client', clientId: 'robot' } }
    },
  },
  {
    title: 'an application takes a new id for each connection and asks the broker to keep its session',
    right: ['orphan_sessions'],
    happen: async (ground) => {
      const { port } = await ground.mosquitto()
      await ground.watch()
      startFleet(ground, port, 4)
      for (let time = 0; time < 30; time += 1) {
        const clientId = `mqttjs_${Math.random().toString(16).slice(2, 10)}`
        const client = startClient(ground, port, { clientId, clean: false, address: '127.0.0.4' })
        await ground.until('a connection', () => ground.of(clientId, 'connected').length > 0)
        client.subscribe(`jobs/${time}`)
        client.stream.destroy()
        client.end(true)
      }
      await ground.pass(3000)
      return { subject: { of: 'broker', broker: 'node-1' } }
    },
  },
]
