/** Every kind of fault of the truth table, what the server or the application does for it, and what must be told. */
import type { IClientOptions, MqttClient } from 'mqtt'
import type { Packet } from 'mqtt-packet'
import type { ClientCause, Phase, Transport } from '../../domain/client-cause.ts'
import type { Certificates, Peer, Serving, Version } from './stage.ts'

export interface Kind {
  readonly name: string
  readonly versions?: readonly Version[]
  readonly over?: readonly Transport[]
  readonly told: Told | ((transport: Transport) => Told)
  readonly serving: (version: Version, certificates: Certificates) => Serving
  readonly options?: IClientOptions
  readonly act?: (client: MqttClient) => void
  readonly host?: string
  /** What the server speaks, where it is not what the client does. */
  readonly server?: Transport
  /** Nobody listens at the port. */
  readonly isShut?: boolean
}
export interface Told {
  readonly cause: ClientCause
  readonly code?: number
  readonly phase?: Phase
  readonly connected?: boolean
}

export const all: readonly Transport[] = ['tcp', 'tls', 'ws', 'wss']
export const plain: readonly Transport[] = ['tcp', 'tls']
export const web: readonly Transport[] = ['ws', 'wss']
const isWeb = (transport: Transport) => web.includes(transport)
export const session = (told: Told): Told => ({ phase: 'mqtt', connected: true, ...told })
export const attempt = (told: Told): Told => ({ phase: 'mqtt', connected: false, ...told })
/** A WebSocket hides how its TCP connection ended. */
export const network = (cause: ClientCause, of: (told: Told) => Told) => (transport: Transport) =>
  of(isWeb(transport) ? { cause: 'ws_close', code: 1006 } : { cause })

export function connack(version: Version, code = 0): Packet {
  if (version === 5) return { cmd: 'connack', sessionPresent: false, reasonCode: code }
  return { cmd: 'connack', sessionPresent: false, returnCode: code }
}
export const publish = (topic: string, payload = ''): Packet => ({
  cmd: 'publish',
  topic,
  payload,
  qos: 0,
  dup: false,
  retain: false,
})
/** Lets the client in, and breaks when it said `go`. */
export const inSession =
  (fault: (peer: Peer) => void, isPingAnswered = true) =>
  (): Serving => ({
    onPeer: (peer) => {
      peer.on('connect', () => peer.send(connack(peer.version)))
      peer.on('publish', () => fault(peer))
      if (isPingAnswered) peer.on('pingreq', () => peer.send({ cmd: 'pingresp' }))
    },
  })
export const atConnect = (fault: (peer: Peer) => void) => (): Serving => ({
  onPeer: (peer) => peer.on('connect', () => fault(peer)),
})
const nothing = () => undefined
const silent = () => ({ onPeer: nothing })
const slowReader = (client: MqttClient) => {
  client.handleMessage = (_, done) => void setTimeout(done, 2)
}
const flood = (peer: Peer) => {
  for (let index = 0; index < 100; index += 1) peer.send(publish('flood', 'x'.repeat(1000)))
}
const disconnect = (reasonCode: number, properties = {}): Packet => ({ cmd: 'disconnect', reasonCode, properties })

const network_: Kind[] = [
  { name: 'fin', told: network('tcp_fin', session), serving: inSession((peer) => peer.fin()) },
  { name: 'fin before CONNACK', told: network('tcp_fin', attempt), serving: atConnect((peer) => peer.fin()) },
  {
    name: 'fin on accept',
    over: plain,
    told: attempt({ cause: 'tcp_fin' }),
    serving: () => ({ onPeer: (peer) => peer.fin() }),
  },
  {
    name: 'fin instead of the upgrade',
    over: web,
    told: { cause: 'ws_close', code: 1006, phase: 'ws', connected: false },
    serving: () => ({ onUpgrade: (socket) => socket.end() }),
  },
  {
    name: 'fin under backpressure',
    told: network('tcp_fin', session),
    act: slowReader,
    serving: inSession((peer) => {
      flood(peer)
      peer.fin()
    }),
  },
  { name: 'rst', told: network('tcp_reset', session), serving: inSession((peer) => peer.reset()) },
  { name: 'rst before CONNACK', told: network('tcp_reset', attempt), serving: atConnect((peer) => peer.reset()) },
  {
    name: 'rst under backpressure',
    told: network('tcp_reset', session),
    act: slowReader,
    serving: inSession((peer) => {
      flood(peer)
      setTimeout(() => peer.reset(), 10)
    }),
  },
  {
    name: 'refused',
    isShut: true,
    told: { cause: 'refused', phase: 'tcp', connected: false },
    serving: silent,
  },
  {
    name: 'refused by name',
    isShut: true,
    host: 'localhost',
    told: { cause: 'refused', phase: 'tcp', connected: false },
    serving: silent,
  },
  {
    name: 'no such host',
    isShut: true,
    host: 'nowhere.invalid',
    told: { cause: 'dns', phase: 'tcp', connected: false },
    serving: silent,
  },
]

