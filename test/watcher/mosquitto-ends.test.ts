/** Ends on a real mosquitto: told for all at once, seen by nobody, or of no client at all. */
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { mosquitto } from '../../domain/dialects/mosquitto.ts'
import { startRelay } from './relay.ts'
import { connectDevice, createCleanup, freePort, removeFolder, startMosquitto, until, watch } from './stage.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)

const common = ['log_dest topic', 'connection_messages true', 'allow_anonymous true', 'sys_interval 1']

/** A mosquitto with a watcher of it, through a relay. */
async function stage(lines: readonly string[] = [], connection: Readonly<Record<string, unknown>> = {}) {
  const port = await freePort()
  const broker = await startMosquitto(port, [...common, ...lines, `listener ${port} 127.0.0.1`])
  cleanup.defer(() => removeFolder(broker.folder))
  cleanup.defer(broker.stop)
  const relay = await startRelay(port)
  cleanup.defer(relay.close)
  const watching = watch({ url: `mqtt://127.0.0.1:${relay.port}`, dialect: mosquitto, connection })
  cleanup.defer(watching.stop)
  await watching.up()
  const of = (client: string) => watching.queue.events().filter(({ clientId }) => clientId === client)
  return {
    ...watching,
    port,
    broker,
    relay,
    of,
    /** A device whose beginning was seen. */
    device: async (client: string) => {
      const device = await connectDevice(port, client)
      cleanup.defer(async () => device.endAsync(true))
      await until(`the beginning of ${client}`, () => of(client).length === 1)
      return device
    },
  }
}

test('a mosquitto that is stopped ends every open session once, at the second in which it says so', async () => {
  const { broker, device, of, queue } = await stage()
  for (const client of ['pump-1', 'pump-2', 'pump-3']) await device(client)
  await (await device('gone-before')).endAsync()
  await until('the end told', () => of('gone-before').length === 2)
  await broker.stop('SIGTERM')
  await until('the ends', () => ['pump-1', 'pump-2', 'pump-3'].every((client) => of(client).length > 1))
  const concluded = queue.events().filter(({ origin, own }) => origin === 'inferred' && !own)
  expect(concluded.map(({ clientId = '' }) => clientId).toSorted()).toEqual(['pump-1', 'pump-2', 'pump-3'])
  for (const end of concluded) {
    expect(end).toMatchObject({ type: 'disconnected', cause: 'server_shutdown', initiator: 'server' })
    expect(end.reason).toMatch(/^mosquitto version \S+ terminating$/)
    expect(end).toMatchObject({ at: concluded[0]?.at, connectedAt: of(end.clientId ?? '')[0]?.at })
    expect(end.at.endsWith('.000Z')).toBe(true)
  }
  expect(of('gone-before')).toHaveLength(2)
})

test('health checks that open a connection and say nothing, or no MQTT, are counted and are no events', async () => {
  const { port, feed, device, queue } = await stage()
  for (const words of ['', 'GET / HTTP/1.1\r\nHost: broker\r\n\r\n']) {
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => (words === '' ? socket.end() : void socket.write(words)))
      socket
        .on('error', () => undefined)
        .on('close', () => resolve())
        .resume()
    })
  }
  await device('pump')
  await until('both to be counted', () => feed().rejected['before_connect'] === 2)
  expect(queue.events().filter(({ own }) => !own)).toMatchObject([{ clientId: 'pump', type: 'connected' }])
})

test('a mosquitto that stamps no time is watched, and the feed says what to change', async () => {
  const { device, of, feed } = await stage(['log_timestamp false'])
  await device('pump')
  expect(of('pump')).toMatchObject([{ evidence: { clock: 'receipt' } }])
  expect(feed().problem).toMatch(/two watchers take one for two: mosquitto.conf must not have "log_timestamp false"/)
})

test('sessions that ended while the link was cut are concluded where mosquitto counts nobody but the watcher', async () => {
  const { device, relay, of, up, feed, queue } = await stage([], { clean: true })
  const pump = await device('pump')
  relay.shut()
  await until('the loss', () => feed().state === 'down')
  await pump.endAsync()
  relay.open()
  await up()
  await until('the end', () => of('pump').length > 1)
  expect(of('pump')[1]).toMatchObject({
    origin: 'inferred',
    cause: 'unknown',
    reason: 'the broker counts no client but this watcher',
  })
  expect(queue.gaps()).toHaveLength(1)
})

test('where others are still there, it is said how many may have ended', async () => {
  const { device, relay, of, up, feed, lines } = await stage([], { clean: true })
  const pump = await device('pump')
  await device('other')
  relay.shut()
  await until('the loss', () => feed().state === 'down')
  await pump.endAsync()
  relay.open()
  await up()
  const said = () => lines.filter(({ message }) => message.startsWith('sessions may have ended unseen'))
  await until('the line', () => said().length > 0)
  expect(said()).toMatchObject([{ sessions: 1, open: 2, connected: 2 }])
  expect(of('pump')).toHaveLength(1)
})
