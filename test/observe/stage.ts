/** A server that breaks as it is told: MQTT 3.1.1 and 5 over TCP, TLS and WebSockets, with sockets to end and reset. */
import { execFileSync } from 'node:child_process'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import type { Duplex } from 'node:stream'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import mqttPacket, { type Packet } from 'mqtt-packet'
import { WebSocketServer } from 'ws'
import type { Transport } from '../../domain/client-cause.ts'
import { observe, type Closed } from '../../observe/index.ts'
import { observeOptions } from '../../observe/options.ts'

/** Option of Node with which `keepwatch/observe` is this checkout's source, not what is packed. */
export const fromSource = '--conditions=keepwatch-source'

export type Version = 4 | 5

/** One connection as the server has it. */
export interface Peer {
  readonly version: Version
  readonly on: (cmd: Packet['cmd'], act: (packet: Packet) => void) => void
  readonly send: (packet: Packet) => void
  readonly raw: (bytes: Buffer | string) => void
  /** Below the WebSocket. */
  readonly rawTcp: (bytes: Buffer) => void
  /** FIN, after TLS's goodbye but without the WebSocket's. */
  readonly fin: () => void
  readonly reset: () => void
  /** Ends the WebSocket by its own handshake. */
  readonly closeWebSocket: (code: number) => void
}

export interface Serving {
  /** Of a new TCP connection, before anything was said. */
  readonly onSocket?: (socket: Socket) => void
  readonly onPeer?: (peer: Peer) => void
  /** Instead of the upgrade to a WebSocket. */
  readonly onUpgrade?: (socket: Duplex) => void
  readonly tls?: TlsOptions
}

export interface Certificates {
  readonly folder: string
  readonly file: (name: string) => string
}

/** For servers without TLS. */
export const noCertificates: Certificates = { folder: '', file: () => '' }

/** Beside the authority and the good certificate of `makeCertificates`: one for another host, one that ended. */
export function moreCertificates(folder: string): Certificates {
  const openssl = (...given: string[]) => execFileSync('openssl', given, { cwd: folder, stdio: 'ignore' })
  const sign = (name: string, names: string, ...dates: string[]) => {
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', '/CN=x')
    writeFileSync(join(folder, 'names'), `subjectAltName=${names}`)
    const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names']
    openssl('x509', '-req', '-in', `${name}.csr`, ...by, ...dates, '-out', `${name}.crt`)
  }
  sign('other', 'DNS:elsewhere.example', '-days', '2')
  sign('ended', 'IP:127.0.0.1', '-days', '-1')
  return { folder, file: (name) => readFileSync(join(folder, name), 'utf8') }
}

function peerOf(stream: Duplex, socket: Socket, version: Version, webSocket?: WebSocketOfServer): Peer {
  const parser = mqttPacket.parser({ protocolVersion: version })
  const acts = new Map<string, (packet: Packet) => void>()
  parser.on('packet', (packet) => acts.get(packet.cmd)?.(packet))
  parser.on('error', () => undefined)
  if (webSocket) {
    webSocket.on('message', (data) => parser.parse(data))
    webSocket.on('error', () => undefined)
  } else stream.on('data', (data: Buffer) => parser.parse(data))
  const raw = (bytes: Buffer | string) => void (webSocket ? webSocket.send(bytes) : stream.write(bytes))
  return {
    version,
    on: (cmd, act) => void acts.set(cmd, act),
    raw,
    rawTcp: (bytes) => void stream.write(bytes),
    send: (packet) => raw(mqttPacket.generate(packet, { protocolVersion: version })),
    fin: () => stream.end(),
    reset: () => socket.resetAndDestroy(),
    closeWebSocket: (code) => webSocket?.close(code),
  }
}
interface WebSocketOfServer {
  on: ((type: 'message', act: (data: Buffer) => void) => void) & ((type: 'error', act: () => void) => void)
  send: (data: Buffer | string) => void
  close: (code: number) => void
}

export async function serve(transport: Transport, version: Version, certificates: Certificates, serving: Serving) {
  const { file } = certificates
  const tls = { cert: file('server.crt'), key: file('server.key'), ...serving.tls }
  const sockets = new Map<number, Socket>()
  const under = (stream: Duplex) => sockets.get((stream as Socket).remotePort ?? 0)!
  const accept = (stream: Duplex, webSocket?: WebSocketOfServer) => {
    stream.on('error', () => undefined)
    if (under(stream)) serving.onPeer?.(peerOf(stream, under(stream), version, webSocket))
  }
  const byTransport: Record<Transport, () => Server> = {
    tcp: () => createServer((socket) => accept(socket)),
    tls: () => createTlsServer(tls, (socket) => accept(socket)),
    ws: () => createHttpServer(),
    wss: () => createHttpsServer(tls),
  }
  const server = byTransport[transport]()
  server.prependListener('connection', (socket: Socket) => {
    sockets.set(socket.remotePort ?? 0, socket)
    socket.on('error', () => undefined)
    serving.onSocket?.(socket)
  })
  server.on('tlsClientError', () => undefined)
  if (transport.startsWith('ws')) {
    const door = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, stream: Duplex, head: Buffer) => {
      stream.on('error', () => undefined)
      if (serving.onUpgrade) serving.onUpgrade(stream)
      else door.handleUpgrade(request, stream, head, (webSocket) => accept(stream, webSocket))
    })
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    close: () => {
      for (const socket of sockets.values()) socket.destroy()
      server.close()
    },
  }
}

const schemes: Record<Transport, string> = { tcp: 'mqtt', tls: 'mqtts', ws: 'ws', wss: 'wss' }

export interface Attempt {
  readonly transport: Transport
  readonly version: Version
  readonly port: number
  readonly host?: string
  readonly certificates: Certificates
  readonly options?: IClientOptions | undefined
  readonly act?: ((client: MqttClient) => void) | undefined
}

/** Connects, says `go` when connected, and answers the first close that is told, if there is one. */
export async function closeOf(attempt: Attempt): Promise<Closed | undefined> {
  const { transport, version, port, host = '127.0.0.1', certificates, options, act } = attempt
  const asked: IClientOptions = {
    protocolVersion: version,
    reconnectPeriod: 60_000,
    keepalive: 60,
    ca: certificates.file('ca.crt'),
    ...options,
  }
  const client = mqtt.connect(`${schemes[transport]}://${host}:${port}`, observeOptions(asked))
  const observer = observe(client)
  client.on('connect', () => client.publish('go', ''))
  act?.(client)
  const closed = await new Promise<Closed | undefined>((resolve) => {
    observer.on('closed', resolve)
    setTimeout(resolve, 20_000, undefined).unref()
  })
  observer.stop()
  client.end(true)
  return closed
}
