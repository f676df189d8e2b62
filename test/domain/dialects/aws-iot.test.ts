/** AWS IoT Core: every reason it gives, and that repeated and swapped messages change nothing. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventOf } from '../../../codec/identity.ts'
import type { Cause } from '../../../domain/cause.ts'
import { awsIot } from '../../../domain/dialects/aws-iot.ts'
import { createOpenSessions } from '../../../domain/open-sessions.ts'
import { clientIds } from './arbitrary.ts'
import { context, message, onlyEvent } from './recorded.ts'

const timestamp = 1_795_374_479_000
const common = {
  clientId: 'pump-17',
  timestamp,
  sessionIdentifier: '00000000-0000-4000-8000-000000000001',
  principalIdentifier: '12345678901234567890123456789012',
  versionNumber: 3,
}
const connected = { ...common, eventType: 'connected', ipAddress: '192.0.2.7' }
const disconnected = {
  ...common,
  timestamp: timestamp + 600,
  eventType: 'disconnected',
  clientInitiatedDisconnect: false,
  disconnectReason: 'CONNECTION_LOST',
}
const refused = {
  ...common,
  eventType: 'connect_failed',
  connectFailureReason: 'AUTHORIZATION_FAILED',
  ipAddress: '198.51.100.9',
}

function read(document: Readonly<Record<string, unknown>> | string, type?: string) {
  const payload = typeof document === 'string' ? document : JSON.stringify(document)
  const told = typeof document === 'string' ? '' : String(document['eventType'])
  return awsIot.read(message(`$aws/events/presence/${type ?? told}/pump-17`, payload), context)
}

describe('a reason', () => {
  it.each<[reason: string, cause: Cause, initiator: string]>([
    ['AUTH_ERROR', 'not_authorized', 'server'],
    ['CLIENT_INITIATED_DISCONNECT', 'client_requested', 'client'],
    ['CLIENT_ERROR', 'protocol_error', 'server'],
    ['CONNECTION_LOST', 'network_eof', 'network'],
    ['DUPLICATE_CLIENTID', 'session_taken_over', 'server'],
    ['FORBIDDEN_ACCESS', 'not_authorized', 'server'],
    ['MQTT_KEEP_ALIVE_TIMEOUT', 'keepalive_timeout', 'server'],
    ['SERVER_ERROR', 'server_error', 'server'],
    ['SERVER_INITIATED_DISCONNECT', 'server_redirect', 'server'],
    ['API_INITIATED_DISCONNECT', 'kicked', 'server'],
    ['THROTTLED', 'quota_exceeded', 'server'],
    ['WEBSOCKET_TTL_EXPIRATION', 'lifetime_expired', 'server'],
    ['CUSTOMAUTH_TTL_EXPIRATION', 'lifetime_expired', 'server'],
    ['UNKNOWN', 'unknown', 'unknown'],
    ['NONE', 'unknown', 'unknown'],
    ['constructor', 'unknown', 'unknown'],
  ])('%s means %s, ended by %s', (disconnectReason, cause, initiator) => {
    const event = onlyEvent(read({ ...disconnected, disconnectReason }))
    expect(event).toMatchObject({ type: 'disconnected', reason: disconnectReason, cause, initiator, origin: 'broker' })
  })

  it('that is not told leaves whether the client wished it', () => {
    const { disconnectReason: _, ...silent } = disconnected
    expect(onlyEvent(read(silent)).cause).toBe('unknown')
    expect(onlyEvent(read({ ...silent, clientInitiatedDisconnect: true })).cause).toBe('client_requested')
  })
})

it('tells who came from where and when, in which session, on the one broker there is', () => {
  expect(onlyEvent(read(connected))).toEqual({
    type: 'connected',
    atMs: timestamp,
    connectedAtMs: timestamp,
    ordinal: 6,
    cluster: 'plant',
    broker: 'aws-iot',
    clientId: 'pump-17',
    view: 'broker',
    own: false,
    peer: '192.0.2.7',
    sessionKey: '00000000-0000-4000-8000-000000000001/3',
  })
})

it('tells who was refused, and why', () => {
  const expected = { type: 'refused', clientId: 'pump-17', cause: 'not_authorized', initiator: 'server' }
  expect(onlyEvent(read(refused))).toMatchObject({ ...expected, reason: 'AUTHORIZATION_FAILED', peer: '198.51.100.9' })
  expect(onlyEvent(read({ ...refused, connectFailureReason: 'OTHER' })).cause).toBe('unknown')
})

describe('AWS repeats and swaps messages', () => {
  it('the same message again is the same event, whenever it comes', () => {
    const first = message('$aws/events/presence/disconnected/pump-17', JSON.stringify(disconnected))
    const again = { ...first, receivedAt: first.receivedAt + 3000 }
    const ids = [first, again].map((each) => eventOf(onlyEvent(awsIot.read(each, context))).id)
    expect(ids[0]).toBe(ids[1])
  })

  it('connections of one session and one instant are told apart, and sort as they were', () => {
    const versions = [3, 4].flatMap((versionNumber) => [
      onlyEvent(read({ ...connected, versionNumber, ipAddress: undefined })),
      onlyEvent(read({ ...disconnected, timestamp, versionNumber })),
    ])
    expect(new Set(versions.map((event) => eventOf(event).id)).size).toBe(4)
    expect(versions.map(({ ordinal }) => ordinal)).toEqual([6, 7, 8, 9])
  })

  it('in whatever order they come, and however often, no end is concluded that was told', () => {
    const documents = [3, 4, 5].flatMap((versionNumber) => {
      const began = timestamp + 1000 * versionNumber
      const ended = { ...disconnected, timestamp: began + 900, versionNumber }
      return [{ ...connected, timestamp: began, versionNumber }, ...(versionNumber === 5 ? [] : [ended])]
    })
    const orders = fc.shuffledSubarray([...documents, ...documents], { minLength: 10 })
    fc.assert(
      fc.property(orders, (order) => {
        const sessions = createOpenSessions('plant', 100)
        for (const document of order) sessions.take(onlyEvent(read(document)), timestamp)
        expect(sessions.due(timestamp + 60_000)).toEqual([])
        expect(sessions.size()).toBe(1)
      }),
    )
  })
})

describe('what is wrong is named', () => {
  it.each<[Readonly<Record<string, unknown>>, string]>([
    [{ ...connected, clientId: 17 }, 'clientId'],
    [{ ...connected, clientId: '' }, 'clientId'],
    [{ ...connected, timestamp: '2026' }, 'timestamp'],
    [{ ...connected, timestamp: 1e300 }, 'timestamp'],
    [{ ...connected, versionNumber: -1 }, 'versionNumber'],
    [{ ...connected, sessionIdentifier: 'x'.repeat(200) }, 'sessionIdentifier'],
    [{ ...disconnected, disconnectReason: {} }, 'disconnectReason'],
  ])('in %j', (document, field) => {
    const reading = read(document)
    expect(reading).toMatchObject({ kind: 'rejection', reason: 'malformed' })
    expect(reading).toHaveProperty('detail', expect.stringMatching(new RegExp(`^${field}\\b`)))
  })

  it.each(['', 'null', '[]', '{', '"pump"', '{"__proto__":{"eventType":"connected"}}'])(
    'when it is no event: %s',
    (payload) => {
      expect(read(payload, 'connected')).toMatchObject({ kind: 'rejection', reason: 'malformed' })
    },
  )

  it('when the topic says otherwise', () => {
    expect(read(connected, 'disconnected')).toMatchObject({ kind: 'rejection', reason: 'malformed' })
  })
})

it.each([
  '$aws/events/presence/connectedx',
  '$aws/events/presence/connected',
  '$aws/events/subscriptions/subscribed/x',
])('reads nothing from %s', (topic) => {
  expect(awsIot.read(message(topic, JSON.stringify(connected)), context)).toMatchObject({ reason: 'not_watched' })
})

it('a client is recorded under exactly the id it gave', () => {
  fc.assert(
    fc.property(clientIds, (clientId) => {
      const reading = read({ ...connected, clientId })
      const short = clientId !== '' && Buffer.byteLength(clientId) <= 65_535
      expect(reading).toMatchObject(short ? { events: [{ clientId }] } : { reason: 'malformed' })
    }),
  )
})
