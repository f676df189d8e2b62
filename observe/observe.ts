/** Watches one MQTT.js client and tells why its connections end. Public API of MQTT.js only; no timers. */
import type { MqttClient } from 'mqtt'
import type { ClientCause, Phase } from '../domain/client-cause.ts'
import { causeOfFault, type Fault, type Found } from './classify.ts'
import { observedOf } from './observed.ts'
import { doors, isNode, observeOptions, world } from './options.ts'
import { createPublisher, type PublishOptions } from './publish.ts'
import { order, sentenceOf } from './sentence.ts'
import type { Closed, Observation, Observed } from './types.ts'

export interface ObserverOptions extends PublishOptions {
  /** Send what is seen to the client's own broker, to `keepwatch/v1/clients/{clientId}`. */
  readonly publish?: boolean
  /** Gets each event but pings and refusals as one line that `keepwatch import` reads. */
  readonly log?: (line: string) => void
  /** Tell the topic of the last packet that was sent. */
  readonly topics?: boolean
}
type Named<T extends Observation['type']> = Extract<Observation, { type: T }>
export interface Observer {
  readonly on: <T extends Observation['type']>(type: T, listener: (event: Named<T>) => void) => Observer
  readonly observed: () => Observed
  readonly stop: () => void
}

type Handlers = Readonly<Record<string, (...given: never[]) => void>>
interface Emitter {
  prependListener(event: string, listener: Handlers[string]): unknown
  removeListener(event: string, listener: Handlers[string]): unknown
}
/** As much of a packet as is looked at. */
interface Packet {
  readonly cmd: string
  readonly reasonCode?: number
  readonly returnCode?: number
  readonly sessionPresent?: boolean
  readonly topic?: string
  readonly subscriptions?: readonly { readonly topic: string }[]
  readonly properties?: { readonly serverKeepAlive?: number }
}
/** What is not known is undefined here, and absent in what is told. */
type Loose<T> = { -readonly [K in keyof T]: T[K] | undefined }
type Untold = Observation extends infer T
  ? T extends Observation
    ? Loose<Omit<T, 'type' | 'atMs' | 'sequence'>> & Pick<T, 'type'>
    : never
  : never
type Facts = Loose<Omit<Closed, keyof Found | 'type' | 'text' | 'atMs' | 'sequence'>> &
  Pick<Closed, 'type'> & { phase: Phase }

/** MQTT.js's words for what it ended itself. */
const timeouts: Readonly<Record<string, ClientCause | undefined>> = {
  'Keepalive timeout': 'keepalive_timeout',
  'connack timeout': 'connack_timeout',
}

/** Ahead of MQTT.js and the application: who wanted an end must be known before they react to it. */
function attach(emitter: Emitter, handlers: Handlers): () => void {
  const each = Object.entries(handlers)
  each.forEach((entry) => emitter.prependListener(...entry))
  return () => each.forEach((entry) => emitter.removeListener(...entry))
}

function safely(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    console.error(error)
  }
}

