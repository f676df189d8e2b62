/** EMQX: every reason it gives, the fields of its documents, and what happens when they are not what they should be. */
import { describe, expect, it } from 'vitest'
import type { Cause } from '../../../domain/cause.ts'
import { emqx } from '../../../domain/dialects/emqx.ts'
import { emqxReasons } from '../../../domain/dialects/emqx-reasons.ts'
import { eventOf } from '../../../codec/identity.ts'
import { context, eventsOf, message, messagesOf, onlyEvent, readAll } from './recorded.ts'

const now = 1_795_374_480_000
const node = 'emqx@10.0.0.1'
const common = {
  clientid: 'pump-17',
  username: 'undefined',
  ipaddress: '10.1.2.3',
  sockport: 1883,
  protocol: 'mqtt',
  proto_name: 'MQTT',
  proto_ver: 5,
  connected_at: now - 5000,
  ts: now - 10,
}
const connected = { ...common, keepalive: 60, clean_start: true, expiry_interval: 7_200_000, receive_maximum: 32 }
const disconnected = { ...common, reason: 'normal', disconnected_at: now - 20 }

function read(event: string, document: unknown, topic = `$SYS/brokers/${node}/clients/pump-17/${event}`) {
  return emqx.read(message(topic, typeof document === 'string' ? document : JSON.stringify(document)), context)
}

type Row = readonly [reason: string, cause: Cause, initiator: string, reasonCode?: number]

const rows: readonly Row[] = [
  ['normal', 'client_requested', 'client', 0x00],
  ['disconnect_with_will_message', 'client_requested', 'client', 0x04],
  ['keepalive_timeout', 'keepalive_timeout', 'server', 0x8d],
  ['not_authorized', 'not_authorized', 'server', 0x87],
  ['use_another_server', 'server_redirect', 'server', 0x9c],
  ['takenover', 'session_taken_over', 'server'],
  ['discarded', 'session_taken_over', 'server'],
  ['kicked', 'kicked', 'server'],
  ['frame_error', 'protocol_error', 'server'],
  ['unexpected_ws_frame', 'protocol_error', 'server'],
  ['frame_too_large', 'packet_too_large', 'server'],
  ['emsgsize', 'packet_too_large', 'server'],
  ['shutdown', 'server_error', 'server'],
  ['tcp_closed', 'network_eof', 'network'],
  ['ssl_closed', 'network_eof', 'network'],
  ['closed', 'network_eof', 'network'],
  ['remote', 'network_eof', 'network'],
  ['stop', 'network_eof', 'network'],
  ['enotconn', 'network_eof', 'network'],
  ['einval', 'network_eof', 'network'],
  ['econnreset', 'network_reset', 'network'],
  ['econnaborted', 'network_reset', 'network'],
  ['econnrefused', 'network_reset', 'network'],
  ['etimedout', 'network_reset', 'network'],
  ['send_timeout', 'network_reset', 'network'],
  ['epipe', 'network_reset', 'network'],
  ['ehostunreach', 'network_reset', 'network'],
  ['ehostdown', 'network_reset', 'network'],
  ['enetunreach', 'network_reset', 'network'],
  ['enetdown', 'network_reset', 'network'],
  ['enetreset', 'network_reset', 'network'],
  ['eshutdown', 'network_reset', 'network'],
  ['tls_alert', 'tls_error', 'network'],
  ['ssl_error', 'tls_error', 'network'],
  ['ssl_upgrade_timeout', 'tls_error', 'network'],
  ['internal_error', 'unknown', 'unknown'],
  ['timeout', 'unknown', 'unknown'],
  ['error', 'unknown', 'unknown'],
  ['unspecified_error', 'server_error', 'unknown', 0x80],
  ['malformed_packet', 'protocol_error', 'unknown', 0x81],
  ['protocol_error', 'protocol_error', 'unknown', 0x82],
  ['implementation_specific_error', 'protocol_error', 'unknown', 0x83],
  ['unsupported_protocol_version', 'protocol_error', 'unknown', 0x84],
  ['client_identifier_not_valid', 'protocol_error', 'unknown', 0x85],
  ['bad_username_or_password', 'not_authorized', 'unknown', 0x86],
  ['server_unavailable', 'server_error', 'unknown', 0x88],
  ['server_busy', 'server_error', 'unknown', 0x89],
  ['banned', 'kicked', 'unknown', 0x8a],
  ['server_shutting_down', 'server_shutdown', 'unknown', 0x8b],
  ['bad_authentication_method', 'not_authorized', 'unknown', 0x8c],
  ['session_taken_over', 'session_taken_over', 'unknown', 0x8e],
  ['topic_filter_invalid', 'protocol_error', 'unknown', 0x8f],
  ['topic_name_invalid', 'protocol_error', 'unknown', 0x90],
  ['packet_identifier_inuse', 'protocol_error', 'unknown', 0x91],
  ['packet_identifier_not_found', 'protocol_error', 'unknown', 0x92],
  ['receive_maximum_exceeded', 'quota_exceeded', 'unknown', 0x93],
  ['topic_alias_invalid', 'protocol_error', 'unknown', 0x94],
  ['packet_too_large', 'packet_too_large', 'unknown', 0x95],
  ['message_rate_too_high', 'quota_exceeded', 'unknown', 0x96],
  ['quota_exceeded', 'quota_exceeded', 'unknown', 0x97],
  ['administrative_action', 'kicked', 'unknown', 0x98],
  ['payload_format_invalid', 'protocol_error', 'unknown', 0x99],
  ['retain_not_supported', 'protocol_error', 'unknown', 0x9a],
  ['qos_not_supported', 'protocol_error', 'unknown', 0x9b],
  ['server_moved', 'server_redirect', 'unknown', 0x9d],
  ['shared_subscriptions_not_supported', 'protocol_error', 'unknown', 0x9e],
  ['connection_rate_exceeded', 'quota_exceeded', 'unknown', 0x9f],
  ['maximum_connect_time', 'lifetime_expired', 'unknown', 0xa0],
  ['subscription_identifiers_not_supported', 'protocol_error', 'unknown', 0xa1],
  ['wildcard_subscriptions_not_supported', 'protocol_error', 'unknown', 0xa2],
]

