/** A path between a watcher and the broker that can be cut, swallow everything, or refuse. */
import { connect, createServer, type Socket } from 'node:net'

export interface Relay {
  readonly port: number
  /** Ends every connection with a reset. */
  readonly cut: () => void
  /** Forwards nothing any more, while all connections stay open. */
  readonly swallow: () => void
  /** Ends every connection, and each new one at once. */
  readonly refuse: () => void
  readonly heal: () => void
  readonly close: () => Promise<void>
}

/** Starts a relay to a port of this machine. */
export async function startRelay(targetPort: number): Promise<Relay> {
  const sockets = new Set<Socket>()
  let mode: 'pass' | 'swallow' | 'refuse' = 'pass'
  const server = createServer((near) => {
    if (mode === 'refuse') {
      near.resetAndDestroy()
      return
    }
    const far = connect(targetPort, '127.0.0.1')
    couple(near, far)
    couple(far, near)
  })
  /** What arrives at one side leaves at the other; an end or a fault of one ends the other. */
  function couple(from: Socket, to: Socket): void {
    sockets.add(from)
    if (mode === 'swallow') from.pause()
    from.on('data', (chunk) => {
      if (!to.write(chunk)) from.pause()
    })
    to.on('drain', () => {
      if (mode !== 'swallow') from.resume()
    })
    from.on('end', () => to.end())
    from.on('error', () => undefined)
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut,
    swallow: () => {
      mode = 'swallow'
      for (const socket of sockets) socket.pause()
    },
    refuse: () => {
      mode = 'refuse'
      cut()
    },
    heal: () => {
      mode = 'pass'
      for (const socket of sockets) socket.resume()
    },
    close: async () => {
      cut()
      await new Promise((done) => server.close(done))
    },
  }
}
