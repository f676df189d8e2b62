/** What webhooks tell, per form: EMQX's rule events, VerneMQ's hooks, the plain form. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventOf } from '../../../codec/identity.ts'
import { type HookRequest, type Reading, rejectionReasons } from '../../../domain/dialect.ts'
import { emqx } from '../../../domain/dialects/emqx.ts'
import { readEmqxHook } from '../../../domain/dialects/emqx-hook.ts'
import { emqxReasons } from '../../../domain/dialects/emqx-reasons.ts'
import { readPlainHook } from '../../../domain/dialects/plain-hook.ts'
import { readVernemqHook } from '../../../domain/dialects/vernemq-hook.ts'
import { EventDraftSchema } from '../../../domain/event.ts'
import { context, message, onlyEvent } from './recorded.ts'

const receivedAtMs = Date.parse('2026-11-22T10:00:01.000Z')
const atMs = receivedAtMs - 900
const connectedAtMs = atMs - 60_000

const hooks = { emqx: readEmqxHook, vernemq: readVernemqHook, plain: readPlainHook }

const request = (body: unknown, hook?: string): HookRequest => ({ body, hook, receivedAtMs })

/** Events with the fields that EMQX's rule engine gives them. */
const ofClient = {
  clientid: 'pump-17',
  username: 'undefined',
  peername: '10.1.2.3:52312',
  sockname: '10.0.0.1:1883',
  proto_name: 'MQTT',
  proto_ver: 5,
  node: 'emqx@10.0.0.1',
  timestamp: atMs + 3,
  client_attrs: {},
}
const connected = {
  ...ofClient,
  event: 'client.connected',
  mountpoint: 'undefined',
  keepalive: 60,
  clean_start: false,
  receive_maximum: 32,
  expiry_interval: 300,
  is_bridge: false,
  conn_props: { 'User-Property': {} },
  connected_at: connectedAtMs,
}
const disconnected = {
  ...ofClient,
  event: 'client.disconnected',
  reason: 'keepalive_timeout',
  disconn_props: { 'User-Property': {} },
  connected_at: connectedAtMs,
  disconnected_at: atMs,
}
const refused = {
  ...ofClient,
  event: 'client.connack',
  reason_code: 'bad_username_or_password',
  keepalive: 30,
  clean_start: true,
  expiry_interval: 0,
  conn_props: {},
}

