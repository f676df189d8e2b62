import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { Dialect } from '../../domain/dialect.ts'
import {
  createCleanup,
  connectDevice,
  freePort,
  makeCertificates,
  mosquittoFolder,
  removeFolder,
  secondOf,
  startMosquitto,
  testDialect,
  until,
  watch,
} from './stage.ts'
import { openWebSocketDoor } from './websocket.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)

/** Counts each line of mosquitto's log about a new client as one event. */
const logDialect: Dialect = {
  ...testDialect,
  subscriptions: [{ filter: '$SYS/broker/log/#', qos: 1, purpose: 'connections', essential: true }],
  instantOf: () => undefined,
  read: (message, context) => {
    const clientId = /New client connected from \S+ as (\S+)/.exec(message.payload)?.[1]
    if (clientId === undefined) return { kind: 'rejection', reason: 'not_lifecycle', detail: '' }
    return testDialect.read({ ...message, topic: '$SYS/x/new/clients', payload: clientId }, context)
  },
}

const common = ['log_dest topic', 'connection_messages true', 'allow_anonymous true']

test('a mosquitto is watched over MQTT 5', async () => {
  const port = await freePort()
  const broker = await startMosquitto(port, [...common, `listener ${port} 127.0.0.1`])
  cleanup.defer(() => removeFolder(broker.folder))
  cleanup.defer(broker.stop)
  const { up, feed, queue, stop } = watch({ url: `mqtt://127.0.0.1:${port}`, dialect: logDialect })
  cleanup.defer(stop)
  await up()
  expect(feed()).toMatchObject({ state: 'up', protocol: 5 })
  const device = await connectDevice(port, 'pump-1')
  await device.endAsync()
  await until('the event', () => queue.events().some(({ clientId }) => clientId === 'pump-1'))
})

test('a session that the broker kept is not subscribed again where resubscribe is false', async () => {
  const port = await freePort()
  const broker = await startMosquitto(port, [...common, `listener ${port} 127.0.0.1`])
  cleanup.defer(() => removeFolder(broker.folder))
  cleanup.defer(broker.stop)
  const options = {
    url: `mqtt://127.0.0.1:${port}`,
    dialect: logDialect,
    connection: { clean: false, resubscribe: false },
  }
  const first = watch(options)
  await first.up()
  await first.stop()
  await (await connectDevice(port, 'while-away')).endAsync()
  const second = watch(options)
  cleanup.defer(second.stop)
  await second.up()
  await until('what the broker kept', () => second.queue.events().length > 0)
  expect(second.queue.events().map(({ clientId }) => clientId)).toContain('while-away')
})

test('a certificate of an unknown authority is refused with advice, and accepted with its ca', async () => {
  const port = await freePort()
  const folder = mosquittoFolder()
  cleanup.defer(() => removeFolder(folder))
  makeCertificates(folder)
  const tls = ['certfile DIR/server.crt', 'keyfile DIR/server.key']
  const broker = await startMosquitto(port, [...common, `listener ${port} 127.0.0.1`, ...tls], folder)
  cleanup.defer(broker.stop)
  const url = `mqtts://127.0.0.1:${port}`

  const strict = watch({ url, dialect: logDialect })
  cleanup.defer(strict.stop)
  await until('the refusal', () => strict.feed().problem?.includes('is not trusted') === true)
  expect(strict.feed()).toMatchObject({ state: 'down' })
  expect(strict.feed().problem).toContain('"ca" of the feed\'s secret')

  const ca = readFileSync(join(folder, 'ca.crt'), 'utf8')
  const knowing = watch({
    url,
    dialect: logDialect,
    secret: 'plant/tls',
    fetchSecret: async () => Promise.resolve(JSON.stringify({ ca })),
    connection: { clientId: 'knowing' },
  })
  cleanup.defer(knowing.stop)
  await knowing.up()
  expect(knowing.feed().problem).toBeUndefined()

  const careless = watch({ url, dialect: logDialect, connection: { rejectUnauthorized: false, clientId: 'careless' } })
  cleanup.defer(careless.stop)
  await careless.up()
  expect(careless.feed().problem).toContain('rejectUnauthorized is false')
  expect(careless.lines[0]).toMatchObject({ level: 'error' })
})

