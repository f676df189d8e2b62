/** A small connection beside each feed that lives as applications' do: how fast it connects and pings, why it closes. */
import { connect, type MqttClient } from 'mqtt'
import type { SampleName } from '../domain/batch.ts'
import { readClaimDocument } from '../domain/claims.ts'
import type { FeedSettings } from '../domain/feed.ts'
import type { CanarySettings } from '../domain/settings.ts'
import { instant, minuteMs } from '../domain/time.ts'
import { observe } from '../observe/index.ts'
import { observedOf } from '../observe/observed.ts'
import { observeOptions } from '../observe/options.ts'
import type { Closed, Connected } from '../observe/types.ts'
import { pause } from './backoff.ts'
import type { FeedName, FeedOutput } from './feed.ts'
import { optionsOf } from './link-options.ts'
import type { Secrets } from './secrets.ts'

export interface CanaryOptions {
  readonly name: FeedName
  readonly settings: FeedSettings
  readonly canary: CanarySettings
  readonly clientId: string
  readonly secrets: Secrets
  readonly output: Pick<FeedOutput, 'event' | 'sample'>
}

export interface Canary {
  /** It counts among the broker's clients. */
  readonly isConnected: () => boolean
  /** A minute began: tells how fast it connected and pinged. Epoch milliseconds. */
  readonly minute: (startMs: number) => void
  readonly stop: () => Promise<void>
}

/** MQTT.js gives up where CONNACK says no, or keeps a password that was changed since: then it is begun anew. */
const anewMs = minuteMs

/** Of failed attempts so many are told: one a minute says that it is still so. */
const attemptEveryMs = minuteMs

/** Starts a canary; it tries for ever. Nothing it meets is thrown. */
export function startCanary(options: CanaryOptions): Canary {
  const { name, settings, canary, clientId, output } = options
  const { cluster } = name
  const broker = settings.broker ?? name.feed
  const stopping = new AbortController()
  const latest = new Map<SampleName, number>()
  let client: MqttClient | undefined
  let toldAttemptMs = Number.NEGATIVE_INFINITY

  function tell(of: MqttClient, event: Connected | Closed): void {
    if (event.type === 'closed' && !event.connected) {
      if (event.atMs - toldAttemptMs < attemptEveryMs) return
      toldAttemptMs = event.atMs
    }
    const document = { keepwatch: 1, ...observedOf(of), events: [event] }
    const context = { cluster, broker, clientId, receivedAtMs: event.atMs, isOwn: () => true }
    for (const draft of readClaimDocument(document, context).events) output.event(draft, name)
  }

  /** One client of MQTT.js, until it gives up or is stopped. */
  async function live(): Promise<void> {
    const secret =
      settings.secret === undefined ? undefined : await options.secrets.read(settings.secret, { fresh: false })
    if (secret?.ok === false || stopping.signal.aborted) return
    const { keepalive, reconnectPeriod, connectTimeout } = canary
    const connection = { ...settings.connection, keepalive, connectTimeout }
    const protocol = settings.connection.protocolVersion ?? 5
    const login = {
      feed: { ...settings, connection },
      clientId,
      protocol,
      clean: true,
      credentials: secret?.credentials ?? {},
    }
    const gaveUp = Promise.withResolvers<void>()
    const current = connect(observeOptions({ ...optionsOf(login), reconnectPeriod }))
    client = current
    // What it cannot do is told by `closed`.
    current.on('error', () => undefined)
    const observer = observe(current)
    observer.on('connected', (event) => {
      latest.set('canary_connect_ms', event.connectMs)
      tell(current, event)
    })
    observer.on('ping', ({ rttMs }) => latest.set('canary_ping_ms', rttMs))
    observer.on('closed', (event) => {
      const { cause } = event
      tell(current, event)
      if (cause === 'connack_refused' || cause === 'local_end') gaveUp.resolve()
    })
    stopping.signal.addEventListener('abort', () => gaveUp.resolve(), { once: true })
    await gaveUp.promise
    observer.stop()
    await current.endAsync(true).catch(() => undefined)
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await live().catch(() => undefined)
      if (!stopping.signal.aborted) await pause(anewMs, stopping.signal)
    }
  }

  const running = run()
  return {
    isConnected: () => client?.connected === true,
    minute: (startMs) => {
      for (const [figure, value] of latest)
        output.sample({ cluster, broker, name: figure, at: instant(startMs), value })
      latest.clear()
    },
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}