describe('EMQX’s rule events', () => {
  it('tell who connected where and when', () => {
    expect(onlyEvent(readEmqxHook(request(connected), context))).toEqual({
      type: 'connected',
      ordinal: 1,
      atMs: connectedAtMs,
      connectedAtMs,
      cluster: context.cluster,
      broker: 'emqx@10.0.0.1',
      clientId: 'pump-17',
      view: 'broker',
      own: false,
      peer: '10.1.2.3',
      protocol: 5,
      keepaliveSeconds: 60,
      cleanStart: false,
    })
  })

  it.each([...emqxReasons])('the end %s has the cause that it has on $SYS', (reason, { cause }) => {
    const event = onlyEvent(readEmqxHook(request({ ...disconnected, reason }), context))
    expect(event).toMatchObject({ type: 'disconnected', cause, reason, atMs, connectedAtMs, origin: 'broker' })
  })

  it.each([
    ['connected', connected],
    ['disconnected', disconnected],
    ['disconnected', { ...disconnected, peername: 'fe80::1:52312' }],
    ['disconnected', { ...disconnected, username: 'alice', disconnected_at: connectedAtMs }],
  ])('%s is the event that $SYS tells: the same id, stored once', (event, body) => {
    const { clientid, username, proto_ver, reason, disconnected_at, connected_at } = {
      reason: undefined,
      disconnected_at: undefined,
      ...body,
    }
    const ipaddress = body.peername.replace(/:\d+$/, '')
    const told = { clientid, username, ipaddress, proto_ver, reason, disconnected_at, connected_at, ts: atMs + 2 }
    const topic = `$SYS/brokers/emqx@10.0.0.1/clients/pump-17/${event}`
    const same = onlyEvent(emqx.read(message(topic, JSON.stringify(told)), context))
    expect(eventOf(onlyEvent(readEmqxHook(request(body), context))).id).toBe(eventOf(same).id)
  })

  it.each([
    ['bad_username_or_password', 'not_authorized', 0x86],
    ['malformed_username_or_password', 'not_authorized', undefined],
    ['server_unavaliable', 'server_error', undefined],
    ['banned', 'kicked', 0x8a],
    ['connection_rate_exceeded', 'quota_exceeded', 0x9f],
    ['unknown_error', 'unknown', undefined],
  ])('a CONNACK with %s is a refusal: %s', (reason, cause, reasonCode) => {
    const event = onlyEvent(readEmqxHook(request({ ...refused, reason_code: reason }), context))
    expect(event).toMatchObject({
      type: 'refused',
      cause,
      reason,
      initiator: 'server',
      atMs: atMs + 3,
      clientId: 'pump-17',
    })
    expect([event.reasonCode, event.peer]).toEqual([reasonCode, '10.1.2.3:52312'])
  })

  it.each(['success', 'connection_accepted'])('a CONNACK with %s tells nothing more', (reason) => {
    const reading = readEmqxHook(request({ ...refused, reason_code: reason }), context)
    expect(reading).toMatchObject({ kind: 'rejection', reason: 'not_lifecycle' })
  })

  it('a client refused before it had an id has none', () => {
    expect(onlyEvent(readEmqxHook(request({ ...refused, clientid: 'undefined' }), context)).clientId).toBeUndefined()
  })

  it('a gateway’s client has no MQTT level', () => {
    const event = onlyEvent(readEmqxHook(request({ ...connected, proto_name: 'CoAP', proto_ver: '1' }), context))
    expect(event).toMatchObject({ evidence: { gateway: 'coap' } })
    expect(event.protocol).toBeUndefined()
  })

  it.each([
    ['connected_at', { ...connected, connected_at: 'yesterday' }],
    ['node', { ...connected, node: '' }],
    ['clientid', { ...disconnected, clientid: '' }],
    ['reason', { ...disconnected, reason: 7 }],
  ])('a wrong %s is named', (field, body) => {
    const reading = readEmqxHook(request(body), context)
    expect(reading).toMatchObject({ kind: 'rejection', reason: 'malformed', detail: expect.stringContaining(field) })
  })

  it('other events are not watched', () => {
    expect(readEmqxHook(request({ ...connected, event: 'session.subscribed' }), context)).toMatchObject({
      reason: 'not_watched',
    })
  })
})

describe('VerneMQ’s hooks', () => {
  const body = { client_id: 'pump-17', mountpoint: '' }
  it.each([
    ['on_client_wakeup', { type: 'connected' }],
    ['on_client_offline', { type: 'disconnected', cause: 'unknown', initiator: 'unknown' }],
    ['on_client_gone', { type: 'disconnected', cause: 'unknown', initiator: 'unknown' }],
  ])('%s is an event at the time of its receipt', (hook, facts) => {
    const event = onlyEvent(readVernemqHook(request(body, hook), { ...context, broker: 'VerneMQ@10.0.0.1' }))
    expect(event).toMatchObject({
      ...facts,
      atMs: receivedAtMs,
      broker: 'VerneMQ@10.0.0.1',
      evidence: { clock: 'receipt' },
    })
  })

  it.each([
    ['on_register', 'not_lifecycle'],
    ['on_register_m5', 'not_lifecycle'],
    ['on_session_expired', 'not_lifecycle'],
    ['auth_on_register', 'not_watched'],
    ['constructor', 'not_watched'],
  ])('%s is no event', (hook, reason) => {
    expect(readVernemqHook(request(body, hook), context)).toMatchObject({ kind: 'rejection', reason })
  })

  it('without the header the plain form is read', () => {
    const plain = { type: 'connected', clientId: 'a', at: atMs }
    expect(readVernemqHook(request(plain), context)).toEqual(readPlainHook(request(plain), context))
  })
})