describe('a reason', () => {
  it.each(rows)('%s means %s, ended by %s', (reason, cause, initiator, reasonCode) => {
    const event = onlyEvent(read('disconnected', { ...disconnected, reason }))
    expect(event).toMatchObject({ type: 'disconnected', reason, cause, initiator, origin: 'broker' })
    expect(event.reasonCode).toBe(reasonCode)
  })

  it.each([3, 4, 5])(
    'of an evacuated node is the same for MQTT level %i: the server sends its clients elsewhere',
    (level) => {
      const event = onlyEvent(read('disconnected', { ...disconnected, reason: 'use_another_server', proto_ver: level }))
      expect(event).toMatchObject({ cause: 'server_redirect', initiator: 'server', graceful: true, protocol: level })
    },
  )

  it('that is known is in this table', () => {
    expect([...emqxReasons.keys()].toSorted()).toEqual(rows.map(([reason]) => reason).toSorted())
  })

  it.each(['exotic_new_atom', 'constructor', '__proto__', ''])(
    '"%s", not known, is kept with cause unknown',
    (reason) => {
      const event = onlyEvent(read('disconnected', { ...disconnected, reason }))
      expect(event).toMatchObject({ reason, cause: 'unknown', initiator: 'unknown' })
      expect(event.reasonCode).toBeUndefined()
    },
  )
})

