import { afterEach, expect, test } from 'vitest'
import { mosquitto } from '../../domain/dialects/mosquitto.ts'
import { startRelay } from './relay.ts'
import { connectDevice, createCleanup, freePort, removeFolder, startMosquitto, until, watch } from './stage.ts'
import { openWebSocketDoor } from './websocket.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)

const common = ['log_dest topic', 'connection_messages true', 'allow_anonymous true']

/** A real mosquitto, a relay in front of it, and a watcher that keeps its session there. */
async function stage(scheme: 'mqtt' | 'ws' = 'mqtt') {
  const port = await freePort()
  const broker = await startMosquitto(port, [...common, `listener ${port} 127.0.0.1`])
  cleanup.defer(() => removeFolder(broker.folder))
  cleanup.defer(broker.stop)
  const relay = await startRelay(port)
  cleanup.defer(relay.close)
  let url = `mqtt://127.0.0.1:${relay.port}`
  if (scheme === 'ws') {
    const door = await openWebSocketDoor({ tcpPort: relay.port })
    cleanup.defer(door.close)
    url = `ws://127.0.0.1:${door.port}`
  }
  const watching = watch({ url, dialect: mosquitto })
  cleanup.defer(watching.stop)
  await watching.up()
  const { queue } = watching
  return {
    ...watching,
    relay,
    /** A device of this name comes and goes so often. */
    visit: async (clientId: string, times = 1) => {
      for (let count = 0; count < times; count += 1) await (await connectDevice(port, clientId)).endAsync()
    },
    /** Events of one client as they would be stored: each once. */
    stored: (clientId: string) => {
      const events = new Map(queue.events().map((event) => [event.id, event]))
      return [...events.values()].filter((event) => event.clientId === clientId)
    },
  }
}

const typesOf = (events: readonly { type: string }[]) => events.map(({ type }) => type).toSorted()
const times = (count: number, type: string) => Array.from({ length: count }, () => type)

test.each(['mqtt', 'ws'] as const)(
  'over %s nothing is acknowledged before it was shipped; then what comes again is stored once, also equal lines of a second',
  async (scheme) => {
    const { relay, queue, watcher, visit, stored, up, feed } = await stage(scheme)
    await visit('before')
    await until('what was shipped to be acknowledged', () => {
      const told = relay.deliveries('before')
      return told.length === 2 && told.every(({ acknowledged }) => acknowledged)
    })
    expect(stored('before')).toHaveLength(2)

    queue.state.reachable = false
    await visit('pump', 4)
    const lines = 8
    await until('the broker to deliver it', () => relay.deliveries('pump').length === lines)
    await until('a parcel to wait', () => watcher.backlog().problem !== undefined)
    const first = relay.deliveries('pump')
    expect(first.map(({ acknowledged }) => acknowledged)).toEqual(first.map(() => false))

    relay.cut()
    await until('the broker to deliver it again', () => relay.deliveries('pump').length === 2 * lines)
    await up()
    const again = relay.deliveries('pump').slice(lines)
    expect(again.map(({ packetId, text }) => [packetId, text])).toEqual(
      first.map(({ packetId, text }) => [packetId, text]),
    )
    expect(again.every(({ duplicate, acknowledged }) => duplicate && !acknowledged)).toBe(true)

    queue.state.reachable = true
    await until('all to be acknowledged', () =>
      relay
        .deliveries('pump')
        .slice(lines)
        .every(({ acknowledged }) => acknowledged),
    )
    expect(relay.deliveries('before')).toHaveLength(2)
    expect(typesOf(stored('pump'))).toEqual([...times(4, 'connected'), ...times(4, 'disconnected')])
    expect(queue.gaps()).toEqual([])
    expect(feed()).toMatchObject({ state: 'up', protocol: 5 })
  },
)

test('what happens while the link is down is recorded when it stands again, and there is no gap', async () => {
  const { relay, queue, visit, stored, feed, up } = await stage()
  const before = feed()
  expect(before.keptFrom).toBeUndefined()
  relay.shut()
  await until('the loss', () => feed().state === 'down')
  await visit('while-away', 20)
  relay.open()
  await up()
  await until('what was kept', () => stored('while-away').length === 40)
  await visit('later')
  await until('what came later', () => stored('later').length === 2)
  expect(typesOf(stored('while-away'))).toEqual([...times(20, 'connected'), ...times(20, 'disconnected')])
  expect(stored('while-away').every(({ origin }) => origin !== 'inferred')).toBe(true)
  expect(queue.gaps()).toEqual([])
  // It kept nothing before there was a session.
  expect(feed().keptFrom).toBe(before.seenFrom)
  expect(feed().seenFrom! > before.seenUntil!).toBe(true)
})