test('a broker is watched over WebSocket, and over WebSocket with TLS where its authority is known', async () => {
  const port = await freePort()
  const broker = await startMosquitto(port, [...common, `listener ${port} 127.0.0.1`])
  cleanup.defer(() => removeFolder(broker.folder))
  cleanup.defer(broker.stop)
  makeCertificates(broker.folder)
  const file = (name: string) => readFileSync(join(broker.folder, name), 'utf8')
  const plain = await openWebSocketDoor({ tcpPort: port })
  cleanup.defer(plain.close)
  const tls = { cert: file('server.crt'), key: file('server.key') }
  const secure = await openWebSocketDoor({ tcpPort: port, tls })
  cleanup.defer(secure.close)

  const open = watch({
    url: `ws://127.0.0.1:${plain.port}/mqtt`,
    dialect: logDialect,
    connection: { clientId: 'open' },
  })
  cleanup.defer(open.stop)
  await open.up()
  expect(open.feed()).toMatchObject({ state: 'up', protocol: 5 })

  const url = `wss://127.0.0.1:${secure.port}/mqtt`
  const strict = watch({ url, dialect: logDialect, connection: { clientId: 'strict' } })
  cleanup.defer(strict.stop)
  await until('the refusal', () => strict.feed().problem?.includes('is not trusted') === true)

  const knowing = watch({
    url,
    dialect: logDialect,
    connection: { clientId: 'knowing' },
    secret: 'plant/tls',
    fetchSecret: async () => Promise.resolve(JSON.stringify({ ca: file('ca.crt') })),
  })
  cleanup.defer(knowing.stop)
  await knowing.up()
})

test('a session taken over by a second watcher of the slot is a lost connection and a gap', async () => {
  const port = await freePort()
  const broker = await startMosquitto(port, [...common, `listener ${port} 127.0.0.1`])
  cleanup.defer(() => removeFolder(broker.folder))
  cleanup.defer(broker.stop)
  const options = { url: `mqtt://127.0.0.1:${port}`, dialect: logDialect }
  const first = watch(options)
  cleanup.defer(first.stop)
  await first.up()
  const second = watch({ ...options, connection: { reconnectPeriod: 60_000, maximumReconnectPeriod: 60_000 } })
  cleanup.defer(second.stop)
  await until('the first to lose it', () => first.queue.gaps().length > 0)
  expect(first.queue.gaps()[0]?.reason).toMatch(/^connection lost/)
})

test('a broker that hangs is noticed by keepalive, and the gap begins with the last that was heard of it', async () => {
  const port = await freePort()
  const broker = await startMosquitto(port, [...common, `listener ${port} 127.0.0.1`])
  cleanup.defer(() => removeFolder(broker.folder))
  cleanup.defer(broker.stop)
  const { up, feed, queue, stop } = watch({ url: `mqtt://127.0.0.1:${port}`, dialect: logDialect })
  cleanup.defer(stop)
  await up()
  broker.signal('SIGSTOP')
  await until('the loss', () => feed().state === 'down')
  const last = queue.reports().findLast(({ state }) => state === 'up')
  broker.signal('SIGCONT')
  await up()
  await until('the gap', () => queue.gaps().length > 0)
  const [gap] = queue.gaps()
  expect(gap?.reason).toContain('answered no ping for 3.0 s (keepalive_timeout)')
  expect(gap!.from >= secondOf(last!.seenUntil!)).toBe(true)
  expect(Date.parse(gap!.until) - Date.parse(gap!.from)).toBeGreaterThan(1000)
})
