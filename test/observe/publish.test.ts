/** What waits is sent once, kept within its bound, outlives the process, and harms neither the client nor its application. */
import { createServer, type Socket } from 'node:net'
import mqtt, { type MqttClient } from 'mqtt'
import mqttPacket, { type IPublishPacket, type Packet } from 'mqtt-packet'
import { afterEach, expect, it } from 'vitest'
import { claimantOf, claimTopicOf } from '../../domain/claim-document.ts'
import { observe } from '../../observe/observe.ts'
import { createPublisher, type PublishOptions } from '../../observe/publish.ts'
import type { ClaimDocument, Observed, Offline, Reconnecting } from '../../observe/types.ts'
import { createCleanup, until } from '../watcher/stage.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)

/** A server that accepts everybody; what it does with a PUBLISH is the test's to say. */
async function serve(onPublish: (packet: IPublishPacket, socket: Socket, acknowledge: () => void) => void) {
  const state = { published: [] as IPublishPacket[], connections: 0 }
  const server = createServer((socket) => {
    state.connections += 1
    const parser = mqttPacket.parser({ protocolVersion: 4 })
    const answer = (packet: Packet) => void mqttPacket.writeToStream(packet, socket)
    socket.on('data', (data) => parser.parse(data)).on('error', () => undefined)
    parser.on('packet', (packet) => {
      if (packet.cmd === 'connect') answer({ cmd: 'connack', returnCode: 0, sessionPresent: false })
      if (packet.cmd === 'pingreq') answer({ cmd: 'pingresp' })
      if (packet.cmd === 'disconnect') socket.end()
      if (packet.cmd !== 'publish') return
      state.published.push(packet)
      onPublish(packet, socket, () =>
        answer({ cmd: 'puback', ...(packet.messageId === undefined ? {} : { messageId: packet.messageId }) }),
      )
    })
    cleanup.defer(() => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanup.defer(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const documents = () =>
    state.published
      .filter(({ topic }) => claimantOf(topic) !== undefined)
      .map(({ payload }): ClaimDocument => JSON.parse(payload.toString()))
  return { state, documents, port: address.port }
}
type Server = Awaited<ReturnType<typeof serve>>
const acknowledging = async (): Promise<Server> => serve((_packet, _socket, acknowledge) => acknowledge())

function connectTo({ port }: Pick<Server, 'port'>, clientId = 'pump-1'): MqttClient {
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { clientId, reconnectPeriod: 10 })
  cleanup.defer(async () => client.endAsync(true))
  return client
}

const about = (clientId: string): Observed => ({
  clientId,
  protocol: 4,
  transport: 'tcp',
  runtime: 'node',
  endpoint: 'b:1883',
  cleanStart: true,
  reconnectPeriodMs: 10,
  connectTimeoutMs: 30_000,
  process: 'p-1',
})
const offline = (sequence: number): Offline => ({ type: 'offline', atMs: 1000 + sequence, sequence })
const reconnecting = (sequence: number): Reconnecting => ({ ...offline(sequence), type: 'reconnecting', attempt: 1 })

/** A client that is not connected, with a publisher that was given events. */
function away(events: number, options: PublishOptions = {}, clientId = 'pump-1') {
  const client = mqtt.connect('mqtt://127.0.0.1:1', { clientId, manualConnect: true })
  const publisher = createPublisher(client, () => about(clientId), options)
  for (let sequence = 1; sequence <= events; sequence += 1) publisher.take(offline(sequence))
  return publisher
}
function createStore(text?: string) {
  const store = {
    text,
    load: async () => Promise.resolve(store.text),
    save: (saved: string) => {
      store.text = saved
    },
  }
  return store
}
const settled = async () => new Promise((resolve) => setImmediate(resolve))
const sequences = (documents: readonly ClaimDocument[]) =>
  documents.flatMap(({ events }) => events.map(({ sequence }) => sequence))

it('what waited is sent in documents of bounded size, oldest first, each event once', async () => {
  const server = await acknowledging()
  const client = connectTo(server)
  const publisher = createPublisher(client, () => about('pump-1'))
  for (let sequence = 1; sequence <= 150; sequence += 1) publisher.take(offline(sequence))
  await until('a connection', () => client.connected)
  publisher.take(reconnecting(151))
  await until('all', () => sequences(server.documents()).includes(151))
  expect(sequences(server.documents())).toEqual(Array.from({ length: 100 }, (_, index) => 52 + index))
  expect(Math.max(...server.state.published.map(({ payload }) => payload.length))).toBeLessThan(32 * 1024)
  expect(server.documents().reduce((sum, { dropped = 0 }) => sum + dropped, 0)).toBe(51)
  expect(server.state.published[0]).toMatchObject({ qos: 1, retain: false, topic: claimTopicOf('pump-1') })
})

it('pings and refusals are not sent, nor is what the client’s own messages make', async () => {
  const server = await acknowledging()
  const client = connectTo(server)
  cleanup.defer(observe(client, { publish: true }).stop)
  const publisher = createPublisher(client, () => about('pump-1'))
  await until('the first', () => server.state.published.length === 1)
  publisher.take({ type: 'ping', atMs: 1, sequence: 1, rttMs: 3 })
  publisher.take({ type: 'refused', atMs: 1, sequence: 2, code: 5 })
  publisher.take(offline(3))
  await until('the other', () => server.state.published.length === 2)
  await client.publishAsync('mine', '', { qos: 1 })
  expect(server.state.published.map(({ topic }) => topic)).toEqual([
    claimTopicOf('pump-1'),
    claimTopicOf('pump-1'),
    'mine',
  ])
  expect(sequences(server.documents().slice(1, 2))).toEqual([3])
})

it('with a store what waits outlives the process, within its bound; another client’s is not taken over', async () => {
  const store = createStore()
  away(5, { store, maximumEvents: 3 })
  await until('the store to hold them', () => store.text?.includes('1005') === true)
  const kept = store.text
  const server = await acknowledging()
  createPublisher(connectTo(server, 'pump-2'), () => about('pump-2'), { store: createStore(kept) })
  const client = connectTo(server)
  const publisher = createPublisher(client, () => ({ ...about('pump-1'), process: 'p-2' }), { store })
  await until('a connection', () => client.connected)
  publisher.take(offline(1))
  await until('both', () => server.documents().length === 2)
  expect(server.documents().map(({ process }) => process)).toEqual(['p-1', 'p-2'])
  expect(sequences(server.documents())).toEqual([3, 4, 5, 1])
  expect(server.documents()[0]?.dropped).toBe(2)
  await until('the store to be empty', () => JSON.parse(store.text ?? '').waiting.length === 0)
})

it.each([
  ['holds no JSON', { load: () => '{', save: (): undefined => undefined }],
  ['holds something else', { load: () => '{"waiting":[null,3],"dropped":"x"}', save: (): undefined => undefined }],
  ['cannot be read', { load: async () => Promise.reject(new Error('quota')), save: (): undefined => undefined }],
  [
    'throws',
    {
      load: () => {
        throw new Error('no')
      },
      save: (): void => {
        throw new Error('quota')
      },
    },
  ],
])('a store that %s is no store', async (_, store) => {
  const server = await acknowledging()
  const client = connectTo(server)
  const publisher = createPublisher(client, () => about('pump-1'), { store })
  await until('a connection', () => client.connected)
  publisher.take(offline(1))
  await until('the event', () => server.documents().length === 1)
  expect(sequences(server.documents())).toEqual([1])
})

it('an event is kept until it is acknowledged, and comes again over the next connection', async () => {
  let isFirst = true
  const server = await serve((_, socket, acknowledge) => {
    if (isFirst) socket.destroy()
    else acknowledge()
    isFirst = false
  })
  const client = connectTo(server)
  cleanup.defer(observe(client, { publish: true }).stop)
  await until('it to come again', () => server.documents().length >= 2 && client.connected)
  const [first, ...later] = server.documents()
  expect(sequences(later)).toEqual(expect.arrayContaining(sequences(first === undefined ? [] : [first])))
  expect(server.state.published.every(({ dup }) => !dup)).toBe(true)
})

it('a broker that hangs up on whoever publishes is asked ever more rarely', async () => {
  const publishedAt: number[] = []
  const server = await serve((_, socket) => {
    publishedAt.push(server.state.connections)
    socket.destroy()
  })
  const client = connectTo(server)
  cleanup.defer(observe(client, { publish: true }).stop)
  await until('connections', () => {
    // One that is let pass would stand.
    if (client.connected && server.state.connections > (publishedAt.at(-1) ?? 0)) client.stream.destroy()
    return publishedAt.length === 5
  })
  expect(publishedAt).toEqual([1, 2, 4, 8, 16])
})

it('a connection that was let pass and stands is used after all, once it has proved itself', async () => {
  let isHostile = true
  const server = await serve((_, socket, acknowledge) => (isHostile ? socket.destroy() : acknowledge()))
  const client = connectTo(server)
  const publisher = createPublisher(client, () => about('pump-1'))
  const observer = observe(client).on('closed', (event) => publisher.take(event))
  cleanup.defer(observer.on('connected', (event) => publisher.take(event)).stop)
  await until('one that is let pass', () => server.state.connections === 3 && client.connected)
  isHostile = false
  expect(server.documents()).toHaveLength(2)
  publisher.take({ type: 'ping', atMs: 1, sequence: 99, rttMs: 1 })
  await until('the claims', () => server.documents().length === 3)
})

it('an application that ends while a claim is under way does not wait for it', async () => {
  let sink: Socket | undefined
  const server = await serve((_, socket) => {
    sink = socket
  })
  const client = connectTo(server)
  cleanup.defer(observe(client, { publish: true }).stop)
  await until('the claim', () => sink !== undefined)
  const ended = client.endAsync()
  sink?.destroy()
  await ended
  expect(client.disconnected).toBe(true)
})

it('a message of the application’s own that is under way stays its own', async () => {
  let isMute = true
  const server = await serve((_packet, _socket, acknowledge) => {
    if (!isMute) acknowledge()
  })
  const client = connectTo(server)
  await until('a connection', () => client.connected)
  const sent = client.publishAsync('mine', 'x', { qos: 1 })
  const observer = observe(client, { publish: true })
  cleanup.defer(observer.stop)
  await until('it', () => server.state.published.some(({ topic }) => topic === 'mine'))
  isMute = false
  client.stream.destroy()
  await sent
  await until('the claim', () => server.documents().length > 0)
  expect(server.state.published.filter(({ topic }) => topic === 'mine').length).toBe(2)
})

it('a client id too long for a topic is kept to itself', async () => {
  const server = await acknowledging()
  const clientId = 'm'.repeat(65_535)
  const client = connectTo(server, clientId)
  const publisher = createPublisher(client, () => about(clientId))
  await until('a connection', () => client.connected)
  publisher.take(offline(1))
  await settled()
  await client.publishAsync('mine', '', { qos: 1 })
  expect(server.state.published.map(({ topic }) => topic)).toEqual(['mine'])
  expect(server.state.connections).toBe(1)
})
