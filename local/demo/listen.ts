/** Listening on a port of loopback, or on any free one when that is taken. */
import { once } from 'node:events'
import type { Server } from 'node:net'

/** Lets a server listen; gives the port. */
export async function listen(server: Server, preferredPort: number): Promise<number> {
  try {
    await listenOn(server, preferredPort)
  } catch {
    await listenOn(server, 0)
  }
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : preferredPort
}

async function listenOn(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}
