/** A TCP relay in front of a broker: it can be cut and shut, and notes what the broker delivers and what is acknowledged. */
import { connect, createServer, type Socket } from 'node:net'
import mqttPacket from 'mqtt-packet'

export interface Delivery {
  /** Which connection through the relay, from 0. */
  readonly connection: number
  readonly packetId: number
  readonly duplicate: boolean
  readonly text: string
  acknowledged: boolean
}

/** Relays to a port of this machine; reads MQTT 5. */
export async function startRelay(brokerPort: number) {
  const deliveries: Delivery[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  let shut = false

  function watchBroker(connection: number) {
    const parser = mqttPacket.parser({ protocolVersion: 5 })
    parser.on('packet', (packet) => {
      if (packet.cmd !== 'publish' || packet.qos === 0 || packet.messageId === undefined) return
      const { messageId: packetId, dup: duplicate, payload } = packet
      deliveries.push({ connection, packetId, duplicate, text: payload.toString(), acknowledged: false })
    })
    return parser
  }

  function watchClient(connection: number) {
    const parser = mqttPacket.parser({ protocolVersion: 5 })
    parser.on('packet', (packet) => {
      if (packet.cmd !== 'puback') return
      const last = deliveries.findLast((each) => each.connection === connection && each.packetId === packet.messageId)
      if (last) last.acknowledged = true
    })
    return parser
  }

  const server = createServer((client) => {
    if (shut) return client.destroy()
    const connection = connections++
    const broker = connect(brokerPort, '127.0.0.1')
    const fromBroker = watchBroker(connection)
    const fromClient = watchClient(connection)
    for (const end of [client, broker]) {
      sockets.add(end)
      end.on('error', () => undefined)
      end.on('close', () => [client, broker].forEach((each) => each.destroy()))
    }
    client.on('data', (data) => {
      fromClient.parse(data)
      broker.write(data)
    })
    broker.on('data', (data) => {
      fromBroker.parse(data)
      client.write(data)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  const cut = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  return {
    port: address.port,
    /** What the broker delivered, in order, of messages with this text in them. */
    deliveries: (text: string) => deliveries.filter((each) => each.text.includes(text)),
    /** Ends every connection without a goodbye; the next one is taken. */
    cut,
    /** Ends every connection and takes none until `open`. */
    shut: () => {
      shut = true
      cut()
    },
    open: () => {
      shut = false
    },
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
