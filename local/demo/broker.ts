/** One embedded MQTT broker that can hang, and be killed and started again on the same port. */
import { createServer, type Server, type Socket } from 'node:net'
import { Aedes } from 'aedes'
import { listen } from './listen.ts'
import { type Telling, tellAsMosquitto } from './telling.ts'

export interface DemoBroker {
  readonly name: string
  readonly port: number
  readonly start: () => Promise<void>
  /** Tells nothing of its clients any more. */
  readonly hush: () => void
  /** Ends every connection but those of whoever watches it, and answers nobody who comes. */
  readonly loseClients: () => void
  /** Ends every connection without a goodbye, as a crash does. */
  readonly kill: () => Promise<void>
}

interface Running {
  readonly aedes: Aedes
  readonly server: Server
  readonly sockets: Set<Socket>
  readonly telling: Telling
  hangs: boolean
}

/** Starts a broker on a port of loopback; on any free one when that is taken. */
export async function startBroker(name: string, preferredPort: number): Promise<DemoBroker> {
  let running: Running | undefined
  let port = preferredPort
  const start = async () => {
    const aedes = await Aedes.createBroker({ id: name })
    const telling = tellAsMosquitto(aedes)
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      if (running?.hangs === true) socket.on('error', () => {}).resume()
      else aedes.handle(socket)
    })
    port = await listen(server, port)
    running = { aedes, server, sockets, telling, hangs: false }
  }
  await start()
  return {
    name,
    port,
    start,
    hush: () => running?.telling.hush(),
    loseClients: () => {
      if (running === undefined) return
      running.hangs = true
      const watching = new Set(watchersOf(running.aedes))
      for (const socket of running.sockets) if (!watching.has(socket)) socket.destroy()
    },
    kill: async () => {
      if (running === undefined) return
      const { aedes, server, sockets, telling } = running
      running = undefined
      telling.stop()
      telling.hush()
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((done) => server.close(() => done()))
      await new Promise<void>((done) => aedes.close(() => done()))
    },
  }
}

/** Connections of Keepwatch. */
function watchersOf(aedes: Aedes): unknown[] {
  const clients: unknown = Reflect.get(aedes, 'clients')
  const named = typeof clients === 'object' && clients !== null ? Object.entries(clients) : []
  return named.flatMap(([id, { conn }]) => (id.startsWith('keepwatch-') ? [conn] : []))
}