describe('the plain form', () => {
  const full = {
    type: 'disconnected',
    clientId: 'pump-17',
    broker: 'hive-1',
    at: '2026-11-22T11:00:00.100+01:00',
    cause: 'kicked',
    reason: 'by hand',
    reasonCode: 0x98,
    peer: '10.1.2.3:52312',
    username: 'alice',
    protocol: 5,
    keepaliveSeconds: 60,
    cleanStart: true,
    connectedAt: connectedAtMs,
    session: 's-1',
  }
  const event = (body: object) => onlyEvent(readPlainHook(request(body), context))

  it('every field is recorded', () => {
    const { at: _, connectedAt: __, type, ...same } = full
    expect(event(full)).toEqual({
      ...same,
      type,
      atMs,
      connectedAtMs,
      ordinal: 0,
      cluster: context.cluster,
      view: 'broker',
      own: false,
      initiator: 'server',
      graceful: false,
      origin: 'broker',
    })
  })

  it('three fields are enough; the broker is that of the URL', () => {
    const body = { type: 'connected', clientId: 'pump-17', at: atMs }
    expect(event(body)).toMatchObject({ type: 'connected', broker: context.broker, atMs, clientId: 'pump-17' })
    expect(event({ ...body, type: 'disconnected' })).toMatchObject({ cause: 'unknown', initiator: 'unknown' })
    expect(event({ type: 'refused', at: atMs })).toMatchObject({ cause: 'unknown', initiator: 'server' })
  })

  it.each([
    ['disconnected', 0x00, 'client_requested'],
    ['disconnected', 0x8d, 'keepalive_timeout'],
    ['disconnected', 0x9c, 'server_redirect'],
    ['disconnected', 0x7f, 'unknown'],
    ['refused', 0x05, 'not_authorized'],
    ['refused', 0x01, 'protocol_error'],
    ['refused', 0x87, 'not_authorized'],
    ['refused', 0x04, 'not_authorized'],
  ])('a cause that is not told follows from the reason code: %s %i is %s', (type, reasonCode, cause) => {
    expect(event({ type, clientId: 'a', at: atMs, reasonCode }).cause).toBe(cause)
  })

  it('a time more than a day off is kept beside that of the receipt', () => {
    const told = event({ type: 'connected', clientId: 'a', at: '2020-01-01T00:00:00Z' })
    expect(told).toMatchObject({
      atMs: receivedAtMs,
      evidence: { clock: 'receipt', stampedAt: '2020-01-01T00:00:00.000Z' },
    })
  })

  it.each([
    ['type', { ...full, type: 'gone' }],
    ['clientId', { ...full, clientId: undefined }],
    ['clientId', { ...full, clientId: '' }],
    ['clientId', { ...full, clientId: 'ä'.repeat(32_768) }],
    ['at', { ...full, at: 'yesterday' }],
    ['at', { ...full, at: '2026-11-22' }],
    ['cause', { ...full, cause: 'gremlins' }],
    ['cause', { ...full, type: 'connected' }],
    ['reasonCode', { ...full, reasonCode: 256 }],
    ['broker', { ...full, broker: 'a b' }],
    ['protocol', { ...full, protocol: 7 }],
    ['colour', { ...full, colour: 'red' }],
  ])('a wrong %s is named', (field, body) => {
    const reading = readPlainHook(request(body), context)
    expect(reading).toMatchObject({
      kind: 'rejection',
      reason: 'malformed',
      detail: expect.stringMatching(`^${field}\\b`),
    })
  })
})

/** What is wrong with a reading: nothing, whatever was posted. */
function faultsOf(reading: Reading): unknown[] {
  if (reading.kind === 'rejection') return Object.hasOwn(rejectionReasons, reading.reason) ? [] : [reading.reason]
  if (reading.kind !== 'events') return [reading.kind]
  return reading.events.flatMap((draft) => EventDraftSchema.safeParse(draft).error ?? [])
}

describe.each(Object.entries(hooks))('whatever is posted as %s', (_, read) => {
  const bases = [connected, disconnected, refused, { type: 'refused', at: atMs }, { client_id: 'a', mountpoint: '' }]
  /** A real message with some of its fields turned into anything. */
  const damaged = fc
    .tuple(
      fc.constantFrom<object>(...bases),
      fc.dictionary(fc.constantFrom(...bases.flatMap(Object.keys)), fc.jsonValue()),
    )
    .map(([base, damage]) => ({ ...base, ...damage }))
  const hookNames = fc.option(fc.constantFrom('on_client_wakeup', 'on_client_gone', 'x', '__proto__'), {
    nil: undefined,
  })

  it('is a valid event or a rejection with its reason, the same each time', () => {
    fc.assert(
      fc.property(fc.oneof(damaged, fc.jsonValue()), hookNames, (body, hook) => {
        const reading = read(request(body, hook), context)
        expect(read(request(body, hook), context)).toEqual(reading)
        expect(faultsOf(reading)).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })
})
