/** What the watcher costs an event, from the socket to the queue, beside an MQTT.js subscriber that does nothing and Node-RED. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import process from 'node:process'
import { decodeBatch } from '../codec/batch.ts'
import { startFlood } from './flood.ts'
import { installNodeRed, startNodeRed } from './node-red.ts'
import { median, printTable } from './table.ts'

const eventCount = 200_000
const rounds = 3
/** The kernel counts CPU time in hundredths of a second [proc(5)]. */
const clockTicksPerSecond = 100
/** As the container runs it: a smaller young generation halves the memory and costs nothing. */
const watcherFlags = ['--max-semi-space-size=8']

const kinds = ['noop', 'watcher', 'nodeRed'] as const
type Kind = (typeof kinds)[number]
const titles: Readonly<Record<Kind, string>> = {
  noop: 'MQTT.js subscriber that does nothing',
  watcher: 'watcher: read, check, batch, compress, ship',
  nodeRed: 'Node-RED: mqtt in → function → join → http request',
}

interface Figures {
  readonly cpuMicroseconds: number
  readonly eventsPerSecond: number
  readonly residentMegabytes: number
  readonly bytesPerEvent: number
}

export async function benchWatcher(): Promise<void> {
  installNodeRed()
  const measured: Record<Kind, Figures[]> = { noop: [], watcher: [], nodeRed: [] }
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of kinds) {
      const figures = await measure(kind)
      measured[kind].push(figures)
      process.stderr.write(`round ${round + 1}, ${kind}: ${figures.cpuMicroseconds.toFixed(2)} µs/event\n`)
    }
  }
  const middle = (kind: Kind, figure: keyof Figures) => median(measured[kind].map((each) => each[figure]))
  const base = middle('noop', 'cpuMicroseconds')
  process.stdout.write(
    `${eventCount} events of EMQX at QoS 0 over MQTT 5 in bulk, to an HTTP sink; median of ${rounds}\n\n`,
  )
  printTable(
    kinds.map((kind) => ({
      what: titles[kind],
      'CPU µs/event': middle(kind, 'cpuMicroseconds').toFixed(2),
      'of the no-op': (middle(kind, 'cpuMicroseconds') / base).toFixed(2),
      'events/s': Math.round(middle(kind, 'eventsPerSecond')),
      'resident MB, at most': Math.round(middle(kind, 'residentMegabytes')),
      'bytes/event sent': kind === 'noop' ? '' : middle(kind, 'bytesPerEvent').toFixed(1),
    })),
  )
}

async function measure(kind: Kind): Promise<Figures> {
  const [flood, sink] = [await startFlood(eventCount), await startSink()]
  const { pid, stop } = kind === 'nodeRed' ? startNodeRed(flood.port, sink.port) : subject(kind, flood.port, sink.port)
  // From the first connection on: what it took to start is not counted.
  const started = await flood.subscribed
  const before = cpuOf(pid)
  await sink.took(eventCount)
  const elapsedMs = performance.now() - started
  const cpuSeconds = cpuOf(pid) - before
  const residentMegabytes = peakMegabytesOf(pid)
  stop()
  await flood.close()
  await sink.close()
  return {
    cpuMicroseconds: (cpuSeconds * 1e6) / eventCount,
    eventsPerSecond: (eventCount * 1000) / elapsedMs,
    residentMegabytes,
    bytesPerEvent: sink.bytes() / eventCount,
  }
}

function subject(kind: Kind, brokerPort: number, sinkPort: number): { pid: number; stop: () => void } {
  const script = join(import.meta.dirname, 'watcher-subject.ts')
  const flags = kind === 'watcher' ? watcherFlags : []
  const ports = [String(brokerPort), String(sinkPort), String(eventCount)]
  const child = spawn(process.execPath, [...flags, script, kind, ...ports], { stdio: ['ignore', 'ignore', 'inherit'] })
  if (child.pid === undefined) throw new Error(`the ${kind} subject did not start`)
  return { pid: child.pid, stop: () => void child.kill('SIGKILL') }
}

/** Takes what is shipped and counts the events in it: in a batch, a JSON list, or told by a header. */
async function startSink() {
  let bytes = 0
  let events = 0
  let wanted = Number.POSITIVE_INFINITY
  const all = Promise.withResolvers<void>()
  const count = async (body: string, told: string | string[] | undefined) => {
    const more = await eventsIn(body, told)
    events += more
    if (events >= wanted) all.resolve()
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.end()
      const body = Buffer.concat(chunks).toString('utf8')
      bytes += body.length
      void count(body, request.headers['x-events'])
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    bytes: () => bytes,
    took: async (expected: number) => {
      wanted = expected
      if (events >= expected) all.resolve()
      return all.promise
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

async function eventsIn(body: string, told: string | string[] | undefined): Promise<number> {
  if (told !== undefined) return Number(told)
  if (body.startsWith('[')) return body.split('"clientId"').length - 1
  const decoded = await decodeBatch(body)
  return decoded.ok ? decoded.batch.events.length : 0
}

function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond
}

function peakMegabytesOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000
}
