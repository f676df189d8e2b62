/** What the watcher's tests stand on: brokers to start and kill, a queue in memory, a small dialect. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync, chmodSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Aedes } from 'aedes'
import mqtt, { type MqttClient } from 'mqtt'
import { decodeBatch } from '../../codec/batch.ts'
import { eventOf } from '../../codec/identity.ts'
import type { FeedReport, Gap, ReceivedBatch, Sample } from '../../domain/batch.ts'
import type { Dialect } from '../../domain/dialect.ts'
import { repeated } from '../../domain/dialects/reading.ts'
import { type Event, type EventDraft, EventDraftSchema } from '../../domain/event.ts'
import { checkSettings } from '../../domain/settings-check.ts'
import { dialectNames } from '../../domain/settings.ts'
import { instant } from '../../domain/time.ts'
import type { LogLine } from '../../watcher/log.ts'
import type { Send } from '../../watcher/queue.ts'
import { createSecrets } from '../../watcher/secrets.ts'
import type { Spool } from '../../watcher/spool.ts'
import { startWatcher, type Watcher } from '../../watcher/watcher.ts'

/** Waits until the condition holds; fails with what was awaited, and with what was `found` instead. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  waitMs = 45_000,
  found: () => unknown = () => undefined,
): Promise<void> {
  const end = performance.now() + waitMs
  while (!(await condition())) {
    if (performance.now() > end) {
      const instead = JSON.stringify(found()) ?? ''
      throw new Error(`waited ${waitMs} ms in vain for: ${what} ${instead.slice(0, 4000)}`.trimEnd())
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The beginning of an instant's second. */
export function secondOf(at: string): string {
  return at.replace(/\.\d{3}Z$/, '.000Z')
}

/** Things to end after a test, last first. */
export function createCleanup() {
  const steps: (() => unknown)[] = []
  return {
    defer: (step: () => unknown) => void steps.push(step),
    run: async () => {
      for (let step = steps.pop(); step; step = steps.pop()) await step()
    },
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}

/** A queue in memory that keeps what it was sent, unpacked. */
export function createQueue() {
  const batches: ReceivedBatch[] = []
  const state = { reachable: true }
  const send: Send = async (body) => {
    if (!state.reachable) return { kind: 'unreachable', reason: 'switched off by the test' }
    const decoded = await decodeBatch(body)
    if (!decoded.ok) throw new Error(decoded.detail)
    batches.push(decoded.batch)
    return { kind: 'sent' }
  }
  return {
    state,
    send,
    batches,
    events: (): Event[] =>
      batches.flatMap((batch) => batch.events.map((event) => eventOf(EventDraftSchema.parse(event)))),
    samples: () => batches.flatMap((batch) => batch.samples) as Sample[],
    gaps: (): Gap[] => batches.flatMap((batch) => batch.gaps),
    reports: (): FeedReport[] => batches.flatMap((batch) => batch.feeds),
  }
}

/** Reads what aedes says of clients, one broker's figure, and throws where the payload asks for it. */
export const testDialect: Dialect = {
  name: 'test',
  transport: 'mqtt',
  scope: 'broker',
  stableIdentity: true,
  subscriptions: [
    { filter: '$SYS/+/new/clients', qos: 0, purpose: 'connections', essential: true },
    { filter: '$SYS/+/disconnect/clients', qos: 0, purpose: 'disconnections', essential: true },
    { filter: 'told/#', qos: 0, purpose: 'what brokers tell', essential: false },
  ],
  accessAdvice: 'Allow it in the access list.',
  instantOf: ({ topic }) => (topic === 'told/line' ? 'one instant' : undefined),
  read: (message, { cluster, broker, isOwn }) => {
    const { topic, payload } = message
    if (topic === 'told/throw') throw new TypeError('a fault of the dialect')
    if (topic === 'told/figure') {
      return {
        kind: 'samples',
        samples: [{ cluster, broker, name: 'connected', at: instant(message.receivedAt), value: Number(payload) }],
      }
    }
    const stamped = topic === 'told/stamped'
    if (!topic.startsWith('$SYS/') && topic !== 'told/line' && !stamped) {
      return { kind: 'rejection', reason: 'not_watched', detail: 'an unknown topic' }
    }
    const type = topic.endsWith('disconnect/clients') ? 'disconnected' : 'connected'
    const event: EventDraft = {
      atMs: stamped ? Date.parse(payload) : message.receivedAt,
      ordinal: message.ordinal,
      cluster,
      broker,
      clientId: payload,
      type,
      view: 'broker',
      own: isOwn(payload),
      ...repeated(message),
      ...(stamped ? {} : { evidence: { clock: 'receipt' } }),
    }
    return { kind: 'events', events: [event] }
  },
}

/** A real aedes broker that can be killed and started again on its port. Its sockets are cut, as by kill -9. */
export async function startAedes(port: number, configure: (broker: Aedes) => void = () => undefined) {
  const broker = await Aedes.createBroker({ id: 'node-1' })
  configure(broker)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    broker.handle(socket)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    publish: async (topic: string, payload: string | Buffer) =>
      new Promise<void>((resolve, reject) =>
        broker.publish({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false }, (error) =>
          error ? reject(error) : resolve(),
        ),
      ),
    kill: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      await new Promise<void>((resolve) => broker.close(() => resolve()))
    },
  }
}