describe('a document', () => {
  it('of a beginning is placed at connected_at, with what it tells of the client', () => {
    expect(onlyEvent(read('connected', connected))).toEqual({
      atMs: now - 5000,
      ordinal: 1,
      cluster: 'plant',
      broker: node,
      clientId: 'pump-17',
      type: 'connected',
      view: 'broker',
      own: false,
      connectedAtMs: now - 5000,
      peer: '10.1.2.3',
      protocol: 5,
      keepaliveSeconds: 60,
      cleanStart: true,
    })
  })

  it('of an end is placed at disconnected_at, or at ts where that is missing', () => {
    const { disconnected_at: _, ...older } = disconnected
    expect(onlyEvent(read('disconnected', disconnected)).atMs).toBe(now - 20)
    expect(onlyEvent(read('disconnected', older)).atMs).toBe(now - 10)
    expect(onlyEvent(read('disconnected', disconnected)).connectedAtMs).toBe(now - 5000)
  })

  it('of an end without its beginning, as RMQTT writes it, tells the end all the same', () => {
    const { connected_at: _, ...rmqtt } = { ...disconnected, reason: 'Disconnect', ipaddress: '10.1.2.3:50123' }
    const event = onlyEvent(read('disconnected', rmqtt))
    expect(event).toMatchObject({ clientId: 'pump-17', atMs: now - 20, cause: 'unknown', reason: 'Disconnect' })
    expect(event.connectedAtMs).toBeUndefined()
  })

  it('of another day is placed at its receipt, and says what was stamped', () => {
    const event = onlyEvent(read('connected', { ...connected, connected_at: 1000 }))
    expect(event.atMs).toBe(now)
    expect(event.evidence).toEqual({ clock: 'receipt', stampedAt: '2000-01-01T00:00:00.000Z' })
  })

  it('says undefined, as text, where it has nothing to tell', () => {
    const bare = { ...connected, ipaddress: 'undefined', proto_ver: 'undefined', keepalive: null }
    const event = onlyEvent(read('connected', bare))
    const { username, peer, protocol, keepaliveSeconds } = event
    expect([username, peer, protocol, keepaliveSeconds]).toEqual(Array(4).fill(undefined))
    expect(onlyEvent(read('connected', { ...connected, username: 'alice' })).username).toBe('alice')
  })

  it('of a gateway client names its gateway, and its protocol is none of MQTT’s', () => {
    const topic = `$SYS/brokers/${node}/gateway/mqttsn/clients/sensor/1/connected`
    const event = onlyEvent(read('connected', { ...connected, clientid: 'sensor/1', proto_ver: 3 }, topic))
    expect(event).toMatchObject({ clientId: 'sensor/1', broker: node, evidence: { gateway: 'mqttsn' } })
    expect(event.protocol).toBeUndefined()
  })

  it('is told apart by the last level of its topic alone, since ids may hold the others', () => {
    const topic = `$SYS/brokers/${node}/clients/a/connected/clients/b/disconnected`
    const event = onlyEvent(read('', { ...disconnected, clientid: 'a/connected/clients/b' }, topic))
    expect(event).toMatchObject({ type: 'disconnected', clientId: 'a/connected/clients/b' })
  })

  it('within one millisecond, sorts as end of the old, beginning of the new, end of the new', () => {
    const times = { connected_at: now, disconnected_at: now }
    const old = onlyEvent(read('disconnected', { ...disconnected, disconnected_at: now, reason: 'discarded' }))
    const begun = onlyEvent(read('connected', { ...connected, ...times }))
    const ended = onlyEvent(read('disconnected', { ...disconnected, ...times }))
    expect([old, begun, ended].map(({ atMs }) => atMs)).toEqual([now, now, now])
    expect([old, begun, ended].map(({ ordinal }) => ordinal)).toEqual([0, 1, 2])
  })

  it('has one id in every watcher, whenever it arrives, and another for another moment, address or session', () => {
    const id = (payload: object, receivedAt = now) =>
      eventOf(
        onlyEvent(
          emqx.read(
            message(`$SYS/brokers/${node}/clients/x/connected`, JSON.stringify(payload), {
              receivedAt,
              ordinal: receivedAt % 7,
            }),
            context,
          ),
        ),
      ).id
    expect(id(connected, now + 1234)).toBe(id(connected))
    for (const other of [{ connected_at: now - 4999 }, { ipaddress: '10.1.2.4' }, { clientid: 'pump-18' }]) {
      expect(id({ ...connected, ...other })).not.toBe(id(connected))
    }
  })
})