const keepalive = { keepalive: 1 }
const timeouts: Kind[] = [
  {
    name: 'half-open, idle',
    options: keepalive,
    told: session({ cause: 'keepalive_timeout' }),
    serving: inSession(nothing, false),
  },
  {
    name: 'half-open for pings while messages come',
    options: keepalive,
    told: session({ cause: 'keepalive_timeout' }),
    serving: inSession((peer) => void setInterval(() => peer.send(publish('more')), 100).unref(), false),
  },
  {
    name: 'half-open while publishing QoS 0',
    options: keepalive,
    act: (client) => void setInterval(() => client.connected && client.publish('more', ''), 100).unref(),
    told: session({ cause: 'keepalive_timeout' }),
    serving: inSession(nothing, false),
  },
  {
    name: 'half-open within a packet',
    options: keepalive,
    told: session({ cause: 'keepalive_timeout' }),
    serving: inSession((peer) => peer.raw(Buffer.from([0x30, 0x20, 0x00])), false),
  },
  {
    name: 'no CONNACK',
    options: { connectTimeout: 2500 },
    told: attempt({ cause: 'connack_timeout' }),
    serving: silent,
  },
  {
    name: 'no TLS handshake',
    over: ['tls'],
    options: { connectTimeout: 300 },
    told: { cause: 'connack_timeout', phase: 'tls', connected: false },
    server: 'tcp',
    serving: silent,
  },
  {
    name: 'no answer to the upgrade',
    over: web,
    options: { connectTimeout: 300 },
    told: { cause: 'connack_timeout', phase: 'ws', connected: false },
    serving: () => ({ onUpgrade: nothing }),
  },
]

const refusals: Kind[] = ([2, 3, 4, 5, 0x86, 0x87, 0x97, 0x9f] as const).flatMap((code) =>
  [false, true].map(
    (hasFin): Kind => ({
      name: `CONNACK ${code}${hasFin ? ' and fin' : ''}`,
      versions: [code < 0x80 ? 4 : 5],
      told: attempt({ cause: 'connack_refused', code }),
      serving: atConnect((peer) => {
        peer.send(connack(peer.version, code))
        if (hasFin) peer.fin()
      }),
    }),
  ),
)

const said = (name: string, code: number, after: (peer: Peer) => void, properties = {}): Kind => ({
  name: `DISCONNECT ${name}`,
  versions: [5],
  told: session({ cause: 'server_disconnect', code }),
  options: keepalive,
  serving: inSession((peer) => {
    peer.send(disconnect(code, properties))
    after(peer)
  }, false),
})
const disconnects: Kind[] = [
  ...[0x00, 0x8b, 0x8d, 0x8e, 0x95].map((code) => said(`${code} and fin`, code, (peer) => peer.fin())),
  said('152, then rst', 0x98, (peer) => void setTimeout(() => peer.reset(), 20)),
  said('157 with a reference, and fin', 0x9d, (peer) => peer.fin(), { serverReference: 'b2:1883' }),
  said('142, never closed', 0x8e, nothing),
  {
    name: 'DISCONNECT that MQTT 3.1.1 does not know, and fin',
    versions: [4],
    told: session({ cause: 'server_disconnect' }),
    serving: inSession((peer) => {
      peer.raw(Buffer.from([0xe0, 0x00]))
      peer.fin()
    }),
  },
]

const webSockets: Kind[] = [
  ...[1000, 1001, 1008, 1011, 1012, 4001].map(
    (code): Kind => ({
      name: `close code ${code}`,
      over: web,
      told: session({ cause: 'ws_close', code }),
      serving: inSession((peer) => peer.closeWebSocket(code)),
    }),
  ),
  ...[401, 502].map(
    (status): Kind => ({
      name: `HTTP ${status} for the upgrade`,
      over: web,
      told: { cause: 'ws_handshake', code: status, phase: 'ws', connected: false },
      serving: () => ({ onUpgrade: (socket) => socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`) }),
    }),
  ),
]

export const serverKinds: readonly Kind[] = [...network_, ...timeouts, ...refusals, ...disconnects, ...webSockets]
