/** One connection to a broker from CONNECT to its end, with MQTT.js: it subscribes, hears, pings and says why it ended. */
import { connect, type IConnackPacket, type MqttClient } from 'mqtt'
import { writeToStream } from 'mqtt-packet'
import type { Subscription } from '../domain/dialect.ts'
import { observe } from '../observe/index.ts'
import { observeOptions } from '../observe/options.ts'
import type { Closed } from '../observe/types.ts'
import { type Attempted, type Ending, endingOf, type Symptoms } from './ending.ts'
import { type Login, optionsOf } from './link-options.ts'

/** A message as it came from the wire. */
export interface Arrival {
  readonly topic: string
  readonly payload: Buffer
  readonly retain: boolean
  /** The broker says that it may have sent this before [MQTT 5 §3.3.1.1]; it then uses the same packet id. */
  readonly duplicate?: boolean
  /** Absent at QoS 0. */
  readonly packetId?: number | undefined
}

export interface LinkRequest extends Attempted, Login {
  readonly subscriptions: readonly Subscription[]
  /** The broker let us in, over MQTT: what it told of itself and of our session. */
  readonly onAccepted?: (connack: IConnackPacket) => void
  /** Any packet arrived: everything the broker sent before it was seen. */
  readonly onPacket: () => void
  readonly onMessage: (arrival: Arrival) => void
  /** So much is unacknowledged that the broker may soon wait for us: what there is should be shipped now. */
  readonly onPressing: () => void
}

/**
 * How a link stands once subscribed. `resumed`: the broker kept our session. `granted`: the codes of SUBACK in the order
 * asked; absent where a resumed session was not subscribed again.
 */
export interface Standing {
  readonly resumed: boolean
  readonly granted?: readonly number[]
}

export interface Link {
  /** Settles when every subscription was answered; undefined when the link ended before. */
  readonly standing: Promise<Standing | undefined>
  /** Settles when the link has ended, however it did. Never rejects. */
  readonly ended: Promise<Ending>
  /** Asks the broker for a sign of life, so that coverage moves on. */
  readonly ping: () => void
  /**
   * Call it when everything that arrived is about to be shipped, and what it returns once that is safe: it acknowledges
   * to the broker what had arrived at the first call, unless the link has ended. Undefined when there is nothing to.
   */
  readonly receipt: () => (() => void) | undefined
  /** The broker sends no more until we acknowledge: more may be waiting there. */
  readonly windowFull: () => boolean
  /** Says goodbye, and cuts the connection where the broker does not answer in a second. */
  readonly close: (reason: string) => void
}

const goodbyeMs = 1000
/** MQTT 3.1.1 does not tell the broker's window; 20 is mosquitto's, and half of it keeps the flow up. */
const windowUntold = 20
const pressingWithoutWindow = windowUntold / 2
/** MQTT.js then acknowledges nothing and goes on: the acknowledgement is ours to send. */
const deferred = new Error('acknowledged once it is safe')

