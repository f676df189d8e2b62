/** The rest of the truth table: what the application does itself, broken protocols, TLS. */
import type { MqttClient } from 'mqtt'
import { atConnect, attempt, connack, inSession, type Kind, network, plain, publish, session } from './kinds.ts'
import type { Certificates, Peer } from './stage.ts'

const nothing = () => undefined
const never = inSession(nothing)
const local = session({ cause: 'local_end' })
const onceConnected = (act: (client: MqttClient) => void) => (client: MqttClient) =>
  void client.once('connect', () => act(client))

const ends: Kind[] = [
  { name: 'end()', told: local, act: onceConnected((client) => client.end()), serving: never },
  { name: 'end(true)', told: local, act: onceConnected((client) => client.end(true)), serving: never },
  {
    name: 'end() with a reason code',
    versions: [5],
    told: local,
    act: onceConnected((client) => client.end({ reasonCode: 0x04 })),
    serving: never,
  },
  { name: 'endAsync()', told: local, act: onceConnected((client) => void client.endAsync()), serving: never },
  {
    name: 'end() without a way back',
    told: local,
    options: { reconnectPeriod: 0 },
    act: onceConnected((client) => client.end()),
    serving: never,
  },
  {
    name: 'end(), and the server resets what it gets',
    over: plain,
    told: local,
    act: onceConnected((client) => client.end()),
    serving: () => ({
      onPeer: (peer) => {
        peer.on('connect', () => peer.send(connack(peer.version)))
        peer.on('disconnect', () => peer.reset())
      },
    }),
  },
  {
    name: 'end() while a message waits for its acknowledgement, and fin',
    told: local,
    act: onceConnected((client) => {
      client.publish('kept', '', { qos: 1 }, nothing)
      client.end()
    }),
    serving: inSession((peer) => void setTimeout(() => peer.fin(), 20)),
  },
  {
    name: 'end() in the handler of a message',
    told: local,
    act: (client) => void client.on('message', () => client.end()),
    serving: inSession((peer) => peer.send(publish('come'))),
  },
  {
    name: 'reconnect() while connected',
    told: local,
    act: onceConnected((client) => client.reconnect()),
    serving: never,
  },
  {
    name: 'end() before CONNACK',
    told: { cause: 'local_end', connected: false },
    options: { connectTimeout: 1000 },
    act: (client) => void setImmediate(() => client.end()),
    serving: () => ({ onPeer: nothing }),
  },
  {
    name: 'end() before CONNACK, without a way back',
    told: { cause: 'local_end', connected: false },
    options: { connectTimeout: 1000, reconnectPeriod: 0 },
    act: (client) => void setImmediate(() => client.end()),
    serving: () => ({ onPeer: nothing }),
  },
  {
    name: 'a socket that the application destroys',
    told: session({ cause: 'local_destroy' }),
    act: onceConnected((client) => client.stream.destroy()),
    serving: never,
  },
  {
    name: 'end() in the handler of offline changes no cause',
    told: network('tcp_fin', session),
    act: (client) => void client.on('offline', () => client.end()),
    serving: inSession((peer) => peer.fin()),
  },
  {
    name: 'end() in the handler of offline changes no timeout',
    options: { keepalive: 1 },
    told: session({ cause: 'keepalive_timeout' }),
    act: (client) => void client.on('offline', () => client.end()),
    serving: inSession(nothing, false),
  },
]

const broken = (name: string, fault: (peer: Peer) => void, more: Partial<Kind> = {}): Kind => ({
  name,
  told: session({ cause: 'protocol_error' }),
  serving: inSession(fault),
  ...more,
})
const rawAndFin =
  (...bytes: number[]) =>
  (peer: Peer) => {
    peer.raw(Buffer.from(bytes))
    setTimeout(() => peer.fin(), 50)
  }
