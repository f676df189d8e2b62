/** A feed's settings and secret → the options of amqplib, and the names and limits of the feed's queue. */
import type { Options, SocketOptions } from 'amqplib'
import { secondMs } from '../domain/time.ts'
import type { LinkRequest } from './link.ts'

/** Options for amqplib's `connect`: whom to connect to and as whom. */
export function connectOptionsOf({ feed, clientId, credentials }: LinkRequest): [Options.Connect, SocketOptions] {
  const { connection } = feed
  const { hostname, port, pathname, protocol } = new URL(feed.url)
  const { password = '', ca, cert, key, passphrase } = credentials
  const connecting = {
    protocol: protocol.replace(':', ''),
    hostname: hostname.replace(/^\[|\]$/g, ''),
    ...(port === '' ? {} : { port: Number(port) }),
    vhost: pathname.slice(1) || '/',
    username: credentials.username ?? feed.username ?? 'guest',
    password,
    heartbeat: connection.keepalive,
  }
  const socket = {
    timeout: connection.connectTimeout,
    noDelay: true,
    // What RabbitMQ's own lists call the connection.
    clientProperties: { product: 'keepwatch', connection_name: clientId },
    rejectUnauthorized: connection.rejectUnauthorized,
    ...(connection.servername === undefined ? {} : { servername: connection.servername }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
  }
  return [connecting, socket]
}

/** The feed's queue, and the one it takes where the node that holds the first is down. Users' rights go by the prefix. */
export function queueNamesOf(clientId: string): [string, string] {
  const name = clientId.startsWith('keepwatch-') ? clientId : `keepwatch-${clientId}`
  return [name, `${name}-2`]
}

/** Messages a queue may hold: what a cluster of 100,000 clients tells when all of them come back twice. About 500 MB. */
export const maxQueueLength = 400_000

/** Arguments of the feed's queue: how long RabbitMQ keeps it without a reader, and how much of it. */
export function queueArgumentsOf({ feed }: LinkRequest): Record<string, unknown> {
  return {
    'x-expires': Math.max(1, feed.connection.sessionExpirySeconds) * secondMs,
    'x-max-length': maxQueueLength,
    'x-queue-type': 'classic',
  }
}
