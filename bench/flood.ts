/** A broker in as little as it takes: accepts, grants, then writes events as fast as they are read, or at a pace. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { generate, type Packet, parser } from 'mqtt-packet'
import { emqxMessage } from './events.ts'

const distinct = 5000
const perChunk = 250

export interface Flood {
  readonly port: number
  /** When the first events are about to be written, by `performance.now()`. */
  readonly subscribed: Promise<number>
  readonly close: () => Promise<void>
}

/** Listens on loopback; each connection that subscribes is sent `events` events, the same few thousand again and again. */
export async function startFlood(events: number): Promise<Flood> {
  const chunks = chunksOf(Date.now())
  const sockets = new Set<Socket>()
  const subscribed = Promise.withResolvers<number>()
  const server = createServer((socket) => {
    sockets.add(socket)
    const incoming = parser({ protocolVersion: 5 })
    socket.on('data', (chunk) => incoming.parse(chunk))
    socket.on('error', () => undefined)
    let started = false
    incoming.on('packet', (packet: Packet) => {
      const reply = replyTo(packet)
      if (reply !== undefined) socket.write(generate(reply, { protocolVersion: 5 }))
      if (packet.cmd !== 'subscribe' || started) return
      started = true
      // What follows a subscription at its subscriber is over by then.
      setTimeout(() => {
        subscribed.resolve(performance.now())
        void write(socket, chunks, events)
      }, 1000)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    subscribed: subscribed.promise,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}

function chunksOf(nowMs: number): Buffer[] {
  return Array.from({ length: distinct / perChunk }, (_, chunk) =>
    Buffer.concat(
      Array.from({ length: perChunk }, (__, n) => {
        const { topic, payload } = emqxMessage(chunk * perChunk + n, nowMs)
        return generate({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false }, { protocolVersion: 5 })
      }),
    ),
  )
}

function replyTo(packet: Packet): Packet | undefined {
  if (packet.cmd === 'connect') return { cmd: 'connack', reasonCode: 0, sessionPresent: false }
  if (packet.cmd === 'pingreq') return { cmd: 'pingresp' }
  if (packet.cmd !== 'subscribe') return undefined
  return { cmd: 'suback', messageId: packet.messageId ?? 1, granted: packet.subscriptions.map(() => 0) }
}

async function write(socket: Socket, chunks: readonly Buffer[], events: number): Promise<void> {
  for (let sent = 0; sent < events; sent += perChunk) {
    const chunk = chunks[(sent / perChunk) % chunks.length]
    if (chunk !== undefined && !socket.write(chunk)) await once(socket, 'drain')
  }
}