describe('what it says of its nodes', () => {
  const ofNode = (levels: string, payload: unknown, others = {}) =>
    emqx.read(
      message(`$SYS/brokers${levels}`, typeof payload === 'string' ? payload : JSON.stringify(payload), others),
      context,
    )

  it.each([true, false])('is which there are; retained: %s', (retain) => {
    const reading = ofNode('', 'emqx@10.0.0.1,emqx@node-2.plant', { retain })
    expect(reading).toEqual({ kind: 'brokers', brokers: ['emqx@10.0.0.1', 'emqx@node-2.plant'], atMs: now })
  })

  it.each(['', ',', 'emqx@a,', 'emqx@a,,emqx@b', 'emqx', '["emqx@a"]', 'emqx@a, emqx@b', `emqx@${'a'.repeat(300)}`])(
    'but "%s" is no list: it would end sessions that are open',
    (payload) => expect(ofNode('', payload)).toMatchObject({ kind: 'rejection', reason: 'malformed' }),
  )

  it('is how long each runs, in milliseconds', () => {
    expect(ofNode(`/${node}/uptime`, '91500')).toEqual({ kind: 'uptime', broker: node, seconds: 91.5 })
    expect(ofNode(`/${node}/uptime`, '91500', { retain: true })).toMatchObject({ reason: 'retained' })
    for (const payload of ['', '1.5', '-1', '3 hours']) {
      expect(ofNode(`/${node}/uptime`, payload)).toMatchObject({ reason: 'malformed' })
    }
  })

  const alarm = {
    name: 'high_cpu_usage',
    details: { usage: 93.1, high_watermark: 80, low_watermark: 60 },
    message: '93.10% cpu usage',
    activate_at: (now - 3000) * 1000 + 417,
    deactivate_at: 'infinity',
    activated: true,
  }

  it('is CPU and memory where an alarm begins or ends, at the alarm’s time in microseconds', () => {
    const sample = (name: string, atMs: number, value: number) => ({
      kind: 'samples',
      samples: [{ cluster: 'plant', broker: node, name, at: new Date(atMs).toISOString(), value }],
    })
    expect(ofNode(`/${node}/alarms/activate`, alarm)).toEqual(sample('cpu_percent', now - 3000, 93.1))
    const ended = { ...alarm, details: { usage: 12 }, deactivate_at: (now - 1000) * 1000, activated: false }
    expect(ofNode(`/${node}/alarms/deactivate`, ended)).toEqual(sample('cpu_percent', now - 1000, 12))
    const memory = { ...alarm, name: 'high_system_memory_usage', details: { usage: 71.25, high_watermark: 70 } }
    expect(ofNode(`/${node}/alarms/activate`, memory)).toEqual(sample('memory_percent', now - 3000, 71.25))
  })

  it.each([
    [{ ...alarm, name: 'partition' }, 'not_lifecycle'],
    [{ ...alarm, details: 'no_details' }, 'not_lifecycle'],
    [{ ...alarm, details: { usage: 101 } }, 'not_lifecycle'],
    [{ ...alarm, name: 7 }, 'malformed'],
    ['', 'malformed'],
    ['null', 'malformed'],
  ])('is no figure where an alarm has none: %j', (payload, reason) => {
    expect(ofNode(`/${node}/alarms/activate`, payload)).toMatchObject({ kind: 'rejection', reason })
  })
})

