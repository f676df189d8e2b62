import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Message } from '../../domain/message.ts'
import { eventOf } from '../../codec/identity.ts'
import { newestFirst } from '../../domain/session.ts'
import { createBrokerClock } from '../../watcher/clock.ts'
import { endingOf } from '../../watcher/ending.ts'
import { createGauges } from '../../watcher/gauges.ts'
import { jsonLog } from '../../watcher/log.ts'
import { createOrdinals } from '../../watcher/ordinals.ts'
import { createReader } from '../../watcher/reader.ts'
import { mosquitto } from '../../domain/dialects/mosquitto.ts'
import { FeedSchema } from '../../domain/feed.ts'
import { testDialect } from './stage.ts'

const startMs = Date.parse('2026-11-22T10:00:00.000Z')
const line = (payload: string, topic = 'log'): Pick<Message, 'topic' | 'payload' | 'receivedAt'> => ({
  topic,
  payload,
  receivedAt: 0,
})

test('ordinals count within an instant, repeats count the very same message', () => {
  const { place } = createOrdinals(({ payload }) => payload.slice(0, 1))
  expect(['1a', '1b', '1a', '2a', '1a'].map((payload) => place(line(payload)))).toEqual([
    { ordinal: 0, repeat: 0, instant: '1' },
    { ordinal: 1, repeat: 0, instant: '1' },
    { ordinal: 2, repeat: 1, instant: '1' },
    { ordinal: 0, repeat: 0, instant: '2' },
    { ordinal: 3, repeat: 2, instant: '1' },
  ])
})

test('an instant long past is forgotten, so that memory stays bounded', () => {
  const { place } = createOrdinals(({ payload }) => payload)
  place(line('old'))
  for (let count = 0; count < 500; count += 1) place(line(String(count)))
  expect(place(line('old')).ordinal).toBe(0)
})

test('of a storm the newest instants are remembered, and in one that never ends events stay in order', () => {
  const { place, ofClient } = createOrdinals(({ payload }) => payload.slice(0, 1))
  const told = Array.from({ length: 60_000 }, () => {
    const { ordinal } = place(line('1 the same'))
    return ofClient({ clientId: 'pump-1', type: 'connected', ordinal }, '1')
  })
  expect(told.every((each, index) => index === 0 || each > (told[index - 1] ?? 0))).toBe(true)
  for (const second of ['2', '3']) for (let n = 0; n < 40_000; n += 1) place(line(`${second} ${n}`))
  expect(place(line('3 0'))).toMatchObject({ ordinal: 40_000, repeat: 1 })
  expect(place(line('1 the same'))).toMatchObject({ ordinal: 0, repeat: 0 })
})

test('a message delivered again keeps its place, and one under the same packet id that is another gets its own', () => {
  const { place } = createOrdinals(({ payload }) => payload.slice(0, 1))
  const first = [1, 2].map((packetId) => place(line('1a'), { packetId }))
  const again = [1, 2].map((packetId) => place(line('1a'), { packetId, duplicate: true }))
  expect(first.map(({ repeat }) => repeat)).toEqual([0, 1])
  expect(again).toEqual(first.map((each) => ({ ...each, again: true })))
  expect(place(line('1b'), { packetId: 2, duplicate: true })).toMatchObject({ ordinal: 2, repeat: 0 })
  expect(place(line('1a'), { packetId: 3, duplicate: true })).toMatchObject({ ordinal: 3, repeat: 2 })
})

test('a new link counts repeats from the beginning, and goes on counting a client’s events of an instant', () => {
  const { place, ofClient, restart } = createOrdinals(({ payload }) => payload.slice(0, 1))
  const event = { clientId: 'pump-1', type: 'connected' } as const
  const ordinalOf = (payload: string) => ofClient({ ...event, ordinal: place(line(payload)).ordinal }, '2')
  place(line('1 earlier'))
  ofClient({ ...event, ordinal: 0 }, '1')
  expect(['2 connected', '2 disconnected', '2 disconnected'].map(ordinalOf)).toEqual([4, 8, 12])
  restart()
  place(line('1 earlier'))
  ofClient({ ...event, ordinal: 0 }, '1')
  // The broker sends again what it had saved, and then something new.
  expect(['2 disconnected', '2 again'].map(ordinalOf)).toEqual([8, 16])
})

