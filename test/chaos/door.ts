/** The way to the queue, which can be shut in several manners. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

/** `forget`: the queue takes the message, and the answer is lost on its way back. */
export type DoorMode = 'pass' | 'unavailable' | 'reset' | 'hang' | 'forget'

export interface Door {
  readonly port: number
  readonly set: (mode: DoorMode) => void
  readonly close: () => Promise<void>
}

/** Starts a door before an HTTP server of this machine. */
export async function startDoor(targetPort: number): Promise<Door> {
  let mode: DoorMode = 'pass'
  const hanging = new Set<ServerResponse>()
  const server = createServer((asked, answer) => {
    if (mode === 'pass' || mode === 'forget') return forward(asked, answer, targetPort, () => mode === 'forget')
    asked.resume()
    if (mode === 'hang') hanging.add(answer)
    else if (mode === 'reset') asked.socket.resetAndDestroy()
    else answer.writeHead(503).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    set: (next) => {
      mode = next
      for (const answer of hanging) answer.destroy()
      hanging.clear()
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

function forward(asked: IncomingMessage, answer: ServerResponse, port: number, forgets: () => boolean): void {
  const { method, url: path, headers } = asked
  const passed = request({ host: '127.0.0.1', port, method, path, headers }, (got) => {
    if (forgets()) {
      asked.socket.resetAndDestroy()
      got.resume()
      return
    }
    answer.writeHead(got.statusCode ?? 500, got.headers)
    got.pipe(answer)
  })
  passed.on('error', () => answer.destroy())
  asked.on('error', () => passed.destroy())
  asked.pipe(passed)
}
