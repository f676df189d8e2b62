import { afterEach, expect, test } from 'vitest'
import {
  connectDevice,
  createCleanup,
  createQueue,
  freePort,
  secondOf,
  startAedes,
  testDialect,
  until,
  watch,
  type Watching,
} from './stage.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)

async function stage(options: Omit<Watching, 'url'> & { configure?: Parameters<typeof startAedes>[1] } = {}) {
  const port = await freePort()
  let broker = await startAedes(port, options.configure)
  cleanup.defer(async () => broker.kill())
  const watching = watch({ url: `mqtt://127.0.0.1:${port}`, ...options })
  cleanup.defer(watching.stop)
  return {
    port,
    broker: () => broker,
    restart: async () => {
      broker = await startAedes(port, options.configure)
    },
    ...watching,
  }
}

test('clients that come and go arrive as events, over 3.1.1 where the broker refuses MQTT 5', async () => {
  const { port, up, queue, feed, lines } = await stage()
  await up()
  const device = await connectDevice(port, 'pump-1')
  await device.endAsync()
  await until('both events', () => queue.events().filter(({ clientId }) => clientId === 'pump-1').length === 2)
  expect(queue.events().filter(({ own }) => !own)).toMatchObject([
    { type: 'connected', clientId: 'pump-1', cluster: 'plant', broker: 'node-1' },
    { type: 'disconnected', clientId: 'pump-1' },
  ])
  expect(feed()).toMatchObject({ state: 'up', protocol: 4, brokers: ['node-1'] })
  expect(lines.map(({ message }) => message)).toContain('the broker does not take MQTT 5: trying 3.1.1')
})

test('a pinned MQTT 5 is not given up, and the refusal is said', async () => {
  const { queue, feed } = await stage({ connection: { protocolVersion: 5 } })
  await until('a down report', () => queue.reports().some(({ state }) => state === 'down'))
  await until('the refusal', () => feed().problem !== 'not connected yet')
  expect(feed()).toMatchObject({ state: 'down', problem: expect.stringContaining('does not speak this MQTT version') })
})

test('both slots of every feed count as own', async () => {
  const { port, up, queue } = await stage()
  await up()
  const other = await connectDevice(port, 'keepwatch-plant-node-1-b')
  await other.endAsync()
  await until('its events', () => queue.events().some(({ clientId }) => clientId === 'keepwatch-plant-node-1-b'))
  expect(queue.events().every(({ own }) => own)).toBe(true)
})

test('a killed broker is reported down with its reason; after its return a gap tells the blind time and events go on', async () => {
  const { port, up, queue, feed, broker, restart, lines } = await stage()
  await up()
  const before = feed()
  await broker().kill()
  await until('a down report', () => queue.reports().some(({ state }) => state === 'down'))
  await until('the refused port to be said', () => feed().problem?.includes('nobody listens at') === true)
  await restart()
  await up()
  const device = await connectDevice(port, 'pump-2')
  cleanup.defer(async () => device.endAsync(true))
  await until('an event after the return', () => queue.events().some(({ clientId }) => clientId === 'pump-2'))
  await until('the gap', () => queue.gaps().length > 0)
  const [gap] = queue.gaps()
  expect(gap).toMatchObject({ cluster: 'plant', feed: 'node-1', watcher: 'a' })
  expect(gap?.reason).toMatch(/^connection lost: .*network_/)
  expect(feed().seenFrom).toBe(gap?.until)
  // From the beginning of the second in which it was last seen: stamps of whole seconds lie there.
  const last = queue.reports().findLast(({ state, seenUntil }) => state === 'down' && seenUntil !== undefined)
  expect(last?.seenFrom).toBe(before.seenFrom)
  expect(gap?.from).toBe(secondOf(last!.seenUntil!))
  expect(lines.find(({ message }) => message === 'feed is down and tries again')?.['reason']).toMatch(
    /^connection lost/,
  )
})

test('coverage moves on while nothing happens, for the broker answers pings', async () => {
  const { up, feed } = await stage()
  await up()
  const before = feed().seenUntil!
  await until('a ping to be answered', () => feed().seenUntil! > before)
  expect(feed()).toMatchObject({ state: 'up', rejected: {} })
})

test('a refused login is said, named by its secret, and tried again with a secret read afresh', async () => {
  let rotated = false
  const { queue, feed, up, lines } = await stage({
    secret: 'plant/login',
    fetchSecret: async () =>
      Promise.resolve(JSON.stringify({ username: 'watcher', password: rotated ? 'new-one' : 'old-one' })),
    configure: (broker) => {
      broker.authenticate = (_client, _user, password, done) => {
        if (password?.toString() === 'new-one') return done(null, true)
        done(Object.assign(new Error('no'), { returnCode: 4 }), false)
      }
    },
  })
  await until('the refusal', () => queue.reports().some(({ problem }) => problem?.includes('plant/login') === true))
  rotated = true
  await up()
  expect(feed().problem).toBeUndefined()
  expect(JSON.stringify([lines, queue.batches])).not.toMatch(/old-one|new-one/)
})

test('a denied essential subscription takes the feed down and names filter, loss and remedy', async () => {
  const { feed, queue } = await stage({
    configure: (broker) => {
      broker.authorizeSubscribe = (_client, subscription, done) =>
        done(null, subscription.topic === '$SYS/+/new/clients' ? null : subscription)
    },
  })
  const words =
    'the broker refused to let us read $SYS/+/new/clients; without it we lose connections. Allow it in the access list.'
  await until('it to be shipped', () => queue.reports().some(({ problem }) => problem === words))
  expect(feed()).toMatchObject({ state: 'down', problem: words })
})