/** What a reader makes of a second's lines: one that listens since long, or one that begins to after so many of them. */
function accountOf(lines: readonly string[], unheard?: number) {
  const reader = createReader(mosquitto, { cluster: 'plant', broker: 'node-1', isOwn: () => false })
  const read = (text: string, atMs: number) => {
    const arrival = { topic: '$SYS/broker/log/N', payload: Buffer.from(`${atMs / 1000}: ${text}`), retain: false }
    return reader.read(arrival, { receivedAt: atMs + 5, measured: true }).events.map(eventOf)
  }
  if (unheard === undefined) read('New client connected from 10.0.0.9:40000 as earlier (p4, c1, k60).', startMs - 1000)
  return lines.slice(unheard).flatMap((text) => read(text, startMs))
}

test('of two watchers’ accounts of one second, mixed in any way, each client’s events stay in order', () => {
  const clients = fc.array(fc.constantFrom('pump-1', 'pump-2', 'pump-3'), { minLength: 2, maxLength: 12 })
  const mixes = fc.array(fc.boolean(), { minLength: 12, maxLength: 12 })
  fc.assert(
    fc.property(clients, fc.nat(12), mixes, fc.boolean(), (order, begins, ofSecond, bothBegan) => {
      const online = new Map<string, boolean>()
      const lines = order.map((id, index) => {
        online.set(id, online.get(id) !== true)
        const port = 40_000 + index
        return online.get(id) === true
          ? `New client connected from 10.0.0.7:${port} as ${id} (p4, c1, k60).`
          : `Client ${id} disconnected.`
      })
      // It may have missed one line of a client, no more: that much the numbers can bear.
      const unheard = Math.min(begins, lines.length)
      fc.pre(order.slice(0, unheard).every((id, index) => !order.slice(0, index).includes(id)))
      const truth = accountOf(lines, bothBegan ? 0 : undefined)
      const second = accountOf(lines, unheard)
      expect(truth).toHaveLength(lines.length)
      const stored = truth.map((event, index) => (ofSecond[index] ? (second[index - unheard] ?? event) : event))
      for (const clientId of new Set(order)) {
        const told = newestFirst(stored.filter((event) => event.clientId === clientId)).toReversed()
        expect(told.map(({ id }) => id)).toEqual(
          truth.filter((event) => event.clientId === clientId).map(({ id }) => id),
        )
      }
    }),
  )
})

test('how long a broker runs is believed only when it was told just now, not when it waited for us', () => {
  const reader = createReader(mosquitto, { cluster: 'plant', broker: 'node-1', isOwn: () => false })
  const arrival = { topic: '$SYS/broker/uptime', payload: Buffer.from('24 seconds'), retain: false }
  expect(reader.read(arrival, { receivedAt: startMs, measured: false }).uptimeSeconds).toBeUndefined()
  expect(reader.read(arrival, { receivedAt: startMs, measured: true }).uptimeSeconds).toBe(24)
})

test('no bytes under any topic make the reader throw, and what it cannot read is counted', () => {
  const reader = createReader(testDialect, { cluster: 'plant', broker: 'node-1', isOwn: () => false })
  const topics = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('told/throw', 'told/stamped', 'told/figure', 'told/line'),
  )
  fc.assert(
    fc.property(topics, fc.uint8Array({ maxLength: 500 }), fc.boolean(), (topic, bytes, retain) => {
      reader.read({ topic, payload: Buffer.from(bytes), retain }, { receivedAt: startMs, measured: true })
    }),
  )
  expect(reader.rejections.counts()['malformed']).toBeGreaterThan(0)
  for (const sample of reader.rejections.samples()) expect(sample.payload.length).toBeLessThanOrEqual(300)
})

test('a clock difference is the median, so that single late messages do not move it', () => {
  const clock = createBrokerClock()
  expect(clock.offsetMs()).toBeUndefined()
  for (const differenceMs of [7000, -300_000, 7010, 6990, 7005]) clock.measure(differenceMs)
  expect(clock.offsetMs()).toBe(7000)
  expect(clock.inBrokerTime(startMs)).toBe(startMs + 7000)
  expect(clock.problem()).toBe('the broker’s clock is 7 s ahead of the watcher’s: set both by NTP')
})