/** Opens a link. Failures of any kind end it; nothing is thrown. */
export function openLink(request: LinkRequest): Link {
  const symptoms: Pick<Symptoms, 'error' | 'local'> = {}
  const standing = Promise.withResolvers<Standing | undefined>()
  const ended = Promise.withResolvers<Ending>()
  const failed = (error: unknown) => {
    symptoms.error ??= faultOf(error)
  }
  let client: MqttClient
  try {
    client = connect(observeOptions(optionsOf(request)))
  } catch (error) {
    failed(error)
    standing.resolve(undefined)
    ended.resolve(endingOf({ ...symptoms, ...nothingSeen }, request))
    return {
      standing: standing.promise,
      ended: ended.promise,
      ping: () => undefined,
      receipt: () => undefined,
      windowFull: () => false,
      close: () => undefined,
    }
  }
  const { receiveMaximum } = request.feed.connection
  const window = request.protocol === 5 ? receiveMaximum : windowUntold
  const pressingAt = request.protocol === 5 ? Math.ceil(receiveMaximum / 4) : pressingWithoutWindow
  let arrived: number[] = []
  let unacknowledged = 0
  let gone = false
  let resumed = false
  client.handleMessage = ({ topic, payload, retain, dup: duplicate, qos, messageId }, done) => {
    const packetId = qos === 0 ? undefined : messageId
    request.onMessage({ topic, payload: toBuffer(payload), retain, duplicate, packetId })
    if (packetId === undefined) return done()
    arrived.push(packetId)
    unacknowledged += 1
    done(deferred)
    if (arrived.length >= pressingAt) request.onPressing()
  }
  const acknowledge = (packetIds: readonly number[]) => {
    if (gone || !client.connected) return
    unacknowledged -= packetIds.length
    const { stream, options } = client
    stream.cork()
    for (const messageId of packetIds) writeToStream({ cmd: 'puback', messageId }, stream, options)
    stream.uncork()
  }
  let cut: NodeJS.Timeout | undefined
  let unanswered: NodeJS.Timeout | undefined
  const settle = (closed?: Closed) => {
    if (gone) return
    gone = true
    clearTimeout(cut)
    clearTimeout(unanswered)
    standing.resolve(undefined)
    ended.resolve(endingOf({ ...symptoms, ...(closed === undefined ? nothingSeen : seenOf(closed)) }, request))
    destroy()
  }
  const destroy = () => {
    client.end(true)
    client.stream.destroy()
  }
  // What the observer then tells settles it; a stream that does not even close is left behind.
  const finish = () => {
    destroy()
    setTimeout(settle, goodbyeMs).unref()
  }
  const cutAfter = (waitMs: number) => {
    cut ??= setTimeout(finish, waitMs)
  }

  observe(client).on('closed', settle)
  client.stream.on('error', failed)
  client.on('error', (error) => {
    failed(error)
    // MQTT.js leaves the connection open after bytes it could not parse; what follows cannot be trusted.
    cutAfter(goodbyeMs)
  })
  client.on('packetreceive', (packet) => {
    request.onPacket()
    if (packet.cmd !== 'suback') return
    clearTimeout(unanswered)
    const granted = packet.granted.map((grant) => (typeof grant === 'number' ? grant : 128))
    standing.resolve({ resumed, granted })
  })
  client.on('disconnect', () => cutAfter(goodbyeMs))
  client.on('connect', (connack) => {
    request.onAccepted?.(connack)
    const { connection } = request.feed
    resumed = connack.sessionPresent && !request.clean
    if (resumed && !connection.resubscribe) return standing.resolve({ resumed })
    const wanted = request.subscriptions.map(({ filter, qos }) => [filter, { qos }])
    client.subscribe(Object.fromEntries(wanted), () => undefined)
    unanswered = setTimeout(() => {
      symptoms.local ??= `the broker did not answer SUBSCRIBE within ${connection.connectTimeout} ms`
      finish()
    }, connection.connectTimeout)
  })

  return {
    standing: standing.promise,
    ended: ended.promise,
    ping: () => {
      if (client.connected) client.sendPing()
    },
    receipt: () => {
      if (arrived.length === 0) return undefined
      const packetIds = arrived
      arrived = []
      return () => acknowledge(packetIds)
    },
    windowFull: () => unacknowledged >= window,
    close: (reason) => {
      symptoms.local ??= reason
      if (!client.connected) return finish()
      cutAfter(goodbyeMs)
      client.end(false)
    },
  }
}

const nothingSeen = { established: false, accepted: false }

function seenOf({ cause, code, connected, phase }: Closed): Omit<Symptoms, 'error' | 'local'> {
  return {
    established: phase === 'mqtt',
    accepted: connected,
    ...(cause === 'connack_refused' && code !== undefined ? { refusedCode: code } : {}),
    ...(cause === 'server_disconnect' ? { disconnectCode: code ?? -1 } : {}),
  }
}

function toBuffer(payload: string | Buffer): Buffer {
  return typeof payload === 'string' ? Buffer.from(payload) : payload
}

function faultOf(error: unknown): { code?: string; message: string } {
  if (!(error instanceof Error)) return { message: 'an error without a name' }
  return 'code' in error && typeof error.code === 'string'
    ? { code: error.code, message: error.message }
    : { message: error.message }
}
