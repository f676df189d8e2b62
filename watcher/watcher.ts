/** The watcher as a value: feeds → batcher → shipper, started together and drained together. */
import { randomUUID } from 'node:crypto'
import type { FeedReport } from '../domain/batch.ts'
import type { Dialect } from '../domain/dialect.ts'
import { connectionsOf, dialectOf } from '../domain/dialects/index.ts'
import { secondMs } from '../domain/time.ts'
import {
  baseClientId,
  canaryClientId,
  type ClusterSettings,
  feedName,
  ownClient,
  type Settings,
} from '../domain/settings.ts'
import { type Batcher, startBatcher } from './batcher.ts'
import { type Canary, startCanary } from './canary.ts'
import { type Feed, startFeed } from './feed.ts'
import type { Log } from './log.ts'
import { everyMinute } from './minute.ts'
import { spanKey } from './pack.ts'
import type { Send } from './queue.ts'
import type { Secrets } from './secrets.ts'
import { type Backlog, startShipper } from './shipper.ts'
import type { Spool } from './spool.ts'

const mebibyte = 1024 * 1024

export interface WatcherOptions {
  readonly settings: Pick<Settings, 'clusters'>
  readonly slot: 'a' | 'b'
  readonly dialects: Readonly<Record<ClusterSettings['dialect'], Dialect>>
  /** Sends one encoded batch. */
  readonly ship: Send
  readonly secrets: Secrets
  readonly log: Log
  readonly now?: () => number
  readonly random?: () => number
  /** Where unsent batches wait while the queue is unreachable; without it in memory. */
  readonly spool?: Spool | undefined
  /** Bytes of unsent batches kept in memory. */
  readonly maxBacklogBytes?: number
}

export interface Watcher {
  /** What each feed says of itself now. */
  readonly feeds: () => FeedReport[]
  readonly backlog: () => Backlog
  /** Leaves the brokers, then sends what is left until the deadline; milliseconds. */
  readonly stop: (options: { readonly deadlineMs: number }) => Promise<void>
}

/** Starts watching every feed of the settings. */
export function startWatcher(options: WatcherOptions): Watcher {
  const { settings, slot, log, now = Date.now, random = Math.random } = options
  const isOwn = ownClient(settings)
  const feeds: Feed[] = []
  /** By the name of their feed. */
  const canaries = new Map<string, Canary>()
  const reports = () =>
    feeds.map((feed): FeedReport => {
      const hasCanary = canaries.get(spanKey(feed.name))?.isConnected() === true
      return { ...feed.report(), ...(hasCanary ? { ownConnections: 2 } : {}) }
    })
  const shipper = startShipper({
    watcher: slot,
    send: options.ship,
    spool: options.spool,
    maxBytes: options.maxBacklogBytes ?? (options.spool === undefined ? 32 : 8) * mebibyte,
    onLost: (span) => feeds.find(({ name }) => spanKey(name) === spanKey(span))?.lost(span.untilMs),
    onGap: (gap) => batcher.gap(gap),
    log,
    now,
    random,
  })
  const batcher: Batcher = startBatcher({
    watcher: slot,
    reports,
    receipts: () => feeds.flatMap((feed) => feed.receipt() ?? []),
    ship: shipper.add,
    refuse: (parcel) => shipper.lose(parcel, 'too large for the queue'),
    log,
    now,
    newId: randomUUID,
  })
  for (const cluster of settings.clusters) {
    const dialect = dialectOf(cluster, options.dialects)
    if (slot !== 'a' && !dialect.stableIdentity) {
      log({ level: 'info', message: 'left to watcher a: this dialect tells no time of its own', cluster: cluster.name })
      continue
    }
    for (const feed of cluster.feeds) {
      const name = { cluster: cluster.name, feed: feedName(cluster, feed) }
      const clientId = `${baseClientId(cluster, feed)}-${slot}`
      if (cluster.canary.enabled && dialect.transport === 'mqtt') {
        const own = { settings: feed, canary: cluster.canary, clientId: canaryClientId(clientId) }
        canaries.set(spanKey(name), startCanary({ name, ...own, secrets: options.secrets, output: batcher }))
      }
      feeds.push(
        startFeed({
          name,
          settings: feed,
          dialect,
          slot,
          clientId,
          isOwn,
          connections: connectionsOf(cluster, dialect),
          claims: cluster.claims,
          secrets: options.secrets,
          output: batcher,
          log,
          now,
          random,
        }),
      )
    }
  }
  const endMinutes = everyMinute({
    now,
    run: (startMs) => {
      for (const feed of feeds) feed.minute(startMs)
      for (const canary of canaries.values()) canary.minute(startMs)
      batcher.soon()
    },
  })
  const settling = setInterval(() => {
    for (const feed of feeds) feed.settle()
  }, secondMs)
  log({ level: 'info', message: 'watching', feeds: feeds.length, slot })

  return {
    feeds: reports,
    backlog: shipper.backlog,
    stop: async ({ deadlineMs }) => {
      const startedMs = performance.now()
      endMinutes()
      clearInterval(settling)
      await Promise.all([...feeds, ...canaries.values()].map(async (each) => each.stop()))
      let outcome: Awaited<ReturnType<typeof shipper.stop>>
      do {
        batcher.stop()
        outcome = await shipper.stop(Math.max(0, deadlineMs - (performance.now() - startedMs)))
        // Gaps become known when the queue takes messages again, which may be only now.
      } while (outcome.left === 0 && batcher.waiting() > 0)
      const { left, unsafe } = outcome
      if (unsafe > 0) log({ level: 'error', message: 'stopped at the deadline: batches are lost', batches: unsafe })
      else if (left > 0)
        log({ level: 'warn', message: 'stopped; batches wait on disk for the next start', batches: left })
      else log({ level: 'info', message: 'drained and stopped', batches: 0 })
    },
  }
}
