/** From a client that went away to the batch that is shipped: real clients, a real broker, and clients that lie. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { afterEach, expect, it } from 'vitest'
import { claimTopicOf, maxClaimBytes } from '../../domain/claim-document.ts'
import { mosquitto } from '../../domain/dialects/mosquitto.ts'
import type { Event } from '../../domain/event.ts'
import { createClaims } from '../../watcher/claims.ts'
import { observe } from '../../observe/observe.ts'
import {
  connectDevice,
  createCleanup,
  freePort,
  mosquittoFolder,
  removeFolder,
  startAedes,
  startMosquitto,
  until,
  watch,
} from './stage.ts'
import { startRelay } from './relay.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)

const guide = readFileSync(join(import.meta.dirname, '../../docs/observe.md'), 'utf8')
/** The one of mosquitto, as the guide gives it. */
const accessList = /```conf\n([^`]*)```/.exec(guide)?.[1] ?? ''

/** Without what the watcher says of its own connection. */
const isClaim = ({ view, own }: Event): boolean => view === 'client' && !own

interface Staged {
  readonly slots?: readonly ('a' | 'b')[]
  /** Lines of mosquitto.conf. */
  readonly access?: readonly string[]
}
async function stage({ slots = ['a'], access = ['acl_file DIR/acl'] }: Staged = {}) {
  const port = await freePort()
  const folder = mosquittoFolder()
  cleanup.defer(() => removeFolder(folder))
  writeFileSync(join(folder, 'acl'), accessList, { mode: 0o644 })
  const logging = ['log_dest topic', 'connection_messages true', 'allow_anonymous true']
  const broker = await startMosquitto(port, [...logging, ...access, `listener ${port} 127.0.0.1`], folder)
  cleanup.defer(broker.stop)
  const fetchSecret = async () => Promise.resolve(JSON.stringify({ username: 'keepwatch', password: 'x' }))
  const url = `mqtt://127.0.0.1:${port}`
  const watching = slots.map((slot) => watch({ url, slot, dialect: mosquitto, secret: 'plant', fetchSecret }))
  for (const { up, stop } of watching) {
    cleanup.defer(stop)
    await up()
  }
  const claims = (index = 0) => watching[index]?.queue.events().filter(isClaim) ?? []
  return { port, claims, feed: () => watching[0]!.feed(), events: () => watching[0]!.queue.events() }
}

function client(port: number, clientId: string, options: object = {}): MqttClient {
  const made = mqtt.connect(`mqtt://127.0.0.1:${port}`, { clientId, reconnectPeriod: 50, ...options })
  cleanup.defer(async () => made.endAsync(true))
  return made
}

const claim = (atMs: number, sequence = 1) => ({ type: 'connected', atMs, sequence, attempt: 1, connectMs: 1 })
const document = (events: readonly object[] = [claim(Date.now())], changes: object = {}) =>
  JSON.stringify({ keepwatch: 1, process: 'p', events, ...changes })

it('a client that is cut off tells why when it is back: once, by both watchers alike, as its view', async () => {
  const { port, claims } = await stage({ slots: ['a', 'b'] })
  const relay = await startRelay(port)
  cleanup.defer(relay.close)
  const device = client(relay.port, 'pump-1', { protocolVersion: 5 })
  const observer = observe(device, { publish: true })
  cleanup.defer(observer.stop)
  await until('the first claim', () => claims().length === 1)
  relay.cut()
  const isWhole = (index: number) => claims(index).filter(({ type }) => type === 'connected').length === 2
  await until('the claims after it', () => isWhole(0) && isWhole(1))
  const told = claims().toSorted((a, b) => a.ordinal - b.ordinal)
  expect(told.map(({ type }) => type)).toEqual(['connected', 'disconnected', 'offline', 'reconnecting', 'connected'])
  expect(told[1]).toMatchObject({
    cluster: 'plant',
    broker: 'node-1',
    clientId: 'pump-1',
    cause: 'network_eof',
    initiator: 'network',
    own: false,
    protocol: 5,
    evidence: { clientCause: 'tcp_fin', transport: 'tcp', runtime: 'node', endpoint: `127.0.0.1:${relay.port}` },
  })
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length)
  expect(new Set(claims(1).map(({ id }) => id))).toEqual(new Set(told.map(({ id }) => id)))
})

it('no id is too odd to be heard of, and one too long for a topic costs its client nothing', async () => {
  const { port, claims } = await stage({ access: [] })
  const odd = ['x/y', 'p%q', 'c#d', 'e+f', 'AA:BB 1', 'ポンプ🜁', '\ud800x', 'k'.repeat(19_000)]
  const devices = [...odd, 'm'.repeat(65_535)].map((clientId) => {
    const device = client(port, clientId)
    observe(device, { publish: true })
    return device
  })
  const heard = odd.map((clientId) => clientId.toWellFormed())
  await until('all that can be told', () => claims().length >= odd.length && devices.every((each) => each.connected))
  // A difference would be shown whole, and one of them is long.
  const ids = claims().map(({ clientId = '' }) => clientId.slice(0, 40))
  expect(ids.toSorted()).toEqual(heard.map((clientId) => clientId.slice(0, 40)).toSorted())
  expect(Math.max(...claims().map(({ clientId = '' }) => clientId.length))).toBe(19_000)
})

