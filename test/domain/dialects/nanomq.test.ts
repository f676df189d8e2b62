/** NanoMQ: both ways in which it tells, its codes as it means them, and what a name with quotes in it can do: nothing. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventOf } from '../../../codec/identity.ts'
import type { Cause } from '../../../domain/cause.ts'
import { nanomq } from '../../../domain/dialects/nanomq.ts'
import { clientIds } from './arbitrary.ts'
import { context, message, onlyEvent } from './recorded.ts'

const ts = 1_795_374_479_950

interface Print {
  readonly scheme: 'topics of all' | 'a topic a client'
  readonly event: 'online' | 'offline'
  readonly clientId?: string
  readonly username?: string
  readonly code?: string
  readonly protocol?: number
  readonly address?: string
}

/** What NanoMQ prints: nothing escaped, and cut to its buffer. */
function printed(print: Print) {
  const {
    scheme,
    event,
    clientId = 'pump-17',
    username = '(null)',
    code = '0',
    protocol = 4,
    address = '10.1.2.3',
  } = print
  const status = scheme === 'a topic a client' ? `"status":"${event}", ` : ''
  const whole =
    event === 'online'
      ? `{${status}"username":"${username}", "ts":${ts},"proto_name":"MQTT","keepalive":60,"return_code":"${code}",` +
        `"proto_ver":${protocol},"client_id":"${clientId}","clean_start":1, "IPv4":"${address}"}`
      : `{${status}"username":"${username}","ts":${ts},"reason_code":"${code}","client_id":"${clientId}","IPv4":"${address}"}`
  const all = event === 'online' ? '$SYS/brokers/connected' : '$SYS/brokers/disconnected'
  const topic = scheme === 'a topic a client' ? `$SYS/brokers/client_status/${clientId}` : all
  return message(topic, Buffer.from(whole).subarray(0, 255).toString('utf8'))
}

const read = (print: Print) => nanomq.read(printed(print), context)
const schemes = ['topics of all', 'a topic a client'] as const

