/** One connection to a broker from CONNECT to its end, with MQTT.js: it subscribes, hears, pings and says why it ended. */
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import type { Subscription } from '../domain/dialect.ts'
import { type Attempted, type Ending, endingOf, type Symptoms } from './ending.ts'
import type { Credentials } from './secrets.ts'

/** A message as it came from the wire. */
export interface Arrival {
  readonly topic: string
  readonly payload: Buffer
  readonly retain: boolean
}

export interface LinkRequest extends Attempted {
  readonly credentials: Credentials
  readonly subscriptions: readonly Subscription[]
  /** Any packet arrived: everything the broker sent before it was seen. */
  readonly onPacket: () => void
  readonly onMessage: (arrival: Arrival) => void
}

/** How a link stands once subscribed: the codes of SUBACK in the order asked; absent where the session was resumed. */
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
  /** Says goodbye, and cuts the connection where the broker does not answer in a second. */
  readonly close: (reason: string) => void
}

const goodbyeMs = 1000

/** Opens a link. Failures of any kind end it; nothing is thrown. */
export function openLink(request: LinkRequest): Link {
  const symptoms: Symptoms = { established: false, accepted: false }
  const standing = Promise.withResolvers<Standing | undefined>()
  const ended = Promise.withResolvers<Ending>()
  const failed = (error: unknown) => {
    symptoms.error ??= faultOf(error)
  }
  let client: MqttClient
  try {
    client = connect(optionsOf(request))
  } catch (error) {
    failed(error)
    standing.resolve(undefined)
    ended.resolve(endingOf(symptoms, request))
    return { standing: standing.promise, ended: ended.promise, ping: () => undefined, close: () => undefined }
  }
  let cut: NodeJS.Timeout | undefined
  let unanswered: NodeJS.Timeout | undefined
  const finish = () => {
    clearTimeout(cut)
    clearTimeout(unanswered)
    // A WebSocket that could not be opened shows an error; one that closes without any had been open.
    if (request.feed.url.startsWith('ws') && symptoms.error === undefined) symptoms.established = true
    standing.resolve(undefined)
    ended.resolve(endingOf(symptoms, request))
    client.end(true)
    client.stream.destroy()
  }
  const cutAfter = (waitMs: number) => {
    cut ??= setTimeout(finish, waitMs)
  }

  client.stream.on('connect', () => {
    if (!request.feed.url.startsWith('mqtts')) symptoms.established = true
  })
  client.stream.on('secureConnect', () => {
    symptoms.established = true
  })
  client.stream.on('error', failed)
  client.on('error', (error) => {
    if (!symptoms.accepted && 'code' in error && typeof error.code === 'number') symptoms.refusedCode ??= error.code
    failed(error)
    // MQTT.js leaves the connection open after bytes it could not parse; what follows cannot be trusted.
    cutAfter(goodbyeMs)
  })
  client.on('packetreceive', (packet) => {
    request.onPacket()
    if (packet.cmd !== 'suback') return
    clearTimeout(unanswered)
    const granted = packet.granted.map((grant) => (typeof grant === 'number' ? grant : 128))
    standing.resolve({ resumed: false, granted })
  })
  client.on('message', (topic, payload, packet) => request.onMessage({ topic, payload, retain: packet.retain }))
  client.on('disconnect', (packet) => {
    symptoms.disconnectCode ??= packet.reasonCode ?? -1
    cutAfter(goodbyeMs)
  })
  client.on('connect', (connack) => {
    symptoms.accepted = true
    const { connection } = request.feed
    if (!connection.clean && connack.sessionPresent && !connection.resubscribe) {
      standing.resolve({ resumed: true })
      return
    }
    const wanted = request.subscriptions.map(({ filter, qos }) => [filter, { qos }])
    client.subscribe(Object.fromEntries(wanted), () => undefined)
    unanswered = setTimeout(() => {
      symptoms.local ??= `the broker did not answer SUBSCRIBE within ${connection.connectTimeout} ms`
      finish()
    }, connection.connectTimeout)
  })
  client.on('close', finish)

  return {
    standing: standing.promise,
    ended: ended.promise,
    ping: () => {
      if (client.connected) client.sendPing()
    },
    close: (reason) => {
      symptoms.local ??= reason
      if (!client.connected) return finish()
      cutAfter(goodbyeMs)
      client.end(false)
    },
  }
}

function optionsOf({ feed, clientId, protocol, credentials }: LinkRequest): IClientOptions & { passphrase?: string } {
  const { connection } = feed
  const username = credentials.username ?? feed.username
  const { password, ca, cert, key, passphrase } = credentials
  const tls = {
    rejectUnauthorized: connection.rejectUnauthorized,
    ...(connection.servername === undefined ? {} : { servername: connection.servername }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
  }
  const scheme = schemeOf(feed.url)
  const secure = scheme === 'mqtts' || scheme === 'wss'
  return {
    ...placeOf(feed.url),
    protocol: scheme,
    ...(secure ? tls : {}),
    ...(scheme === 'wss' ? { wsOptions: tls } : {}),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    clientId,
    protocolVersion: protocol,
    keepalive: connection.keepalive,
    connectTimeout: connection.connectTimeout,
    clean: connection.clean,
    ...(protocol === 5 && !connection.clean
      ? { properties: { sessionExpiryInterval: connection.sessionExpirySeconds } }
      : {}),
    // The feed reconnects and subscribes itself: it must see and say every refusal.
    reconnectPeriod: 0,
    resubscribe: false,
    timerVariant: 'native',
  }
}

function schemeOf(url: string): 'mqtt' | 'mqtts' | 'ws' | 'wss' {
  if (url.startsWith('mqtts:')) return 'mqtts'
  if (url.startsWith('wss:')) return 'wss'
  return url.startsWith('ws:') ? 'ws' : 'mqtt'
}

/** The parts of a URL as MQTT.js wants them; given the URL itself it would take credentials and client ids from it. */
function placeOf(url: string): { hostname: string; port?: number; path: string } {
  const { hostname, port, pathname, search } = new URL(url)
  // Sockets want an IPv6 address bare, a WebSocket's URL wants it in brackets.
  const bare = url.startsWith('mqtt') ? hostname.replace(/^\[|\]$/g, '') : hostname
  return { hostname: bare, ...(port === '' ? {} : { port: Number(port) }), path: `${pathname || '/'}${search}` }
}

function faultOf(error: unknown): { code?: string; message: string } {
  if (!(error instanceof Error)) return { message: 'an error without a name' }
  return 'code' in error && typeof error.code === 'string'
    ? { code: error.code, message: error.message }
    : { message: error.message }
}
