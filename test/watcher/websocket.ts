/** A WebSocket door in front of a TCP port, as brokers have one: RFC 6455 as far as MQTT clients use it. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Opens the door; TLS where a certificate is given. */
export async function openWebSocketDoor(options: { tcpPort: number; tls?: { cert: string; key: string } }) {
  const server = options.tls ? createTlsServer(options.tls) : createServer()
  const ends = new Set<Duplex>()
  server.on('upgrade', (request: IncomingMessage, client: Duplex) => {
    const key = String(request.headers['sec-websocket-key'])
    const accept = createHash('sha1').update(`${key}${acceptSuffix}`).digest('base64')
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
    client.write([...lines, `Sec-WebSocket-Accept: ${accept}`, 'Sec-WebSocket-Protocol: mqtt', '', ''].join('\r\n'))
    const broker: Socket = connect(options.tcpPort, '127.0.0.1')
    for (const end of [client, broker]) {
      ends.add(end)
      end.on('error', () => undefined)
      end.on('close', () => [client, broker].forEach((each) => each.destroy()))
    }
    broker.on('data', (data) => client.write(frameOf(data)))
    let buffered = Buffer.alloc(0)
    client.on('data', (data: Buffer) => {
      buffered = Buffer.concat([buffered, data])
      for (let frame = readFrame(buffered); frame; frame = readFrame(buffered)) {
        buffered = buffered.subarray(frame.length)
        if (frame.opcode === 8) client.end()
        else broker.write(frame.payload)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return {
    port: address.port,
    close: async () => {
      for (const end of ends) end.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function frameOf(payload: Buffer): Buffer {
  const { length } = payload
  const header = length < 126 ? Buffer.from([0x82, length]) : Buffer.from([0x82, 126, length >> 8, length & 0xff])
  if (length > 0xffff) throw new Error('more than these tests send')
  return Buffer.concat([header, payload])
}

/** The first frame of what a client sent, unmasked; clients of these tests send less than 64 KB at once. */
function readFrame(bytes: Buffer): { opcode: number; payload: Buffer; length: number } | undefined {
  if (bytes.length < 2) return undefined
  const short = bytes[1]! & 0x7f
  const maskAt = short === 126 ? 4 : 2
  if (bytes.length < maskAt + 4) return undefined
  const size = short === 126 ? bytes.readUInt16BE(2) : short
  const start = maskAt + 4
  if (bytes.length < start + size) return undefined
  const payload = Buffer.from(bytes.subarray(start, start + size))
  for (let index = 0; index < size; index += 1) payload[index]! ^= bytes[maskAt + (index % 4)]!
  return { opcode: bytes[0]! & 0x0f, payload, length: start + size }
}