describe.each(schemes)('with %s', (scheme) => {
  it('a beginning tells who, when and how', () => {
    expect(onlyEvent(read({ scheme, event: 'online', username: 'alice', protocol: 5 }))).toEqual({
      type: 'connected',
      atMs: ts,
      ordinal: 1,
      cluster: 'plant',
      broker: 'broker-1',
      clientId: 'pump-17',
      view: 'broker',
      own: false,
      keepaliveSeconds: 60,
      cleanStart: true,
      protocol: 5,
      username: 'alice',
      peer: '10.1.2.3',
    })
  })

  it('what is not known is left out: no user name, and no address of a client by IPv6', () => {
    const event = onlyEvent(read({ scheme, event: 'online', address: '' }))
    expect(event).not.toHaveProperty('username')
    expect(event).not.toHaveProperty('peer')
  })

  it.each<[code: string, cause: Cause, initiator: string, reasonCode?: number]>([
    ['0', 'client_requested', 'client'],
    ['8b', 'network_eof', 'network'],
    ['8d', 'keepalive_timeout', 'server', 0x8d],
    ['8e', 'unknown', 'unknown'],
    ['80', 'server_error', 'server', 0x80],
    ['81', 'protocol_error', 'server', 0x81],
    ['82', 'protocol_error', 'server', 0x82],
    ['86', 'not_authorized', 'server', 0x86],
    ['87', 'not_authorized', 'server', 0x87],
    ['88', 'server_error', 'server', 0x88],
    ['89', 'server_error', 'server', 0x89],
    ['93', 'quota_exceeded', 'server', 0x93],
    ['95', 'packet_too_large', 'server', 0x95],
    ['99', 'protocol_error', 'server', 0x99],
    ['13', 'network_reset', 'network'],
    ['1f', 'network_eof', 'network'],
    ['7f', 'unknown', 'unknown'],
  ])('an end with code %s means %s', (code, cause, initiator, reasonCode) => {
    const event = onlyEvent(read({ scheme, event: 'offline', code }))
    expect(event).toMatchObject({ type: 'disconnected', atMs: ts, reason: code, cause, initiator, origin: 'broker' })
    expect(event.reasonCode).toBe(reasonCode)
  })

  it.each<[protocol: number, code: string, cause: Cause, reasonCode: number]>([
    [4, '1', 'protocol_error', 1],
    [4, '2', 'protocol_error', 2],
    [4, '3', 'server_error', 3],
    [4, '4', 'not_authorized', 4],
    [4, '5', 'not_authorized', 5],
    [5, '85', 'protocol_error', 0x85],
    [5, '86', 'not_authorized', 0x86],
    [5, '87', 'not_authorized', 0x87],
    [5, '8a', 'kicked', 0x8a],
    [5, '9f', 'quota_exceeded', 0x9f],
    [5, 'aa', 'unknown', 0xaa],
  ])('a beginning with MQTT level %i and return code %s was refused: %s', (protocol, code, cause, reasonCode) => {
    expect(onlyEvent(read({ scheme, event: 'online', protocol, code }))).toMatchObject({
      type: 'refused',
      clientId: 'pump-17',
      cause,
      reasonCode,
      initiator: 'server',
      protocol,
    })
  })

  it('what fills the buffer is cut, though it may look whole', () => {
    const bare = printed({ scheme, event: 'offline', username: '' }).payload.length
    const fitting = onlyEvent(read({ scheme, event: 'offline', username: 'u'.repeat(254 - bare) }))
    expect(fitting).toMatchObject({ clientId: 'pump-17' })
    for (const length of [255, 256, 400]) {
      const reading = read({ scheme, event: 'offline', username: 'u'.repeat(length - bare) })
      expect(reading).toMatchObject({ kind: 'rejection', reason: 'cut' })
    }
  })

  it('a retained event, as of a bridge, is an old one', () => {
    const retained = { ...printed({ scheme, event: 'online' }), retain: true }
    expect(nanomq.read(retained, context)).toMatchObject({ kind: 'rejection', reason: 'retained' })
  })

  it('whatever a client calls itself, no other client’s name is recorded', () => {
    const imitation = fc
      .tuple(fc.constantFrom('x', '', 'MQTT'), fc.nat(260), fc.boolean(), fc.constantFrom('victim', 'pump-17'))
      .map(([front, padding, online, victim]) => {
        const tail = online
          ? `"ts":1,"proto_name":"MQTT","keepalive":60,"return_code":"0","proto_ver":4,"client_id":"${victim}","clean_start":1, "IPv4":""}`
          : `"ts":1,"reason_code":"0","client_id":"${victim}","IPv4":""}`
        return `${front}${'p'.repeat(padding)}","${tail.slice(1)}`
      })
    const names = fc.oneof(imitation, clientIds).map((name) => Buffer.from(name.replaceAll('\0', '')).toString('utf8'))
    const events = fc.constantFrom('online' as const, 'offline' as const)
    fc.assert(
      fc.property(names, names, events, (clientId, username, event) => {
        const reading = read({ scheme, event, clientId, username })
        const said = { kind: 'events', events: [{ clientId, atMs: ts }] }
        expect(reading).toMatchObject(reading.kind === 'events' ? said : { kind: 'rejection' })
      }),
      { numRuns: 2000 },
    )
  })
})

it('a name with a quote in it is malformed, for what it says cannot be told from what NanoMQ says', () => {
  const forged = 'x","ts":1,"reason_code":"0","client_id":"victim'
  expect(read({ scheme: 'topics of all', event: 'offline', clientId: forged })).toMatchObject({ reason: 'malformed' })
  expect(read({ scheme: 'topics of all', event: 'offline', username: forged })).toMatchObject({ reason: 'malformed' })
})

it('an event under another client’s topic is malformed', () => {
  const { payload } = printed({ scheme: 'a topic a client', event: 'offline' })
  const reading = nanomq.read(message('$SYS/brokers/client_status/pump-18', payload), context)
  expect(reading).toMatchObject({ kind: 'rejection', reason: 'malformed', detail: expect.stringContaining('pump-18') })
})

it('an id with slashes is one id', () => {
  const event = onlyEvent(read({ scheme: 'a topic a client', event: 'online', clientId: 'plant/1/pump' }))
  expect(event.clientId).toBe('plant/1/pump')
})

it('an event has one id in every watcher, whenever it arrives', () => {
  const first = printed({ scheme: 'a topic a client', event: 'offline', code: '8b' })
  const later = { ...first, receivedAt: first.receivedAt + 777 }
  const ids = [first, later].map((each) => eventOf(onlyEvent(nanomq.read(each, context))).id)
  expect(ids[0]).toBe(ids[1])
})

it.each(['$SYS/brokers', '$SYS/brokers/client_status', '$SYS/brokers/connected/x', 'brokers/connected'])(
  'reads nothing from %s',
  (topic) => {
    expect(nanomq.read(message(topic, '{}'), context)).toMatchObject({ reason: 'not_watched' })
  },
)
