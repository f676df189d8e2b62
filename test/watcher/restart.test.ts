import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { mosquitto } from '../../domain/dialects/mosquitto.ts'
import { startRelay } from './relay.ts'
import { connectDevice, createCleanup, freePort, mosquittoFolder, removeFolder } from './stage.ts'
import { startMosquitto, until, watch } from './stage.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)

const common = ['log_dest topic', 'connection_messages true', 'allow_anonymous true', 'sys_interval 1', 'user root']

/** A mosquitto to kill and start again, a relay that keeps the watcher away from it, and a device that is connected. */
async function stage(lines: readonly string[]) {
  const port = await freePort()
  const folder = mosquittoFolder()
  cleanup.defer(() => removeFolder(folder))
  const start = async () => startMosquitto(port, [...common, ...lines, `listener ${port} 127.0.0.1`], folder)
  const broker = await start()
  cleanup.defer(broker.stop)
  const relay = await startRelay(port)
  cleanup.defer(relay.close)
  const watching = watch({ url: `mqtt://127.0.0.1:${relay.port}`, dialect: mosquitto })
  cleanup.defer(watching.stop)
  await watching.up()
  const of = (client: string) => watching.queue.events().filter(({ clientId }) => clientId === client)
  const connectSeen = async (client: string) => {
    const device = await connectDevice(port, client)
    cleanup.defer(async () => device.endAsync(true))
  }
  await connectSeen('pump')
  await until('its beginning', () => of('pump').length === 1)
  await until('the broker to have run for a while', () =>
    relay.deliveries(' seconds').some(({ text }) => Number.parseInt(text, 10) >= 3),
  )
  return {
    ...watching,
    folder,
    broker,
    of,
    connectSeen,
    /** Kills the broker and starts it again; `meanwhile` happens before the watcher can come back. */
    killAndStart: async (meanwhile: () => Promise<void> = async () => undefined) => {
      relay.shut()
      await broker.stop('SIGKILL')
      const again = await start()
      cleanup.defer(again.stop)
      await meanwhile()
      relay.open()
      await watching.up()
    },
  }
}

const concluded = { type: 'disconnected', cause: 'server_shutdown', origin: 'inferred' }

test('sessions on a broker that was killed ended when it was last heard, once it says since when it runs', async () => {
  const { killAndStart, of, feed, queue } = await stage([])
  await killAndStart()
  await until('the end', () => of('pump').length === 2)
  const [began, ended] = of('pump')
  expect(ended).toMatchObject({ ...concluded, connectedAt: began?.at, reason: 'the broker was started again' })
  expect(ended!.at < feed().seenFrom!).toBe(true)
  expect(queue.gaps().map(({ reason }) => reason)).toEqual([expect.stringMatching(/^connection lost/)])
})

test('where the broker kept our session over its death, the gap is told, and who came back first is not ended', async () => {
  const saved = ['persistence true', 'persistence_location DIR/']
  const { killAndStart, connectSeen, folder, broker, of, queue, feed } = await stage(saved)
  broker.signal('SIGUSR1')
  await until('mosquitto to save what it holds', () => existsSync(join(folder, 'mosquitto.db')))
  await killAndStart(async () => connectSeen('first-back'))
  expect(feed().keptFrom).toBeDefined()
  await until('the end', () => of('pump').length === 2)
  expect(of('pump')[1]).toMatchObject(concluded)
  expect(of('first-back')).toMatchObject([{ type: 'connected' }])
  await until('the gap', () => queue.gaps().some(({ reason }) => reason.startsWith('the broker was started again')))
})
