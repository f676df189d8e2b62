import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { afterEach, expect, test } from 'vitest'
import type { Dialect } from '../../domain/dialect.ts'
import type { Send } from '../../watcher/queue.ts'
import { openSpool } from '../../watcher/spool.ts'
import {
  createCleanup,
  createQueue,
  freePort,
  removeFolder,
  startMosquitto,
  testDialect,
  until,
  watch,
} from './stage.ts'

const cleanup = createCleanup()
afterEach(cleanup.run)

// A machine with other work to do must still answer in time.
const keepaliveSeconds = 5
const receiveMaximum = 1000

/** A mosquitto that holds a whole flood, and somebody who sends it. */
async function startBroker() {
  const port = await freePort()
  const lines = ['allow_anonymous true', 'max_queued_messages 0']
  const broker = await startMosquitto(port, [...lines, `listener ${port} 127.0.0.1`])
  cleanup.defer(() => removeFolder(broker.folder))
  cleanup.defer(broker.stop)
  const publisher = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 })
  cleanup.defer(async () => publisher.endAsync(true))
  return {
    url: `mqtt://127.0.0.1:${port}`,
    flood: (lineCount: number) => {
      for (let line = 0; line < lineCount; line += 1) publisher.publish('told/line', `line-${line}`, { qos: 1 })
    },
  }
}

/** The small dialect over QoS 1 as brokers' logs come, or over QoS 0; counts what it read. */
function countingDialect(qos: 0 | 1) {
  let lines = 0
  const dialect: Dialect = {
    ...testDialect,
    keepsSeconds: 60,
    subscriptions: testDialect.subscriptions.map((subscription) => ({ ...subscription, qos })),
    read: (message, context) => {
      lines += 1
      return testDialect.read(message, context)
    },
  }
  return { dialect, lines: () => lines }
}

/** A queue that takes its time over each batch. */
function slowQueue(sendMs: number) {
  const queue = createQueue()
  const send: Send = async (body) => {
    await new Promise((done) => setTimeout(done, sendMs))
    return queue.send(body)
  }
  return { ...queue, send }
}

const names = (events: readonly { clientId?: string | undefined }[]) =>
  events.flatMap(({ clientId }) => (clientId?.startsWith('line-') ? [clientId] : []))

test('through a flood and a slow queue the link stays, nothing is lost, and little is held', async () => {
  const lineCount = 40_000
  const { url, flood } = await startBroker()
  const { dialect, lines } = countingDialect(1)
  const queue = slowQueue(200)
  const connection = { keepalive: keepaliveSeconds, receiveMaximum }
  const { up, watcher, lines: said, stop } = watch({ url, dialect, queue, connection })
  cleanup.defer(stop)
  await up()
  const shipped = () => queue.batches.reduce((sum, batch) => sum + batch.events.length, 0)
  let mostBytes = 0
  let mostUnshipped = 0
  flood(lineCount)
  await until('the first to be shipped', () => {
    if (shipped() > 0) return true
    mostUnshipped = lines()
    return false
  })
  // mosquitto 2.0.11 keeps to our window until the first acknowledgement, and then sends all it has.
  expect(mostUnshipped).toBeLessThanOrEqual(receiveMaximum)
  await until(
    'all to be shipped',
    () => {
      mostBytes = Math.max(mostBytes, watcher.backlog().bytes)
      return shipped() >= lineCount
    },
    60_000,
  )
  expect(new Set(names(queue.events())).size).toBe(lineCount)
  expect(mostBytes).toBeLessThan(1_000_000)
  expect(watcher.backlog()).toMatchObject({ dropped: 0 })
  expect(said.filter(({ message }) => message.startsWith('feed is'))).toHaveLength(1)
  expect(queue.gaps()).toEqual([])
}, 90_000)

test('what a broker will not hold back waits within its bounds on disk, and what overflows is a gap', async () => {
  const lineCount = 60_000
  const maxBytes = 40_000
  const { url, flood } = await startBroker()
  const { dialect, lines } = countingDialect(0)
  const queue = createQueue()
  const folder = mkdtempSync(join(tmpdir(), 'keepwatch-flood-'))
  cleanup.defer(() => removeFolder(folder))
  const spool = openSpool({ folder, maxBytes, log: () => undefined })
  const connection = { keepalive: keepaliveSeconds, clean: true }
  const { up, watcher, lines: said, stop } = watch({ url, dialect, queue, connection, spool, maxBacklogBytes: 10_000 })
  cleanup.defer(stop)
  await up()
  queue.state.reachable = false
  let mostOnDisk = 0
  let mostInMemory = 0
  const look = () => {
    const { bytes } = watcher.backlog()
    mostOnDisk = Math.max(mostOnDisk, spool.bytes())
    mostInMemory = Math.max(mostInMemory, bytes - spool.bytes())
  }
  flood(lineCount)
  await until(
    'the flood to be over, and to have been more than there is room for',
    () => {
      look()
      return lines() >= lineCount && watcher.backlog().dropped > 0
    },
    60_000,
  )
  expect(mostOnDisk).toBeLessThanOrEqual(maxBytes)
  expect(mostInMemory).toBeLessThan(100_000)
  expect(said.filter(({ message }) => message.startsWith('feed is'))).toHaveLength(1)
  queue.state.reachable = true
  await until('what is left to be shipped', () => names(queue.events()).includes(`line-${lineCount - 1}`), 40_000)
  await until('the gap', () => queue.gaps().length > 0)
  const { dropped } = watcher.backlog()
  // More may be dropped while the first loss is being told.
  const told = () =>
    queue.gaps().map(({ reason }) => /^the queue was unreachable; (\d+) events were dropped$/.exec(reason))
  await until(
    'all of the loss to be told',
    () => told().reduce((sum, gap) => sum + Number(gap?.[1] ?? NaN), 0) === dropped,
  )
  expect(names(queue.events()).length + dropped).toBe(lineCount)
}, 120_000)
