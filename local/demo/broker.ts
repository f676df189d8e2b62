/** One embedded MQTT broker that can be killed and started again on the same port. */
import { createServer, type Server, type Socket } from 'node:net'
import { Aedes } from 'aedes'
import stats from 'aedes-stats'

export interface DemoBroker {
  readonly name: string
  readonly port: number
  readonly start: () => Promise<void>
  /** Ends every connection without a goodbye, as a crash does. */
  readonly kill: () => Promise<void>
}

/** Starts a broker on a free port of loopback. */
export async function startBroker(name: string): Promise<DemoBroker> {
  let running: { aedes: Aedes; server: Server; sockets: Set<Socket> } | undefined
  let port = 0
  const start = async () => {
    const aedes = await Aedes.createBroker({ id: name, heartbeatInterval: 5000 })
    stats(aedes, { interval: 1000 })
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      aedes.handle(socket)
    })
    await new Promise<void>((done, fail) => {
      server.once('error', fail)
      server.listen(port, '127.0.0.1', done)
    })
    const address = server.address()
    if (typeof address === 'object' && address !== null) port = address.port
    running = { aedes, server, sockets }
  }
  const kill = async () => {
    if (running === undefined) return
    const { aedes, server, sockets } = running
    running = undefined
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((done) => server.close(() => done()))
    await new Promise<void>((done) => aedes.close(() => done()))
  }
  await start()
  return { name, port, start, kill }
}