test('a denied lesser subscription is a problem while the feed is up', async () => {
  const { feed, up } = await stage({
    configure: (broker) => {
      broker.authorizeSubscribe = (_client, subscription, done) =>
        done(null, subscription.topic === 'told/#' ? null : subscription)
    },
  })
  await up()
  expect(feed().problem).toContain('refused to let us read told/#; without it we lose what brokers tell')
})

test('messages that cannot be read are counted and sampled, and the stream goes on', async () => {
  const { port, up, queue, feed, broker } = await stage()
  await up()
  await broker().publish('told/throw', 'x')
  await broker().publish('told/strange', Buffer.from([0xff, 0x00, 0x1b, 0x5b]))
  await broker().publish('told/huge', Buffer.alloc(1_100_000, 0x61))
  const device = await connectDevice(port, 'pump-3')
  await device.endAsync()
  await until('the event after them', () => queue.events().some(({ clientId }) => clientId === 'pump-3'))
  expect(feed().rejected).toEqual({ malformed: 2, not_watched: 1 })
  const samples = feed().rejectionSamples
  expect(samples.map(({ reason }) => reason)).toEqual(['malformed', 'not_watched'])
  expect(samples[1]?.payload).toBe('\u{fffd}\\u{0}\\u{1b}[')
})

test('messages of one instant are numbered, and equal ones told apart', async () => {
  const { up, queue, broker } = await stage()
  await up()
  for (const line of ['x', 'y', 'x']) await broker().publish('told/line', line)
  await until(
    'three events',
    () => queue.events().filter(({ clientId }) => 'xy'.includes(clientId ?? '-')).length === 3,
  )
  const told = queue.events().filter(({ clientId }) => 'xy'.includes(clientId ?? '-'))
  expect(told.map(({ clientId, ordinal }) => [clientId, ordinal])).toEqual([
    ['x', 5],
    ['y', 5],
    ['x', 9],
  ])
  expect(new Set(told.map(({ id }) => id)).size).toBe(3)
})

test('a broker whose clock differs is said, and coverage is told in its time', async () => {
  const { up, feed, broker } = await stage()
  await up()
  for (let count = 0; count < 5; count += 1) {
    await broker().publish('told/stamped', new Date(Date.now() + 60_000).toISOString())
  }
  await until('the offset', () => (feed().clockOffsetMs ?? 0) > 55_000)
  expect(Date.parse(feed().seenUntil!) - Date.now()).toBeGreaterThan(50_000)
})

test('a figure is told when first known', async () => {
  const { up, queue, broker } = await stage()
  await up()
  await broker().publish('told/figure', '7')
  await broker().publish('told/figure', '8')
  await until('the sample', () => queue.samples().length > 0)
  expect(queue.samples()).toMatchObject([{ cluster: 'plant', broker: 'node-1', name: 'connected', value: 7 }])
})

test('an unreachable broker from the start is said, and its return closes a gap that began at the start', async () => {
  const port = await freePort()
  const { queue, up, stop, lines } = watch({ url: `mqtt://127.0.0.1:${port}` })
  cleanup.defer(stop)
  await until('the log', () => lines.some(({ reason }) => String(reason).includes('nobody listens')))
  await until('a down report', () => queue.reports().some(({ problem }) => problem?.includes('ECONNREFUSED') === true))
  const broker = await startAedes(port)
  cleanup.defer(broker.kill)
  await up()
  await until('the gap', () => queue.gaps().length === 1)
  expect(queue.gaps()[0]?.reason).toContain('nobody listens')
})

test('a secret that cannot be read is a problem of the feed and shows nothing of it', async () => {
  const { feed } = await stage({ secret: 'plant/login', fetchSecret: async () => Promise.resolve('{"hunter2": true}') })
  await until('the problem', () => feed().problem?.includes('the secret "plant/login" is not a JSON object') === true)
  expect(feed().problem).not.toContain('hunter2')
})

test('slot b leaves dialects without a time of their own to slot a', async () => {
  const { watcher, stop } = watch({
    url: 'mqtt://127.0.0.1:1',
    slot: 'b',
    dialect: { ...testDialect, stableIdentity: false },
  })
  cleanup.defer(stop)
  expect(watcher.feeds()).toEqual([])
})

test('while the queue is unreachable memory stays bounded; then the loss is a gap and coverage starts after it', async () => {
  const queue = createQueue()
  const { up, broker, watcher, feed } = await stage({ queue, maxBacklogBytes: 100_000 })
  await up()
  queue.state.reachable = false
  for (let count = 0; count < 9000; count += 1) await broker().publish('told/line', `line ${count} ${Math.random()}`)
  await until('a loss', () => watcher.backlog().dropped > 0)
  expect(watcher.backlog().bytes).toBeLessThanOrEqual(100_000)
  queue.state.reachable = true
  await until('the gap', () => queue.gaps().length > 0, 40_000)
  const [gap] = queue.gaps()
  expect(gap?.reason).toMatch(/^the queue was unreachable; \d+ events were dropped$/)
  expect(feed().seenFrom! >= gap!.until).toBe(true)
})
