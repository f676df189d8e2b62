/** A network path to a broker that can be cut: a TCP relay. */
import { connect, createServer, type Socket } from 'node:net'
import { listen } from './listen.ts'

export interface NetworkPath {
  readonly port: number
  /** Resets what is connected and refuses what comes, until healed. */
  readonly cut: () => void
  readonly heal: () => void
  readonly close: () => Promise<void>
}

/** Opens a path to a port of loopback. */
export async function openPath(target: number, preferredPort = 0): Promise<NetworkPath> {
  let isCut = false
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    if (isCut) {
      near.resetAndDestroy()
      return
    }
    const far = connect(target, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.once('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  })
  const port = await listen(server, preferredPort)
  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    port,
    cut: () => {
      isCut = true
      reset()
    },
    heal: () => {
      isCut = false
    },
    close: async () => {
      reset()
      await new Promise<void>((done) => server.close(() => done()))
    },
  }
}
