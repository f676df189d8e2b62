/** Watches one MQTT.js client and tells why its connections end. Public API of MQTT.js only; no timers. */
import type { MqttClient } from 'mqtt'
import type { Observer, ObserverOptions } from './api.ts'
import type { ClientCause, Phase } from '../domain/client-cause.ts'
import { attach } from './attach.ts'
import { rankOf, rowOf, wordsOf } from './causes.ts'
import type { Watched } from './options.ts'
import type { Fault, Packet, Untold } from './seen.ts'
import type { Observation } from './types.ts'

/** Kept with those of its type of event: it gets no other. */
type Listener = { told(this: void, event: Observation): void }['told']

interface World {
  readonly performance: { now(): number }
  readonly document?: { readonly hidden: boolean }
}
const world: World = globalThis
const claims = async () => import('./claims.ts')

/** Never 0: that would be as good as not known. */
const now = () => Math.ceil(performance.now())

/** What fails goes to the console: neither to MQTT.js nor to the application. */
const safely = async <T>(given: Promise<T>, act: (it: T) => unknown) => given.then(act).catch(console.error)

/** Tells what it sees of the client until `stop()`. What its listeners throw goes to the console, not to MQTT.js. */
export function observe(client: MqttClient, options: ObserverOptions = {}): Observer {
  const listeners: { [type: string]: Listener[] } = {}
  let claim: ((event: Observation) => void) | undefined
  // Loaded only where it is wanted; what is seen before it is there waits.
  const loading =
    (options.publish || options.log) && safely(claims(), ({ openClaims }) => (claim = openClaims(client, options)))
  const settings: Watched = client.options
  let sequence = 0
  let attempt = 0
  let forget: (() => void) | undefined

  // Of the connection that there is; instants are of `performance.now()`, which no setting of the clock changes.
  let isWebSocket: boolean
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
  let unreadAt: number | undefined
  let unreadCode: number | undefined

  const nextAttempt = () => (connected ? 1 : attempt + 1)

  function tell(untold: Untold): void {
    const event: Observation = JSON.parse(JSON.stringify({ ...untold, atMs: Date.now(), sequence: ++sequence }))
    if (claim) claim(event)
    else if (loading) void safely(loading, () => claim?.(event))
    // MQTT.js is in the midst of something: what a listener calls must find it done.
    const told = Promise.resolve(event)
    listeners[event.type]?.forEach((listener) => void safely(told, listener))
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

  const since = (fromMs: number | undefined) => fromMs && endedMs! - fromMs
  const after = (fromMs: number | undefined, what: string) =>
    fromMs ? `, ${(since(fromMs)! / 1e3).toFixed(1)} s after ${what}` : ''

  function closed(): void {
    if (!forget) return
    forget()
    forget = undefined
    ends()
    const { isOpen, code: closeCode } = settings.keepwatchDoor ?? {}
    if (unreadAt! >= readAt) blame('protocol_error', unreadCode)
    if (closeCode) blame('ws_close', closeCode)
    if (isOpen && phase === 'ws') phase = 'mqtt'
    // MQTT.js 4 gives up without a word, and browsers end the stream without one.
    cause ??=
      !connected && since(beganMs)! >= settings.connectTimeout!
        ? 'connack_timeout'
        : since(pingMs)! >= keepaliveSeconds * 450
          ? 'keepalive_timeout'
          : isWebSocket && isOpen === undefined
            ? 'ws_close'
            : 'local_destroy'
    const detail = code ?? errorCode
    const rest = connected ? `keepalive ${keepaliveSeconds} s` : `attempt ${attempt}, phase ${phase}`
    tell({
      type: 'closed',
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
      text: `${wordsOf(cause)}${detail ? ` (${detail})` : ''}${after(receivedMs, 'the last packet')}${after(connectedMs, 'CONNACK')}; ${rest}.`,
    })
  }

  function begin(): void {
    // What MQTT.js gave up without closing it.
    closed()
    const { stream } = client
    if (!stream || stream.destroyed) return
    const protocol = settings.protocol!
    isWebSocket = /^[aw]/.test(protocol)
    // Only the close code is lost where they cannot be loaded.
    if (isWebSocket) void safely(import('./options.ts'), ({ watchNext }) => watchNext(client))
    attempt = nextAttempt()
    connected = client.connected
    phase = connected ? 'mqtt' : isWebSocket ? 'ws' : 'tcp'
    keepaliveSeconds = settings.keepalive!
    beganMs = now()
    chunks = readAt = publishesSent = publishesReceived = 0
    connectedMs = unreadAt = receivedMs = sentMs = endedMs = pingMs = rttMs = undefined
    cause = code = errorCode = lastSent = lastTopic = unreadCode = undefined
    forget = attach(stream, {
      connect: () => (phase = /tls|ssl|mqtts/.test(protocol) ? 'tls' : 'mqtt'),
      secureConnect: () => (phase = 'mqtt'),
      data: () => chunks++,
      error: ({ code: name, message }: Fault) => {
        const said = `${name} ${message}`
        const [found, , , reached] = rowOf(said) ?? [isWebSocket ? 'ws_close' : 'unknown']
        const status = Number(/response: (\d+)/.exec(said)?.[1]) || undefined
        if (phase === 'ws' && reached) phase = reached
        blame(phase === 'tls' && found === 'tcp_reset' ? 'tls' : found, status, name)
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
        rttMs = receivedMs - pingMs
        pingMs = undefined
        tell({ type: 'ping', rttMs })
      }
      if (cmd !== 'connack' || connected) return
      if (refusal) {
        blame('connack_refused', refusal)
        tell({ type: 'refused', code: refusal })
        return
      }
      connected = true
      connectedMs = receivedMs
      keepaliveSeconds &&= properties?.serverKeepAlive || keepaliveSeconds
      tell({
        type: 'connected',
        attempt,
        connectMs: receivedMs - beganMs,
        sessionPresent: !!sessionPresent,
        keepaliveSeconds,
      })
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
    reconnect: () => tell({ type: 'reconnecting', attempt: nextAttempt() }),
  })
  begin()

  const observer: Observer = {
    on: (type, listener) => {
      const those = (listeners[type] ??= [])
      those.push(listener)
      return observer
    },
    observed: async () => (await claims()).observedOf(client),
    stop: () => {
      detach()
      forget?.()
    },
  }
  return observer
}
