/** Child process: clients that come and go in every way, and write down what they did. */
import { createWriteStream } from 'node:fs'
import process from 'node:process'
import { type Connection, openConnection } from './connection.ts'
import { createRandom } from './random.ts'
import type { FleetOptions, FleetReport, FleetRequest } from './fleet.ts'

const { port, seed, clients, meanStayMs, diary: diaryFile } = JSON.parse(process.argv[2] ?? '{}') as FleetOptions
const random = createRandom(seed)
const diary = createWriteStream(diaryFile)
const connected = new Set<Connection>()
const stopping = new AbortController()
/** mosquitto lets 100 wait to be accepted; others would try again only after a second, then three, then seven. */
const handshakesAtOnce = 90
let connects = 0
let storms = 0

const ways = ['disconnect', 'fin', 'reset', 'take-over', 'expire', 'flap'] as const
type Way = (typeof ways)[number]
/** Most leave in the plain ways. */
const weighted: readonly Way[] = [
  ...Array.from({ length: 6 }, () => ['disconnect', 'fin', 'reset'] as const).flat(),
  'take-over',
  'flap',
]

const pause = async (ms: number) => new Promise((done) => setTimeout(done, ms))

function write(did: string, { clientId, localPort }: Connection): void {
  diary.write(`${JSON.stringify({ atMs: Date.now(), clientId, localPort, did })}\n`)
}

async function open(clientId: string, keepaliveSeconds = 0): Promise<Connection | undefined> {
  const connection = await openConnection({ port, clientId, keepaliveSeconds })
  if (connection === undefined) return undefined
  connects += 1
  connected.add(connection)
  void connection.closed.then(() => connected.delete(connection))
  write('connected', connection)
  return connection
}

async function leave(connection: Connection, way: Exclude<Way, 'expire' | 'flap'>): Promise<void> {
  // The broker may have gone before.
  if (!connected.has(connection)) return
  write(way, connection)
  if (way === 'disconnect') connection.disconnect()
  else if (way === 'fin') connection.fin()
  else if (way === 'reset') connection.reset()
  else {
    const other = await open(connection.clientId)
    await connection.closed
    if (other) await leave(other, 'disconnect')
  }
  await connection.closed
}

/** Comes and goes so quickly that the broker's lines of one second are the same. */
async function flap(clientId: string): Promise<void> {
  for (let times = 0; times < 3 && !stopping.signal.aborted; times += 1) {
    const connection = await open(clientId)
    if (connection === undefined) return
    await leave(connection, 'disconnect')
  }
}

/** Says nothing more until the broker's patience ends. */
async function expire(clientId: string): Promise<void> {
  const connection = await open(clientId, 1)
  if (connection === undefined) return
  write('expire', connection)
  await connection.closed
}

async function live(clientId: string, isMute: boolean): Promise<void> {
  await pause(random.between(0, meanStayMs))
  while (!stopping.signal.aborted) {
    const way = isMute ? 'expire' : random.pick(weighted)
    if (way === 'flap') await flap(clientId)
    else if (way === 'expire') await expire(clientId)
    else {
      const connection = await open(clientId)
      if (connection !== undefined) {
        await Promise.race([pause(random.between(0, 2 * meanStayMs)), connection.closed])
        if (!stopping.signal.aborted) await leave(connection, way)
      }
    }
    await pause(random.between(100, meanStayMs))
  }
}

/** All connect as fast as the broker takes them; when all are there, all leave at once. */
async function storm(size: number): Promise<number> {
  storms += 1
  const name = `storm-${storms}`
  const there: Connection[] = []
  const numbers = Array.from({ length: size }).keys()
  const enter = async () => {
    for (const n of numbers) {
      const connection = await open(`${name}-${n}`)
      if (connection) there.push(connection)
    }
  }
  await Promise.all(Array.from({ length: handshakesAtOnce }, enter))
  await Promise.all(there.map(async (connection) => leave(connection, random.pick(['disconnect', 'fin', 'reset']))))
  return there.length
}

async function stop(): Promise<void> {
  stopping.abort()
  while (connected.size > 0) {
    for (const connection of connected) connection.disconnect()
    await pause(100)
  }
  await new Promise<void>((done) => diary.end(done))
}

const tell = (report: FleetReport) => process.send?.(report)

process.on('message', (request: FleetRequest) => {
  if (request.kind === 'storm') void storm(request.size).then((size) => tell({ kind: 'stormed', size }))
  else void stop().then(() => tell({ kind: 'stopped', connects }))
})

/** A few are mute: the broker finds them by their keepalive. */
const mute = Math.ceil(clients / 50)
for (let n = 0; n < clients; n += 1) void live(`device-${n}`, n < mute)