it('with the access list of the guide nobody speaks for another', async () => {
  const { port, claims, feed } = await stage()
  const liar = client(port, 'pump-2', { protocolVersion: 5 })
  await expect(liar.publishAsync(claimTopicOf('pump-1'), document(), { qos: 1 })).rejects.toThrow('Not authorized')
  const wild = client(port, '+', { protocolVersion: 5 })
  await expect(wild.publishAsync(claimTopicOf('pump-1'), document(), { qos: 1 })).rejects.toThrow('Not authorized')
  // To mosquitto this is the client's own topic; to us it is no client's.
  await client(port, '%41').publishAsync('keepwatch/v1/clients/%41', document(), { qos: 1 })
  await liar.publishAsync(claimTopicOf('pump-2'), document(undefined, { clientId: 'pump-1' }), { qos: 1 })
  await until('the one that is its own', () => claims().length > 0 && feed().rejected['malformed'] === 1)
  expect(claims().map(({ clientId }) => clientId)).toEqual(['pump-2'])
})

it('what is no claim is counted by its reason, and a wrong clock of a client is not the broker’s', async () => {
  const { port, claims, feed, events } = await stage()
  const device = client(port, 'pump-1')
  const topic = claimTopicOf('pump-1')
  const hourAgoMs = Date.now() - 3_600_000
  await device.publishAsync(topic, 'no JSON', { qos: 1 })
  await device.publishAsync(topic, 'x'.repeat(maxClaimBytes + 1), { qos: 1 })
  await device.publishAsync(topic, document([claim(hourAgoMs), claim(hourAgoMs, 2)]), { qos: 1 })
  await device.publishAsync(topic, document([{ type: 'dreaming' }]), { qos: 1 })
  const connected = () => events().filter(({ view, own }) => view === 'broker' && !own)
  await until('both views', () => claims().length === 2 && connected().length === 1)
  expect(feed().rejected).toMatchObject({ malformed: 1, claim_bound: 1, not_lifecycle: expect.any(Number) })
  expect(Math.abs(feed().clockOffsetMs ?? 0)).toBeLessThan(60_000)
  // A retained one comes to whoever subscribes after.
  await device.publishAsync(topic, document(), { qos: 1, retain: true })
  await until('the live copy', () => claims().length === 3)
  const fetchSecret = async () => Promise.resolve(JSON.stringify({ username: 'keepwatch', password: 'x' }))
  const late = watch({ url: `mqtt://127.0.0.1:${port}`, slot: 'b', dialect: mosquitto, secret: 's', fetchSecret })
  cleanup.defer(late.stop)
  await until('the retained copy', () => late.feed().rejected['retained'] === 1)
  expect(late.queue.events().filter(isClaim)).toEqual([])
})

it.each([
  ['refuses', 'refused to let us read keepwatch/v1/clients/+', null],
  ['hangs up on', 'hung up when we asked for keepwatch/v1/clients/+', new Error('no')],
])('a broker that %s the subscription is watched all the same, and it is said', async (_, words, error) => {
  const port = await freePort()
  const broker = await startAedes(port, (aedes) => {
    aedes.authorizeSubscribe = (__, wanted, done) =>
      wanted.topic.startsWith('keepwatch/') ? done(error, null) : done(null, wanted)
  })
  cleanup.defer(broker.kill)
  const { up, feed, queue, stop } = watch({ url: `mqtt://127.0.0.1:${port}` })
  cleanup.defer(stop)
  await up()
  expect(feed().problem).toContain(words)
  expect(feed().problem).toContain('"claims": false')
  await connectDevice(port, 'pump-1').then(async (device) => device.endAsync())
  await until('the device', () => queue.events().some(({ clientId }) => clientId === 'pump-1'))
})

it('bounds hold by the minute: of one client, and of all', () => {
  const reasons: string[] = []
  const context = { cluster: 'plant', broker: 'node-1', isOwn: () => false }
  const claims = createClaims(context, { count: ({ reason, detail }) => void reasons.push(`${reason}: ${detail}`) })
  const send = (clientId: string, atMs: number) => {
    const payload = Buffer.from(document(Array.from({ length: 100 }, (_, index) => claim(atMs, index))))
    return claims.read({ topic: claimTopicOf(clientId), payload, retain: false }, atMs)?.length
  }
  const minute = 600_000
  expect([send('a', minute), send('a', minute), send('a', minute)]).toEqual([100, 20, 0])
  // Of the second document 80 events, and the third as a whole.
  expect(reasons).toHaveLength(81)
  expect(reasons[0]).toContain('claim_bound: more than 120 events a minute of one client')
  const many = Array.from({ length: 30 }, (_, index) => send(`b${index}`, minute) ?? 0)
  expect(many.reduce((sum, count) => sum + count, 0)).toBe(2000 - 120)
  expect(reasons.at(-1)).toContain('of all clients')
  expect(send('a', minute + 60_000)).toBe(100)
  // What cannot be read is bounded as well.
  const garbage = { topic: claimTopicOf('liar'), payload: Buffer.from('no JSON'), retain: false }
  reasons.length = 0
  for (let times = 0; times < 130; times += 1) claims.read(garbage, minute + 60_000)
  expect(reasons.filter((reason) => reason.startsWith('malformed'))).toHaveLength(120)
  expect(claims.read({ topic: '$SYS/x', payload: Buffer.from(''), retain: false }, minute)).toBeUndefined()
})