const protocols: Kind[] = [
  broken('a malformed header, and fin', rawAndFin(0x48, 0x00)),
  broken('a packet of QoS 3, and fin', rawAndFin(0x36, 0x05, 0x00, 0x01, 0x61, 0x00, 0x01)),
  broken('a malformed length, and fin', rawAndFin(0x30, 0xff, 0xff, 0xff, 0xff, 0xff)),
  broken(
    'a good packet and a malformed one in one chunk, and fin',
    rawAndFin(0x30, 0x03, 0x00, 0x01, 0x61, 0x48, 0x00),
  ),
  broken('a malformed CONNACK, and fin', nothing, {
    told: attempt({ cause: 'protocol_error' }),
    serving: atConnect(rawAndFin(0x20, 0x02, 0x70, 0x00)),
  }),
  broken('an HTTP server', nothing, {
    over: plain,
    told: attempt({ cause: 'protocol_error' }),
    serving: () => ({
      onPeer: (peer) => {
        peer.raw('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
        setTimeout(() => peer.fin(), 50)
      },
    }),
  }),
  broken('a second CONNACK', (peer) => peer.send(connack(peer.version)), {
    told: session({ cause: 'protocol_error', code: 0x82 }),
  }),
  broken('a packet too large', (peer) => peer.send(publish('large', 'x'.repeat(200))), {
    versions: [5],
    options: { properties: { maximumPacketSize: 100 } },
    told: session({ cause: 'protocol_error', code: 0x95 }),
  }),
  broken('a topic alias beyond the announced', (peer) => peer.raw(Buffer.from([0x30, 7, 0, 1, 0x61, 3, 0x23, 0, 9])), {
    versions: [5],
    options: { properties: { topicAliasMaximum: 2 } },
    told: session({ cause: 'protocol_error', code: 0x94 }),
  }),
  broken('a topic alias that stands for nothing', (peer) => peer.raw(Buffer.from([0x30, 6, 0, 0, 3, 0x23, 0, 1])), {
    versions: [5],
    options: { properties: { topicAliasMaximum: 2 } },
    told: session({ cause: 'protocol_error', code: 0x82 }),
  }),
  broken(
    'more in flight than the client takes',
    (peer) => {
      for (const messageId of [1, 2]) peer.send({ ...publish('two'), cmd: 'publish', qos: 2, messageId } as never)
    },
    {
      versions: [5],
      options: { properties: { receiveMaximum: 1 } },
      told: session({ cause: 'protocol_error', code: 0x93 }),
    },
  ),
  broken('DISCONNECT with a code that there is not, and fin', rawAndFin(0xe0, 0x02, 0x77, 0x00), { versions: [5] }),
  broken('a frame that is no WebSocket’s', (peer) => peer.rawTcp(Buffer.from([0xff, 0x00])), {
    over: ['ws', 'wss'],
  }),
  {
    name: 'errors that are none of the connection’s, and fin',
    told: network('tcp_fin', session),
    act: onceConnected((client) => client.emit('error', new Error('the application’s own'))),
    serving: inSession((peer) => void setTimeout(() => peer.fin(), 50)),
  },
  {
    name: 'malformed, but it went on, and fin',
    told: network('tcp_fin', session),
    act: (client) => {
      client.on('error', () => client.publish('heard', ''))
      client.on('message', () => client.publish('read', ''))
    },
    serving: () => ({
      onPeer: (peer) => {
        const steps = [() => peer.raw(Buffer.from([0x48, 0x00])), () => peer.send(publish('well')), () => peer.fin()]
        peer.on('connect', () => peer.send(connack(peer.version)))
        peer.on('publish', () => steps.shift()?.())
      },
    }),
  },
]

const secure = (name: string, tls: (certificates: Certificates) => object, more: Partial<Kind> = {}): Kind => ({
  name,
  over: ['tls', 'wss'],
  told: { cause: 'tls', phase: 'tls', connected: false },
  serving: (_, certificates) => ({ tls: tls(certificates) }),
  ...more,
})
const pair =
  (name: string) =>
  ({ file }: Certificates) => ({ cert: file(`${name}.crt`), key: file(`${name}.key`) })
const tls: Kind[] = [
  secure('a certificate of an unknown authority', pair('ca')),
  secure('a certificate of another host', pair('other')),
  secure('a certificate that has ended', pair('ended')),
  secure('a version of TLS that is not spoken', () => ({ maxVersion: 'TLSv1.2' }), {
    options: { minVersion: 'TLSv1.3', wsOptions: { minVersion: 'TLSv1.3' } } as never,
  }),
  secure('a server without TLS', () => ({}), {
    over: ['tls'],
    server: 'tcp',
    serving: () => ({ onPeer: (peer) => peer.raw('hello, this is no TLS\r\n') }),
  }),
  secure('fin in the handshake', () => ({}), {
    server: 'tcp',
    serving: () => ({ onSocket: (socket) => socket.once('data', () => socket.end()) }),
  }),
  secure('rst in the handshake', () => ({}), {
    over: ['tls'],
    server: 'tcp',
    serving: () => ({ onSocket: (socket) => socket.once('data', () => socket.resetAndDestroy()) }),
  }),
  secure(
    'a client certificate that is missing',
    ({ file }) => ({ requestCert: true, rejectUnauthorized: true, ca: file('ca.crt') }),
    {
      over: ['tls'],
      told: { cause: 'tls', phase: 'mqtt', connected: false },
    },
  ),
]

export const ownKinds: readonly Kind[] = [...ends, ...protocols, ...tls]
