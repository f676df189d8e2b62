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

/** Starts a broker on a port of loopback; on any free one when that is taken. */
export async function startBroker(name: string, preferredPort: number): Promise<DemoBroker> {
  let running: { aedes: Aedes; server: Server; sockets: Set<Socket> } | undefined
  let port = preferredPort
  const start = async () => {
    const aedes = await Aedes.createBroker({ id: name, heartbeatInterval: 5000 })
    stats(aedes, { interval: 1000 })
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      aedes.handle(socket)
    })
    port = await listen(server, port)
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
  await start().catch(async () => {
    port = 0
    await start()
  })
  return { name, port, start, kill }
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(port, '127.0.0.1', done)
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}
