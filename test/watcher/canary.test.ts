/** The canary beside a feed: what it tells of its broker, and that it is nobody's trouble. */
import { afterEach, expect, test } from 'vitest'
import type { Sample } from '../../domain/batch.ts'
import type { EventDraft } from '../../domain/event.ts'
import { FeedSchema } from '../../domain/feed.ts'
import { ClusterSchema } from '../../domain/settings.ts'
import { startCanary } from '../../watcher/canary.ts'
import { createSecrets } from '../../watcher/secrets.ts'
import { createCleanup, freePort, mosquittoFolder, removeFolder, startMosquitto, until, watch } from './stage.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)

async function startBroker(port: number, lines: readonly string[] = ['allow_anonymous true']) {
  const folder = mosquittoFolder()
  cleanup.defer(() => removeFolder(folder))
  const broker = await startMosquitto(port, [...lines, `listener ${port} 127.0.0.1`], folder)
  cleanup.defer(async () => broker.stop())
  return broker
}

function start(port: number, canary: object = {}) {
  const events: EventDraft[] = []
  const samples: Sample[] = []
  const asked = { keepalive: 2, reconnectPeriod: 100, connectTimeout: 2000, ...canary }
  const cluster = ClusterSchema.parse({ name: 'plant', dialect: 'mosquitto', canary: asked })
  const subject = startCanary({
    name: { cluster: 'plant', feed: 'node-1' },
    settings: FeedSchema.parse({ broker: 'node-1', url: `mqtt://127.0.0.1:${port}` }),
    canary: cluster.canary,
    clientId: 'keepwatch-plant-node-1-a-canary',
    secrets: createSecrets({ fetchSecret: async () => Promise.reject(new Error('none')), now: Date.now }),
    output: { event: (event) => void events.push(event), sample: (sample) => void samples.push(sample) },
  })
  cleanup.defer(subject.stop)
  return { subject, events, samples }
}

test('it tells how fast the broker lets it in and answers, and why a connection ended', async () => {
  const port = await freePort()
  const broker = await startBroker(port)
  const { subject, events, samples } = start(port)
  await until('it to connect', subject.isConnected)
  const minute = Date.parse('2026-11-22T10:00:00Z')
  await until('a ping', () => {
    subject.minute(minute)
    return samples.some(({ name }) => name === 'canary_ping_ms')
  })
  expect(samples).toContainEqual(
    expect.objectContaining({ name: 'canary_connect_ms', broker: 'node-1', at: '2026-11-22T10:00:00.000Z' }),
  )
  expect(events).toMatchObject([{ type: 'connected', view: 'client', own: true, broker: 'node-1' }])
  await broker.stop()
  await until('the end and an attempt', () => events.some(({ type }) => type === 'refused'))
  expect(events[1]).toMatchObject({ type: 'disconnected', cause: 'network_eof', evidence: { clientCause: 'tcp_fin' } })
  await startBroker(port)
  await until('it to be back', subject.isConnected)
  // It tried ten times a second; one a minute is told.
  expect(events.map(({ type }) => type).filter((type) => type === 'refused')).toHaveLength(1)
  expect(events.at(-1)).toMatchObject({ type: 'connected' })
})

test('where it is not let in, it says so once and waits; stopping does not wait', async () => {
  const port = await freePort()
  await startBroker(port, ['allow_anonymous false'])
  const { subject, events } = start(port)
  await until('the refusal', () => events.length > 0)
  expect(events).toMatchObject([{ type: 'refused', cause: 'not_authorized', own: true }])
  await subject.stop()
  expect(subject.isConnected()).toBe(false)
})

test('a watcher counts it as a connection of its own', async () => {
  const port = await freePort()
  await startBroker(port)
  const { up, feed, queue, stop } = watch({ url: `mqtt://127.0.0.1:${port}`, canary: true })
  cleanup.defer(stop)
  await up()
  await until('the canary', () => feed().ownConnections === 2)
  await until('its word', () => queue.events().some(({ type }) => type === 'connected'))
  const own = queue.events().filter(({ view }) => view === 'client')
  expect(own).toMatchObject([{ clientId: 'keepwatch-plant-node-1-a-canary', own: true, type: 'connected' }])
})
