/** One feed under examination, and what its checks share. */
import { randomBytes } from 'node:crypto'
import type { Dialect } from '../../domain/dialect.ts'
import { dialectOf } from '../../domain/dialects/index.ts'
import { type ClusterSettings, type FeedSettings, feedName, ownClient, probePrefix } from '../../domain/settings.ts'
import type { Credentials } from '../../watcher/secrets.ts'

export interface Subject {
  readonly cluster: ClusterSettings
  /** Waits no longer for an answer than the doctor was told to. */
  readonly feed: FeedSettings
  readonly name: string
  readonly dialect: Dialect
  readonly isOwn: (clientId: string) => boolean
  readonly timeoutMs: number
  /** Begins every client id of this examination. */
  readonly probeId: string
  /** Where probes connect. */
  readonly probeUrl: string
  /** Says what is being waited for. */
  readonly doing: (words: string) => void
}

/** A subject whose secret was read. */
export interface Known extends Subject {
  readonly credentials: Credentials
}

export interface SubjectOptions {
  readonly cluster: ClusterSettings
  readonly feed: FeedSettings
  readonly timeoutMs: number
  readonly probeUrl: string | undefined
  readonly doing: (words: string) => void
}

export function subjectOf({ cluster, feed, timeoutMs, probeUrl, doing }: SubjectOptions): Subject {
  const connectTimeout = timeoutMs
  return {
    cluster,
    feed: { ...feed, connection: { ...feed.connection, connectTimeout } },
    name: feedName(cluster, feed),
    dialect: dialectOf(cluster),
    isOwn: ownClient({ clusters: [cluster] }),
    timeoutMs,
    probeId: `${probePrefix}${randomBytes(4).toString('hex')}`,
    probeUrl: probeUrl ?? mqttUrlOf(feed.url),
    doing,
  }
}

/** RabbitMQ is watched over AMQP, but its clients speak MQTT: on the usual port, unless it is said where. */
function mqttUrlOf(url: string): string {
  if (!url.startsWith('amqp')) return url
  const { hostname, protocol } = new URL(url)
  return protocol === 'amqps:' ? `mqtts://${hostname}:8883` : `mqtt://${hostname}:1883`
}