const mosquittoPath = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'].find(
  existsSync,
)

/** A real mosquitto with the given configuration lines; DIR in them stands for a folder it may read. */
export async function startMosquitto(port: number, lines: readonly string[], folder = mosquittoFolder()) {
  if (mosquittoPath === undefined) throw new Error('mosquitto is not installed: apt-get install mosquitto')
  const file = join(folder, 'mosquitto.conf')
  writeFileSync(file, `${lines.join('\n').replaceAll('DIR', folder)}\n`, { mode: 0o644 })
  const child: ChildProcess = spawn(mosquittoPath, ['-c', file], { stdio: 'ignore' })
  const gone = new Promise((resolve) => child.once('exit', resolve))
  await until('mosquitto to listen', async () => {
    if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}`)
    return canConnect(port)
  })
  return {
    folder,
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    stop: async (signal: NodeJS.Signals = 'SIGKILL') => {
      child.kill(signal)
      await gone
    },
  }
}

/** A folder that mosquitto's own user may read. */
export function mosquittoFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keepwatch-mosquitto-'))
  chmodSync(folder, 0o755)
  return folder
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

/** A certificate authority and a certificate of 127.0.0.1 signed by it, as files in the folder. */
export function makeCertificates(folder: string): void {
  const openssl = (...arguments_: string[]) => execFileSync('openssl', arguments_, { cwd: folder, stdio: 'ignore' })
  const key = ['-newkey', 'rsa:2048', '-nodes', '-days', '2']
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=test authority')
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=127.0.0.1')
  writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1')
  const sign = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names']
  openssl('x509', '-req', '-in', 'server.csr', ...sign, '-out', 'server.crt')
  for (const file of ['server.key', 'server.crt', 'ca.crt']) chmodSync(join(folder, file), 0o644)
}

async function canConnect(port: number): Promise<boolean> {
  const { connect } = await import('node:net')
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

export interface Watching {
  readonly url: string
  readonly connection?: Readonly<Record<string, unknown>>
  readonly secret?: string
  readonly slot?: 'a' | 'b'
  readonly dialect?: Dialect
  readonly queue?: ReturnType<typeof createQueue>
  readonly fetchSecret?: (name: string) => Promise<string>
  readonly maxBacklogBytes?: number
  readonly spool?: Spool
  /** Off unless asked for: most tests count what connects. */
  readonly canary?: boolean
}

/** A watcher of one broker named node-1 in the cluster plant, with quick reconnection. */
export function watch(watching: Watching) {
  const connection = { reconnectPeriod: 100, maximumReconnectPeriod: 200, keepalive: 2, ...watching.connection }
  const secret = watching.secret === undefined ? {} : { secret: watching.secret }
  const feed = { broker: 'node-1', url: watching.url, connection, ...secret }
  const checked = checkSettings({
    clusters: [{ name: 'plant', dialect: 'aedes', feeds: [feed], canary: { enabled: watching.canary ?? false } }],
  })
  if (!checked.ok) throw new Error(JSON.stringify(checked.faults))
  const queue = watching.queue ?? createQueue()
  const lines: LogLine[] = []
  const dialect = watching.dialect ?? testDialect
  const fetchSecret = watching.fetchSecret ?? (async () => Promise.reject(new Error('no secrets here')))
  const watcher: Watcher = startWatcher({
    settings: checked.settings,
    slot: watching.slot ?? 'a',
    dialects: Object.fromEntries(dialectNames.map((name) => [name, dialect])) as Record<
      (typeof dialectNames)[number],
      Dialect
    >,
    ship: queue.send,
    secrets: createSecrets({ fetchSecret, now: Date.now }),
    log: (line) => void lines.push(line),
    ...(watching.maxBacklogBytes === undefined ? {} : { maxBacklogBytes: watching.maxBacklogBytes }),
    ...(watching.spool === undefined ? {} : { spool: watching.spool }),
  })
  return {
    watcher,
    queue,
    lines,
    feed: () => watcher.feeds()[0]!,
    up: async () => until('the feed to be up', () => watcher.feeds()[0]?.state === 'up'),
    stop: async () => watcher.stop({ deadlineMs: 2000 }),
  }
}

/** A device that connects to the broker. */
export async function connectDevice(port: number, clientId: string): Promise<MqttClient> {
  return mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { clientId, protocolVersion: 4, reconnectPeriod: 0 })
}