test('a difference that whole-second stamps explain is not used', () => {
  const clock = createBrokerClock()
  for (const differenceMs of [-900, -400, -100]) clock.measure(differenceMs)
  expect(clock.inBrokerTime(startMs)).toBe(startMs)
  expect(clock.problem()).toBeUndefined()
})

const sample = {
  cluster: 'plant',
  broker: 'node-1',
  name: 'connected',
  at: '2026-11-22T09:59:30.000Z',
  value: 5,
} as const

test('a figure is told at each minute with its latest value, of a single broker also when it did not change', () => {
  const gauges = createGauges('broker')
  expect(gauges.keep(sample, startMs - 30_000)).toBe(true)
  expect(gauges.keep({ ...sample, value: 6 }, startMs - 10_000)).toBe(false)
  expect(gauges.at(startMs + 3_600_000, startMs + 3_600_000)).toEqual([
    { ...sample, at: '2026-11-22T11:00:00.000Z', value: 6 },
  ])
})

test('a node of a cluster that stopped publishing is not told alive by its last figure', () => {
  const gauges = createGauges('cluster')
  gauges.keep(sample, startMs)
  expect(gauges.at(startMs + 60_000, startMs + 60_000)).toHaveLength(1)
  expect(gauges.at(startMs + 360_000, startMs + 360_000)).toHaveLength(0)
})

const attempted = {
  feed: FeedSchema.parse({ url: 'mqtts://broker.example:8883' }),
  clientId: 'keepwatch-plant-node-1-a',
  protocol: 5,
} as const
const opening = { established: true, accepted: false }

test.each([
  ['it says so', { refusedCode: 132 }, 'said'],
  ['it answers in 3.1.1 form', { refusedCode: 1 }, 'said'],
  ['it closes before CONNACK', {}, 'silent'],
  ['it resets before CONNACK', { error: { code: 'ECONNRESET', message: '' } }, 'silent'],
  ['the login is wrong', { refusedCode: 134 }, undefined],
  ['nobody listens', { established: false, error: { code: 'ECONNREFUSED', message: '' } }, undefined],
  [
    'the certificate is not trusted',
    { established: false, error: { code: 'SELF_SIGNED_CERT_IN_CHAIN', message: '' } },
    undefined,
  ],
  ['TLS never stood', { established: false }, undefined],
  ['no answer comes', { error: { message: 'connack timeout' } }, undefined],
  ['it worked before', { accepted: true }, undefined],
] as const)('whether 3.1.1 is tried when %s', (_, symptoms, expected) => {
  expect(endingOf({ ...opening, ...symptoms }, attempted).refusesLevel5).toBe(expected)
})

test.each([
  [
    { error: { code: 'ENOTFOUND', message: '' } },
    'DNS does not know the host of mqtts://broker.example:8883 (ENOTFOUND)',
  ],
  [{ accepted: true, disconnectCode: 142 }, 'another connection uses the same client id'],
  [{ accepted: true, error: { message: 'Keepalive timeout' } }, 'answered no ping for 15.0 s (keepalive_timeout)'],
  [{ accepted: true }, 'without a goodbye (network_eof)'],
  [{ accepted: true, error: { code: 'ECONNRESET', message: '' } }, 'network_reset'],
  [{ refusedCode: 135 }, 'name a secret with username and password'],
] as const)('an ending %j is told in plain words', (symptoms, words) => {
  expect(endingOf({ ...opening, ...symptoms }, attempted).words).toContain(words)
})

test('what brokers and clients wrote cannot act in a log', () => {
  const lines: string[] = []
  const log = jsonLog(
    (text) => void lines.push(text),
    () => startMs,
  )
  log({ level: 'warn', message: 'refused', clientId: 'a\n{"level":"error"}\u{202e}\u001B[2J' })
  expect(lines).toHaveLength(1)
  expect(lines[0]?.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  expect(JSON.parse(lines[0]!)).toMatchObject({ time: '2026-11-22T10:00:00.000Z', level: 'warn' })
})
