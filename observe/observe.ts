/** Watches one MQTT.js client and tells why its connections end. Public API of MQTT.js only; no timers. */
import type { MqttClient } from 'mqtt'
import type { Observer, ObserverOptions } from './api.ts'
import type { ClientCause, Phase } from '../domain/client-cause.ts'
import { attach } from './attach.ts'
import { causeOfFault, type Fault } from './classify.ts'
import { observedOf } from './observed.ts'
import { doors, isNode, observeOptions, world } from './options.ts'
import { createPublisher } from './publish.ts'
import { rankOf, sentenceOf } from './sentence.ts'
import type { Observation } from './types.ts'

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

const now = () => performance.now()

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
  let attempts = 0
  let attempt: number
  let forget: (() => void) | undefined

  // Of the connection that there is; instants are of `performance.now()`, which no setting of the clock changes.
  let isOpen = false
  let isWebSocket = false
  let phase: Phase
  let beganMs: number
  let connectedMs: number | undefined
  let receivedMs: number | undefined
  let sentMs: number | undefined
  let endedMs: number | undefined
  let pingMs: number | undefined
  let rttMs: number | undefined
  let connected: boolean
  let keepaliveSeconds: number
  let publishesSent: number
  let publishesReceived: number
  let lastSent: string | undefined
  let lastTopic: string | undefined
  let cause: ClientCause | undefined
  let code: number | undefined
  let errorCode: string | undefined
  /** Chunks that came; how many when a packet was last read, and when something could not be read. */
  let chunks: number
  let readAt: number
  let unreadAt: number
  let unreadCode: number | undefined

  function tell(untold: Untold): void {
    const event: Observation = JSON.parse(JSON.stringify({ ...untold, atMs: Date.now(), sequence: ++sequence }))
    const { type } = event
    if (!/^(ping|refused)/.test(type))
      safely(() => options.log?.(JSON.stringify({ keepwatch: 1, ...observed(), events: [event] })))
    // MQTT.js is in the midst of something: what a listener calls must find it done.
    queueMicrotask(() => {
      if (publisher) publisher.take(event)
      listeners.forEach((each) => each.type === type && safely(() => each.told(event)))
    })
  }

  /** It begins to end: whether the application wanted that is settled now. */
  function ends(): void {
    if (endedMs) return
    endedMs = now()
    if (client.disconnecting || client.disconnected) cause = 'local_end'
  }

  /** The first that fits is taken, in the order of `clientCauseNames`. */
  function blame(found: ClientCause, itsCode?: number, itsErrorCode?: string): void {
    ends()
    if (cause && rankOf(found) > rankOf(cause)) return
    cause = found
    code = itsCode
    errorCode = itsErrorCode
  }

  const since = (fromMs: number | undefined) => fromMs && Math.round(endedMs! - fromMs)

  function closed(): void {
    forget?.()
    if (!isOpen) return
    isOpen = false
    ends()
    const door = doors.get(client)
    if (unreadAt >= readAt) blame('protocol_error', unreadCode)
    if (door?.code) blame('ws_close', door.code)
    if (door?.isOpen && phase === 'ws') phase = 'mqtt'
    // MQTT.js 4 gives up without a word, and browsers end the stream without one.
    if (!cause && !connected && since(beganMs)! >= client.options.connectTimeout!) cause = 'connack_timeout'
    if (!cause && since(pingMs)! >= keepaliveSeconds * 450) cause = 'keepalive_timeout'
    cause ??= isWebSocket && !isNode && door?.isOpen === undefined ? 'ws_close' : 'local_destroy'
    const facts = {
      type: 'closed' as const,
      cause,
      code,
      errorCode,
      phase,
      connected,
      attempt,
      keepaliveSeconds,
      sessionMs: since(connectedMs),
      sinceReceivedMs: since(receivedMs),
      sinceSentMs: since(sentMs),
      rttMs,
      publishesSent,
      publishesReceived,
      lastSent,
      lastTopic,
      hidden: world.document?.hidden,
    }
    tell({ ...facts, text: sentenceOf(facts) })
  }

  function begin(): void {
    // What MQTT.js gave up without closing it.
    closed()
    const { stream } = client
    if (!stream || stream.destroyed) return
    const door = doors.get(client)
    if (door) door.stream = stream
    const { transport } = observed()
    isOpen = true
    isWebSocket = transport[0] === 'w'
    connected = client.connected
    phase = connected ? 'mqtt' : isWebSocket ? 'ws' : 'tcp'
    attempt = ++attempts
    keepaliveSeconds = client.options.keepalive!
    beganMs = now()
    chunks = readAt = publishesSent = publishesReceived = 0
    unreadAt = -1
    connectedMs = receivedMs = sentMs = endedMs = pingMs = rttMs = undefined
    cause = code = errorCode = lastSent = lastTopic = unreadCode = undefined
    forget = attach(stream, {
      connect: () => (phase = transport === 'tls' ? 'tls' : 'mqtt'),
      secureConnect: () => (phase = 'mqtt'),
      data: () => chunks++,
      error: (fault: Fault) => {
        const found = causeOfFault(fault, phase, isWebSocket)
        if (phase === 'ws' && found.reached) phase = found.reached
        blame(found.cause, found.status, fault.code)
      },
      end: () => blame(isWebSocket ? 'ws_close' : 'tcp_fin'),
      close: closed,
    })
  }

  const detach = attach(client, {
    packetsend: ({ cmd, topic, subscriptions }: Packet) => {
      if (cmd === 'connect') begin()
      sentMs = now()
      if (cmd === 'pingreq') {
        pingMs ??= sentMs
        return
      }
      if (cmd === 'publish') publishesSent++
      lastSent = cmd
      if (options.topics) lastTopic = (topic ?? subscriptions?.[0]?.topic)?.slice(0, 256)
    },
    packetreceive: ({ cmd, reasonCode, returnCode, sessionPresent, properties }: Packet) => {
      receivedMs = now()
      readAt = chunks
      phase = 'mqtt'
      const refusal = reasonCode || returnCode
      if (cmd === 'publish') publishesReceived++
      if (cmd === 'disconnect') blame('server_disconnect', reasonCode)
      if (cmd === 'pingresp' && pingMs) {
        rttMs = Math.round(receivedMs - pingMs)
        pingMs = undefined
        tell({ type: 'ping', rttMs })
      }
      if (cmd !== 'connack' || connected) return
      if (refusal) {
        blame('connack_refused', refusal)
        tell({ type: 'refused', code: refusal })
        return
      }
      attempts = 0
      connected = true
      connectedMs = receivedMs
      if (keepaliveSeconds) keepaliveSeconds = properties?.serverKeepAlive || keepaliveSeconds
      const connectMs = Math.round(receivedMs - beganMs)
      tell({ type: 'connected', attempt, connectMs, sessionPresent: !!sessionPresent, keepaliveSeconds })
    },
    error: ({ message, code: itsCode }: { readonly message: string; readonly code?: string | number }) => {
      if (message === 'Keepalive timeout') blame('keepalive_timeout')
      else if (message === 'connack timeout') blame('connack_timeout')
      // The stream's are known by now; after an end none is its cause.
      else if (cause || typeof itsCode === 'string') return
      else if (client.stream.destroyed) blame('protocol_error', itsCode)
      else if (chunks > readAt) {
        unreadAt = chunks
        unreadCode = itsCode
      }
    },
    offline: () => {
      ends()
      tell({ type: 'offline' })
    },
    reconnect: () => tell({ type: 'reconnecting', attempt: attempts + 1 }),
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
