/** Clients that end in the ways a broker can tell apart, each a real connection of MQTT.js. */
import { connect as connectTcp, createServer, type Socket } from 'node:net'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'

/** Connects and waits for CONNACK. The client does not reconnect. */
export async function connected(port: number, clientId: string, options: IClientOptions = {}): Promise<MqttClient> {
  const client = connect(`mqtt://127.0.0.1:${port}`, { clientId, reconnectPeriod: 0, protocolVersion: 4, ...options })
  client.on('error', () => {})
  await new Promise<void>((done, fail) => {
    client.once('connect', () => done())
    client.once('close', () => fail(new Error(`${clientId} was closed before CONNACK`)))
  })
  return client
}

/** Tries to log in and waits for the refusal. */
export async function refused(port: number, clientId: string, login: { username: string; password: string }) {
  const client = connect(`mqtt://127.0.0.1:${port}`, { clientId, reconnectPeriod: 0, protocolVersion: 4, ...login })
  await new Promise<void>((done) => client.once('error', () => done()))
  client.end(true)
}

/** The TCP socket below a client. */
export function socketOf(client: MqttClient): Socket {
  return client.stream as Socket
}

/** A relay that can stop forwarding while both its sockets stay open: a path that swallows everything. */
export async function blackHole(target: number) {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connectTcp(target, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    swallow: () => {
      for (const socket of sockets) {
        socket.unpipe()
        socket.pause()
      }
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
