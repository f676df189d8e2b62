/** One MQTT connection in as little as it takes: a socket, CONNECT, and the ways to leave. */
import { connect } from 'node:net'
import { generate } from 'mqtt-packet'

export interface Connection {
  readonly clientId: string
  /** Its own port, as the broker tells it. */
  readonly localPort: number
  /** Settles when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>
  /** Says DISCONNECT, then closes. */
  readonly disconnect: () => void
  /** Closes without a word. */
  readonly fin: () => void
  readonly reset: () => void
}

const goodbye = generate({ cmd: 'disconnect' })
const connackType = 0x20
const patienceMs = 30_000

/** Connects and waits for CONNACK; undefined when the broker did not answer. */
export async function openConnection(options: {
  readonly port: number
  readonly clientId: string
  readonly keepaliveSeconds?: number
}): Promise<Connection | undefined> {
  const { clientId, keepaliveSeconds: keepalive = 0 } = options
  const socket = connect(options.port, '127.0.0.1')
  const closed = new Promise<void>((done) => socket.once('close', () => done()))
  socket.on('error', () => undefined)
  socket.setTimeout(patienceMs, () => socket.destroy())
  const greeting = generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    clientId,
    keepalive,
  })
  socket.once('connect', () => socket.write(greeting))
  const answered = new Promise<boolean>((done) => {
    socket.once('data', (chunk) => done(chunk[0] === connackType))
    socket.once('close', () => done(false))
  })
  if (!(await answered)) {
    socket.destroy()
    return undefined
  }
  socket.setTimeout(0)
  socket.resume()
  return {
    clientId,
    localPort: socket.localPort ?? 0,
    closed,
    disconnect: () => socket.end(goodbye),
    fin: () => socket.end(),
    reset: () => socket.resetAndDestroy(),
  }
}
