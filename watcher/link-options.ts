/** A feed's settings and secret → the options of MQTT.js. */
import type { IClientOptions } from 'mqtt'
import type { FeedSettings } from '../domain/feed.ts'
import type { Attempted } from './ending.ts'
import type { Credentials } from './secrets.ts'

/** As whom to connect. */
export interface Login {
  /** Clean start; false takes up the session that the broker kept. */
  readonly clean: boolean
  readonly credentials: Credentials
}

/** Options for MQTT.js: whom to connect to, as whom, and what the feed sees to itself. */
export function optionsOf(login: Login & Attempted): IClientOptions & { passphrase?: string } {
  const { feed, clientId, protocol, credentials, clean } = login
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
    clean,
    ...(protocol === 5 ? { properties: propertiesOf(connection, clean) } : {}),
    // The feed reconnects and subscribes itself: it must see and say every refusal.
    reconnectPeriod: 0,
    resubscribe: false,
    timerVariant: 'native',
    // Its own log formats every packet before it looks whether anybody listens.
    log: () => undefined,
  }
}

function propertiesOf(connection: FeedSettings['connection'], clean: boolean) {
  const { receiveMaximum, sessionExpirySeconds: sessionExpiryInterval } = connection
  return clean ? { receiveMaximum } : { receiveMaximum, sessionExpiryInterval }
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