/** Tells what it sees of the client until `stop()`. What its listeners throw goes to the console, not to MQTT.js. */
export function observe(client: MqttClient, options: ObserverOptions = {}): Observer {
  const listeners: { readonly type: string; told(event: Observation): void }[] = []
  const observed = () => observedOf(client)
  const publisher = options.publish && createPublisher(client, observed, options)
  let sequence = 0
  let attempt = 0
  let forget: (() => void) | undefined

  // Of the connection that there is; instants are of `performance.now()`, which no setting of the clock changes.
  let facts: Facts | undefined
  let found: Found | undefined
  let beganMs = 0
  let connectedMs: number | undefined
  let receivedMs: number | undefined
  let sentMs: number | undefined
  let endedMs: number | undefined
  let pingMs: number | undefined
  /** Chunks that came; how many when a packet was last read, and when something could not be read. */
  let chunks = 0
  let readAt = 0
  let unreadAt = -1
  let unreadCode: number | undefined

  function tell(untold: Untold): void {
    const event: Observation = JSON.parse(JSON.stringify({ ...untold, atMs: Date.now(), sequence: ++sequence }))
    const { type } = event
    if (type !== 'ping' && type !== 'refused')
      safely(() => options.log?.(JSON.stringify({ keepwatch: 1, ...observed(), events: [event] })))
    // MQTT.js is in the midst of something: what a listener calls must find it done.
    queueMicrotask(() => {
      if (publisher) publisher.take(event)
      for (const each of listeners) if (each.type === type) safely(() => each.told(event))
    })
  }

  function blame(cause: Found): void {
    if (!found || order.indexOf(cause.cause) <= order.indexOf(found.cause)) found = cause
  }

  /** It begins to end: whether the application wanted that is settled now. */
  function ends(): void {
    if (endedMs !== undefined) return
    endedMs = performance.now()
    if (client.disconnecting || client.disconnected) blame({ cause: 'local_end' })
  }

  function since(fromMs: number | undefined): number | undefined {
    return fromMs && endedMs && Math.round(endedMs - fromMs)
  }

  function closed(): void {
    forget?.()
    if (!facts) return
    ends()
    const door = doors.get(client)
    const { connected, keepaliveSeconds } = facts
    const isWebSocket = observed().transport.startsWith('ws')
    if (unreadAt >= readAt) blame({ cause: 'protocol_error', code: unreadCode })
    if (door?.code) blame({ cause: 'ws_close', code: door.code })
    if (door?.isOpen && facts.phase === 'ws') facts.phase = 'mqtt'
    if (!found) {
      // MQTT.js 4 gives up without a word, and browsers end the stream without one.
      if (!connected && since(beganMs)! >= client.options.connectTimeout!) found = { cause: 'connack_timeout' }
      else if (since(pingMs)! >= keepaliveSeconds! * 450) found = { cause: 'keepalive_timeout' }
      else found = { cause: isWebSocket && !isNode && door?.isOpen === undefined ? 'ws_close' : 'local_destroy' }
    }
    const told = {
      ...facts,
      ...found,
      sessionMs: since(connectedMs),
      sinceReceivedMs: since(receivedMs),
      sinceSentMs: since(sentMs),
      hidden: world.document?.hidden,
    }
    facts = undefined
    tell({ ...told, text: sentenceOf(told) })
  }

  function begin(): void {
    // One that MQTT.js gave up and that never closed.
    closed()
    const { stream, connected, options: asked } = client
    const door = doors.get(client)
    if (!stream || stream.destroyed) return
    if (door) door.stream = stream
    const { transport } = observed()
    const isWebSocket = transport.startsWith('ws')
    found = connectedMs = receivedMs = sentMs = endedMs = pingMs = unreadCode = undefined
    beganMs = performance.now()
    chunks = readAt = 0
    unreadAt = -1
    const link: Facts = (facts = {
      type: 'closed',
      connected,
      phase: connected ? 'mqtt' : isWebSocket ? 'ws' : 'tcp',
      attempt: ++attempt,
      keepaliveSeconds: asked.keepalive!,
    })
    forget = attach(stream, {
      connect: () => (link.phase = transport === 'tls' ? 'tls' : 'mqtt'),
      secureConnect: () => (link.phase = 'mqtt'),
      data: () => (chunks += 1),
      error: (fault: Fault) => {
        ends()
        blame(causeOfFault(fault, link.phase, isWebSocket))
      },
      end: () => {
        ends()
        blame({ cause: isWebSocket ? 'ws_close' : 'tcp_fin' })
      },
      close: closed,
    })
  }

  const detach = attach(client, {
    packetsend: ({ cmd, topic, subscriptions }: Packet) => {
      if (cmd === 'connect') begin()
      if (!facts) return
      sentMs = performance.now()
      if (cmd === 'pingreq') {
        pingMs ??= sentMs
        return
      }
      if (cmd === 'publish') facts.publishesSent! += 1
      facts.lastSent = cmd
      if (options.topics) facts.lastTopic = (topic ?? subscriptions?.[0]?.topic)?.slice(0, 256)
    },
    packetreceive: ({ cmd, reasonCode, returnCode, sessionPresent, properties }: Packet) => {
      if (!facts) return
      receivedMs = performance.now()
      readAt = chunks
      facts.phase = 'mqtt'
      if (cmd === 'publish') facts.publishesReceived! += 1
      if (cmd === 'pingresp' && pingMs) {
        const rttMs = Math.round(receivedMs - pingMs)
        facts.rttMs = rttMs
        pingMs = undefined
        tell({ type: 'ping', rttMs })
      }
      if (cmd === 'disconnect') {
        ends()
        blame({ cause: 'server_disconnect', code: reasonCode })
      }
      if (cmd !== 'connack' || facts.connected) return
      const code = reasonCode || returnCode
      if (code) {
        ends()
        blame({ cause: 'connack_refused', code })
        tell({ type: 'refused', code })
        return
      }
      attempt = 0
      connectedMs = receivedMs
      const keepaliveSeconds = (facts.keepaliveSeconds && properties?.serverKeepAlive) || facts.keepaliveSeconds
      Object.assign(facts, { connected: true, publishesSent: 0, publishesReceived: 0, keepaliveSeconds })
      tell({
        type: 'connected',
        attempt: facts.attempt,
        connectMs: Math.round(connectedMs - beganMs),
        sessionPresent: !!sessionPresent,
        keepaliveSeconds,
      })
    },
    error: ({ message, code }: Fault) => {
      const cause = timeouts[message]
      if (cause) {
        ends()
        blame({ cause })
      } else if (found || typeof code === 'string') {
        // The stream's, or one that changes nothing any more.
      } else if (client.stream.destroyed) {
        ends()
        blame({ cause: 'protocol_error', code })
      } else if (chunks > readAt) {
        unreadAt = chunks
        unreadCode = code
      }
    },
    offline: () => {
      if (facts) ends()
      tell({ type: 'offline' })
    },
    reconnect: () => tell({ type: 'reconnecting', attempt: attempt + 1 }),
  })
  if (!doors.has(client)) {
    doors.set(client, {})
    Object.assign(client.options, observeOptions(client.options))
  }
  begin()

  const observer: Observer = {
    on: (type, listener) => {
      listeners.push({ type, told: listener })
      return observer
    },
    observed,
    stop: () => {
      detach()
      forget?.()
    },
  }
  return observer
}
