/** CPU per event of the watcher (parse, read, identify, batch, compress), beside an MQTT.js subscriber that does nothing. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { generate, type Packet, parser } from 'mqtt-packet'
import { emqxMessage } from './events.ts'
import { median, printTable } from './table.ts'

const eventCount = 200_000
const distinct = 5000
const rounds = 3

export async function benchWatcher(): Promise<void> {
  const flood = await startFlood()
  const figures: Record<'noop' | 'watcher', number[]> = { noop: [], watcher: [] }
  const megabytes: Record<'noop' | 'watcher', number[]> = { noop: [], watcher: [] }
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of ['noop', 'watcher'] as const) {
      const { cpuMicroseconds, residentBytes } = await subject(kind, flood.port)
      figures[kind].push(cpuMicroseconds / eventCount)
      megabytes[kind].push(residentBytes / 1e6)
    }
  }
  await flood.close()
  const base = median(figures.noop)
  const row = (what: string, kind: 'noop' | 'watcher') => ({
    what,
    'CPU µs/event (median of 3)': median(figures[kind]).toFixed(2),
    'of the no-op': (median(figures[kind]) / base).toFixed(2),
    'resident MB': Math.round(median(megabytes[kind])),
  })
  process.stdout.write(
    `${eventCount} events of EMQX at QoS 0, MQTT 5, in bulk; CPU of the process after its first event\n\n`,
  )
  printTable([row('MQTT.js subscriber that does nothing', 'noop'), row('watcher, shipping to nowhere', 'watcher')])
}

interface Figures {
  readonly cpuMicroseconds: number
  readonly residentBytes: number
}

async function subject(kind: 'noop' | 'watcher', port: number): Promise<Figures> {
  const script = join(import.meta.dirname, 'watcher-subject.ts')
  const child = spawn(process.execPath, [script, kind, String(port), String(eventCount)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`the ${kind} subject ended with ${code}`)
  return JSON.parse(said) as Figures
}

/** A broker in as little as it takes: accepts, grants, then writes all events as fast as they are read. */
async function startFlood() {
  const nowMs = Date.now()
  const packets = Array.from({ length: distinct }, (_, n) => {
    const { topic, payload } = emqxMessage(n, nowMs)
    return generate({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false }, { protocolVersion: 5 })
  })
  const server = createServer((socket) => {
    const incoming = parser({ protocolVersion: 5 })
    socket.on('data', (chunk) => incoming.parse(chunk))
    socket.on('error', () => undefined)
    let started = false
    incoming.on('packet', (packet: Packet) => {
      const reply = replyTo(packet)
      if (reply !== undefined) socket.write(generate(reply, { protocolVersion: 5 }))
      if (packet.cmd !== 'subscribe' || started) return
      started = true
      setTimeout(() => void write(socket, packets), 300)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { port, close: async () => new Promise((done) => server.close(done)) }
}

function replyTo(packet: Packet): Packet | undefined {
  if (packet.cmd === 'connect') return { cmd: 'connack', reasonCode: 0, sessionPresent: false }
  if (packet.cmd === 'pingreq') return { cmd: 'pingresp' }
  if (packet.cmd !== 'subscribe') return undefined
  return { cmd: 'suback', messageId: packet.messageId ?? 1, granted: packet.subscriptions.map(() => 0) }
}

async function write(socket: Socket, packets: readonly Buffer[]): Promise<void> {
  const perChunk = 250
  const chunks = Array.from({ length: distinct / perChunk }, (_, n) =>
    Buffer.concat(packets.slice(n * perChunk, (n + 1) * perChunk)),
  )
  for (let sent = 0; sent < eventCount; sent += perChunk) {
    const chunk = chunks[(sent / perChunk) % chunks.length]
    if (chunk !== undefined && !socket.write(chunk)) await once(socket, 'drain')
  }
}
