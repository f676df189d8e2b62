/** Birth and will messages: every convention, own topics, what is retained, and Sparkplug's bytes. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dialectOf, dialects } from '../../../domain/dialects/index.ts'
import { generic, genericFor } from '../../../domain/dialects/generic.ts'
import type { Message } from '../../../domain/message.ts'
import { createOpenSessions } from '../../../domain/open-sessions.ts'
import { type Presence, PresenceSchema } from '../../../domain/presence.ts'
import { clientIds } from './arbitrary.ts'
import { faultsOf } from './contract.ts'
import { context, eventsOf, message, messagesOf, onlyEvent } from './recorded.ts'

const receivedAt = 1_795_374_480_000
const binary = (topic: string, bytes: Uint8Array, others: Partial<Message> = {}): Message =>
  message(topic, Buffer.from(bytes).toString('utf8'), { bytes, ...others })

/** Sparkplug payloads, written as its schema has them. */
function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) + 0x80, ...varint(Math.floor(value / 0x80))]
}
const numberField = (field: number, value: number) => [...varint(field * 8), ...varint(value)]
const bytesField = (field: number, bytes: readonly number[]) => [
  ...varint(field * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
]
const metric = (name: string, value: readonly number[]) =>
  bytesField(2, [...bytesField(1, [...Buffer.from(name)]), ...numberField(3, receivedAt), ...value])
const double = (field: number) => [...varint(field * 8 + 1), 0, 0, 0, 0, 0, 0x80, 0x35, 0x40]
function birth({ bdSeq, timestamp = receivedAt - 40 }: { bdSeq?: number; timestamp?: number }): Uint8Array {
  return Uint8Array.from([
    ...numberField(1, timestamp),
    ...metric('temperature', double(13)),
    ...(bdSeq === undefined ? [] : metric('bdSeq', [...numberField(4, 4), ...numberField(11, bdSeq)])),
    ...metric('bdSeqs', numberField(11, 77)),
    ...numberField(3, 0),
  ])
}

describe('Sparkplug', () => {
  it('a node’s birth and death are one session, by their bdSeq', () => {
    const born = onlyEvent(generic.read(binary('spBv1.0/plant/NBIRTH/edge-1', birth({ bdSeq: 250 })), context))
    const died = onlyEvent(generic.read(binary('spBv1.0/plant/NDEATH/edge-1', birth({ bdSeq: 250 })), context))
    expect(born).toEqual({
      atMs: receivedAt,
      ordinal: 0,
      cluster: 'plant',
      broker: 'broker-1',
      clientId: 'plant/edge-1',
      type: 'connected',
      view: 'broker',
      own: false,
      sessionKey: 'bdSeq 250',
      evidence: { clock: 'receipt' },
    })
    expect(died).toMatchObject({ type: 'disconnected', cause: 'unknown', reason: 'will', sessionKey: 'bdSeq 250' })
    expect(died).toMatchObject({ initiator: 'unknown', graceful: false, origin: 'broker' })
  })

  it('a will that comes after the next birth ends the session before it', () => {
    const sessions = createOpenSessions('plant', 10)
    const take = (kind: string, bdSeq: number) =>
      sessions.take(onlyEvent(generic.read(binary(`spBv1.0/g/${kind}/n`, birth({ bdSeq })), context)), receivedAt)
    take('NBIRTH', 1)
    take('NBIRTH', 2)
    take('NDEATH', 1)
    expect(sessions.size()).toBe(1)
    expect(sessions.due(receivedAt + 60_000)).toEqual([])
  })

  it('a birth asked for again begins no other session', () => {
    const sessions = createOpenSessions('plant', 10)
    for (const receivedLater of [0, 60_000]) {
      const born = binary('spBv1.0/g/NBIRTH/n', birth({ bdSeq: 7 }), { receivedAt: receivedAt + receivedLater })
      sessions.take(onlyEvent(generic.read(born, context)), receivedAt + receivedLater)
    }
    expect(sessions.due(receivedAt + 120_000)).toEqual([])
  })

  it('devices go under their node’s name, and their death is no will', () => {
    const read = (kind: string) => onlyEvent(generic.read(binary(`spBv1.0/g/${kind}/n/pump`, birth({})), context))
    expect(read('DBIRTH')).toMatchObject({ type: 'connected', clientId: 'g/n/pump' })
    expect(read('DDEATH')).toMatchObject({ type: 'disconnected', clientId: 'g/n/pump', reason: 'DDEATH' })
  })

  it('a host application’s birth and will carry one time', () => {
    const state = (online: boolean) =>
      onlyEvent(
        generic.read(message('spBv1.0/STATE/scada', JSON.stringify({ online, timestamp: receivedAt - 9 })), context),
      )
    expect(state(true)).toMatchObject({ type: 'connected', clientId: 'scada', sessionKey: String(receivedAt - 9) })
    expect(state(false)).toMatchObject({ type: 'disconnected', sessionKey: String(receivedAt - 9), atMs: receivedAt })
  })

  it('a clock that is a day off is told, and nothing is placed by it', () => {
    const read = onlyEvent(generic.read(binary('spBv1.0/g/NBIRTH/n', birth({ timestamp: 1000 })), context))
    expect(read).toMatchObject({ atMs: receivedAt, evidence: { stampedAt: '2000-01-01T00:00:00.000Z' } })
  })

  it.each(['', 'ONLINE', '{"online":1}', '{"online"', 'null', '[]'])(
    'a state that is none is malformed: %s',
    (payload) => {
      expect(generic.read(message('spBv1.0/STATE/scada', payload), context)).toMatchObject({ reason: 'malformed' })
    },
  )

  it('any bytes are read without throwing, and a payload cut anywhere gives no other session', () => {
    const topics = fc.constantFrom(
      'spBv1.0/g/NBIRTH/n',
      'spBv1.0/g/NDEATH/n',
      'spBv1.0/g/DBIRTH/n/d',
      'spBv1.0/STATE/h',
    )
    fc.assert(
      fc.property(topics, fc.uint8Array({ maxLength: 200 }), (topic, bytes) => {
        expect(faultsOf(generic, binary(topic, bytes), context)).toEqual([])
      }),
      { numRuns: 2000 },
    )
    const whole = birth({ bdSeq: 250 })
    for (let length = 0; length < whole.length; length += 1) {
      const cut = binary('spBv1.0/g/NBIRTH/n', whole.subarray(0, length))
      expect(faultsOf(generic, cut, context)).toEqual([])
      const [event] = eventsOf([generic.read(cut, context)])
      expect([undefined, 'bdSeq 250']).toContain(event?.sessionKey)
    }
  })

  it('a payload of nothing but keys costs no more than its length', () => {
    const many = new Uint8Array(1024 * 1024).fill(8)
    expect(faultsOf(generic, binary('spBv1.0/g/NBIRTH/n', many), context)).toEqual([])
  })
})

describe('words on topics', () => {
  it.each([
    ['tele/kitchen/LWT', 'Online', 'connected', 'kitchen'],
    ['tele/kitchen/LWT', 'Offline', 'disconnected', 'kitchen'],
    ['homeassistant/status', 'online', 'connected', 'homeassistant'],
    ['homeassistant/status', 'offline', 'disconnected', 'homeassistant'],
  ])('%s: %s is %s', (topic, payload, type, clientId) => {
    expect(onlyEvent(generic.read(message(topic, payload), context))).toMatchObject({ type, clientId })
  })

  const own: Presence = { topic: 'plants/+/devices/{clientId}/status', online: '1', offline: '{"up":false}' }

  it('on a topic of one’s own are taken as they are written', () => {
    const dialect = genericFor([own])
    const read = (payload: string) => dialect.read(message('plants/7/devices/pump-17/status', payload), context)
    expect(onlyEvent(read('1'))).toMatchObject({ type: 'connected', clientId: 'pump-17' })
    expect(onlyEvent(read('{"up":false}'))).toMatchObject({ type: 'disconnected', cause: 'unknown', reason: 'will' })
    for (const payload of ['0', '{"up": false}', '', '1 '])
      expect(read(payload)).toMatchObject({ reason: 'not_lifecycle' })
    expect(dialect.subscriptions.map(({ filter }) => filter)).toEqual(['plants/+/devices/+/status'])
  })

  it('under a client id of no letters are nobody’s', () => {
    expect(genericFor([own]).read(message('plants/7/devices//status', '1'), context)).toMatchObject({
      reason: 'malformed',
    })
  })

  it.each(['tele/kitchen/STATE', 'tele/a/b/LWT', 'homeassistant/status/x', 'spBv1.0/g/NDATA/n', 'spBv2.0/g/NBIRTH/n'])(
    'on %s are of another matter',
    (topic) => {
      expect(generic.read(message(topic, 'Online'), context)).toMatchObject({ reason: 'not_watched' })
    },
  )

  it('any client id on one level is recorded as it is', () => {
    const dialect = genericFor([{ topic: 'devices/{clientId}/status', online: 'online', offline: 'offline' }])
    fc.assert(
      fc.property(clientIds, (clientId) => {
        const read = dialect.read(message(`devices/${clientId}/status`, 'online'), context)
        const short = clientId !== '' && Buffer.byteLength(clientId) <= 65_535
        const named = short ? { events: [{ clientId }] } : { reason: 'malformed' }
        expect(read).toMatchObject(clientId.includes('/') ? { reason: 'not_watched' } : named)
      }),
    )
  })
})

describe('what is retained', () => {
  it('says how things stand, and is no event', () => {
    for (const each of messagesOf(generic)) {
      expect(generic.read({ ...each, retain: true }, context)).toMatchObject({ kind: 'rejection' })
    }
    const replayed = generic.read(message('tele/kitchen/LWT', 'Offline', { retain: true }), context)
    expect(replayed).toMatchObject({ reason: 'retained' })
  })
})

describe('the dialect of a cluster', () => {
  it('follows its conventions, all that have a name where it tells none', () => {
    const tasmota = dialectOf({ dialect: 'generic', presence: [{ convention: 'tasmota' }] })
    expect(tasmota.subscriptions.map(({ filter }) => filter)).toEqual(['tele/+/LWT'])
    expect(dialectOf({ dialect: 'generic' })).toBe(dialects.generic)
    expect(dialects.generic.subscriptions).toHaveLength(7)
    expect(dialectOf({ dialect: 'emqx' })).toBe(dialects.emqx)
  })

  it('asks for a topic once, though two conventions name it', () => {
    const words = { online: 'up', offline: 'down' }
    const twice = genericFor([{ convention: 'tasmota' }, { topic: 'tele/{clientId}/LWT', ...words }])
    expect(twice.subscriptions).toHaveLength(1)
    expect(twice.read(message('tele/kitchen/LWT', 'up'), context)).toMatchObject({ reason: 'not_lifecycle' })
  })
})

it.each([
  'devices/status',
  '{clientId}/{clientId}',
  'a/x{clientId}',
  'a/#/{clientId}',
  'a/{clientId}/b+',
  '{clientId}/{id}',
  '',
])('a topic such as "%s" is refused', (topic) => {
  expect(PresenceSchema.safeParse({ topic, online: 'a', offline: 'b' }).success).toBe(false)
})