describe('what is wrong is named', () => {
  it.each<[string, object, string]>([
    ['connected', { ...connected, clientid: 17 }, 'clientid'],
    ['connected', { ...connected, clientid: '' }, 'clientid'],
    ['connected', { ...connected, clientid: 'ä'.repeat(40_000) }, 'clientid'],
    ['connected', { ...connected, connected_at: '2026' }, 'connected_at'],
    ['connected', { ...connected, connected_at: 1.5 }, 'connected_at'],
    ['connected', { ...connected, username: ['a'] }, 'username'],
    ['connected', { ...connected, ipaddress: {} }, 'ipaddress'],
    ['connected', { ...connected, keepalive: -1 }, 'keepalive'],
    ['connected', { ...connected, clean_start: 1 }, 'clean_start'],
    ['disconnected', { ...disconnected, reason: null }, 'reason'],
    ['disconnected', { ...disconnected, connected_at: null }, 'connected_at'],
    ['disconnected', { ...disconnected, disconnected_at: 'now' }, 'disconnected_at'],
    ['disconnected', { ...disconnected, disconnected_at: undefined, ts: undefined }, 'disconnected_at'],
  ])('in a %s document: %j', (event, document, field) => {
    const reading = read(event, document)
    expect(reading).toMatchObject({ kind: 'rejection', reason: 'malformed' })
    expect(reading).toHaveProperty('detail', expect.stringMatching(new RegExp(`^${field}\\b`)))
  })

  it.each(['', 'null', '[]', '"pump"', '{', '17', '{"clientid":'])('when it is no document: %s', (payload) => {
    expect(read('connected', payload)).toMatchObject({
      reason: 'malformed',
      detail: expect.stringContaining('the payload'),
    })
  })

  it('when a prototype is sent in place of fields', () => {
    const payload = `{"__proto__":${JSON.stringify(connected)}}`
    expect(read('connected', payload)).toMatchObject({
      reason: 'malformed',
      detail: expect.stringContaining('is not what EMQX writes there: nothing'),
    })
    const beside = JSON.stringify(connected).replace('{', '{"__proto__":{"clientid":"victim"},')
    expect(onlyEvent(read('connected', beside)).clientId).toBe('pump-17')
  })
})

describe('other messages', () => {
  it.each([
    [`$SYS/brokers/${node}/clients/a/subscribed`, 'not_lifecycle'],
    [`$SYS/brokers/${node}/clients/a/unsubscribed`, 'not_lifecycle'],
    [`$SYS/brokers/${node}/version`, 'not_watched'],
    [`$SYS/brokers/${node}/alarms/other`, 'not_watched'],
    [`$SYS/brokers/${node}/clients/uptime`, 'not_lifecycle'],
    ['$SYS/brokersx', 'not_watched'],
    ['$SYS/brokers//clients/a/connected', 'malformed'],
    [`$SYS/brokers/${'n'.repeat(257)}/clients/a/connected`, 'malformed'],
    ['plant/pump-17', 'not_watched'],
  ])('%s is %s', (topic, reason) => {
    expect(read('', connected, topic)).toMatchObject({ kind: 'rejection', reason })
  })

  it.each([
    ['stats/live_connections/count', 'connected'],
    ['stats/sessions/count', 'sessions'],
    ['stats/subscriptions/count', 'subscriptions'],
    ['metrics/client/connected', 'connects_total'],
    ['metrics/client/disconnected', 'disconnects_total'],
    ['metrics/packets/connack/error', 'refused_total'],
    ['metrics/messages/received', 'messages_received_total'],
    ['metrics/messages/sent', 'messages_sent_total'],
    ['metrics/delivery/dropped/queue_full', 'dropped_total'],
  ])('%s is the figure %s of its node', (levels, name) => {
    const reading = read('', '398', `$SYS/brokers/${node}/${levels}`)
    const sample = { cluster: 'plant', broker: node, name, at: '2026-11-22T19:08:00.000Z', value: 398 }
    expect(reading).toEqual({ kind: 'samples', samples: [sample] })
  })

  it('a take-over between two nodes ends on the one and begins on the other', () => {
    const moved = eventsOf(readAll(emqx, messagesOf(emqx))).filter(({ clientId }) => clientId === 'moved')
    const inTime = moved.toSorted((a, b) => a.atMs - b.atMs)
    expect(inTime.map(({ broker, type, cause }) => [broker, type, cause])).toEqual([
      ['emqx@10.0.0.1', 'connected', undefined],
      ['emqx@10.0.0.1', 'disconnected', 'session_taken_over'],
      ['emqx@10.0.0.2', 'connected', undefined],
    ])
  })

  it('the advice shows the line for acl.conf and where it goes', () => {
    expect(emqx.accessAdvice).toContain('{allow, {username, "keepwatch"}, subscribe, ["$SYS/brokers/#"]}.')
    expect(emqx.accessAdvice).toContain('BEFORE')
  })
})
