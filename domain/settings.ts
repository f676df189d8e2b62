/** The one configuration file, `keepwatch.json`: clusters to watch, thresholds, who is told. Every default is here. */
import * as z from 'zod/mini'
import { BrokerName, count, described, FeedSchema, type FeedSettings, figure, SecretName } from './feed.ts'
import { PresenceSchema } from './presence.ts'
import { type Detection, DetectionSchema, detectionFrom } from './thresholds.ts'

export type { FeedSettings } from './feed.ts'
export type { Detection } from './thresholds.ts'

const ClusterName = described(
  z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'letters, digits, _ and -, at most 64')),
  'Name of the cluster in the record, the API and alerts',
)
export const dialectNames = [
  'aedes',
  'aws-iot',
  'emqx',
  'flashmq',
  'generic',
  'hivemq',
  'mochi',
  'mosquitto',
  'nanomq',
  'rabbitmq',
  'vernemq',
] as const

function timeZoneKnown(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const Moment = z
  .string()
  .check(
    z.refine(
      (text) => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text) && !Number.isNaN(Date.parse(text)),
      'an RFC 3339 time such as 2026-11-22T10:00:00Z',
    ),
  )

/** Under the names MQTT.js gives them, with its defaults: the canary meets what most applications meet. */
const CanarySchema = z.strictObject({
  enabled: z._default(described(z.boolean(), 'Keep a canary'), true),
  keepalive: z._default(count(2, 65_535, 'Seconds of silence after which it pings'), 60),
  reconnectPeriod: z._default(count(100, 600_000, 'Milliseconds between attempts'), 1000),
  connectTimeout: z._default(count(1000, 600_000, 'Milliseconds to wait for CONNACK'), 30_000),
})
export type CanarySettings = Readonly<z.infer<typeof CanarySchema>>

export const ClusterSchema = z.strictObject({
  name: ClusterName,
  dialect: described(z.enum(dialectNames), 'How the brokers speak: the broker product'),
  timezone: z._default(
    described(
      z.string().check(z.refine(timeZoneKnown, 'an IANA time zone such as Europe/Berlin')),
      'IANA time zone in which the fleet lives',
    ),
    'UTC',
  ),
  feeds: described(
    z._default(z.array(FeedSchema).check(z.maxLength(200)), []),
    'Connections to watch: one for each broker; for EMQX and RabbitMQ one for the cluster. None where events are pushed',
  ),
  webhook: z.optional(
    described(
      z.strictObject({
        secret: described(SecretName, 'Name of the secret with the tokens or HMAC keys that the brokers use'),
      }),
      'Takes events that the brokers send to POST /v1/feeds/<cluster>',
    ),
  ),
  awsIotRule: z.optional(
    described(z.boolean(), 'AWS IoT Core of the account that Keepwatch is deployed to: a rule brings its events'),
  ),
  quietMinutes: z._default(
    count(
      1,
      10_080,
      'Where events are pushed (webhook, AWS IoT rule): minutes without any after which the cluster counts as unseen',
    ),
    60,
  ),
  presence: z.optional(
    described(
      z.array(PresenceSchema).check(z.minLength(1), z.maxLength(20)),
      'For the generic dialect: which topics tell that a device came or went',
    ),
  ),
  claims: z._default(
    described(
      z.boolean(),
      'Record what clients say of their own connections (observe): feeds over MQTT read keepwatch/v1/clients/+',
    ),
    true,
  ),
  brokers: z._default(
    described(
      z
        .array(
          z.strictObject({
            name: BrokerName,
            weight: z._default(
              figure(0, 1e6, 'Share of the load it is meant to carry, against the others’ weights'),
              1,
            ),
            maximumConnections: z.optional(
              count(1, 1e9, 'The most connections it may have, where it has such a limit'),
            ),
            detection: z._default(described(DetectionSchema, 'Thresholds of this broker, over the cluster’s'), {}),
          }),
        )
        .check(z.maxLength(1000)),
      'Brokers with a weight other than 1 or thresholds of their own; others are found by watching',
    ),
    [],
  ),
  watchedClients: z._default(
    described(
      z
        .array(
          z.strictObject({
            clientId: described(z.string().check(z.minLength(1), z.maxLength(1024)), 'The client id'),
            offlineMinutes: z.optional(count(1, 100_000, 'Minutes it may be offline')),
          }),
        )
        .check(z.maxLength(1000)),
      'Important clients: each one offline for too long is an alert (client_offline)',
    ),
    [],
  ),
  maintenance: z._default(
    described(
      z
        .array(
          z.strictObject({
            from: described(Moment, 'Begin, RFC 3339'),
            to: described(Moment, 'End, RFC 3339'),
            brokers: z.optional(
              described(z.array(BrokerName).check(z.minLength(1), z.maxLength(1000)), 'Only these; default: all'),
            ),
          }),
        )
        .check(z.maxLength(1000)),
      'Announced work: nothing in it opens an alert or teaches what is normal',
    ),
    [],
  ),
  canary: z._default(
    described(
      CanarySchema,
      'A small connection beside each feed that lives as applications do: its connect time, round trips and ends are recorded',
    ),
    () => CanarySchema.parse({}),
  ),
  detection: z._default(described(DetectionSchema, 'Thresholds of this cluster, over the general ones'), {}),
})
export type ClusterSettings = Readonly<z.infer<typeof ClusterSchema>>

export const SettingsSchema = z.strictObject({
  $schema: z.optional(z.string()),
  clusters: z.array(ClusterSchema).check(z.minLength(1), z.maxLength(100)),
  detection: z._default(described(DetectionSchema, 'Thresholds of all clusters'), {}),
  retention: z._default(
    z.strictObject({
      eventsDays: z._default(count(1, 3650, 'Days an event is kept, from its ingestion'), 90),
      minutesDays: z._default(count(1, 3650, 'Days a minute is kept'), 400),
      samplesDays: z._default(count(1, 3650, 'Days a broker’s figure is kept'), 30),
      alertsDays: z._default(count(1, 3650, 'Days an alert is kept after its last change'), 400),
    }),
    () => ({ eventsDays: 90, minutesDays: 400, samplesDays: 30, alertsDays: 400 }),
  ),
  notify: z._default(
    z.strictObject({
      emails: z._default(
        described(
          z.array(z.string().check(z.regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'an e-mail address'))).check(z.maxLength(50)),
          'Addresses subscribed to the alerts; each must confirm the mail that AWS sends',
        ),
        [],
      ),
      pageUrl: z.optional(
        described(
          z.string().check(z.maxLength(200), z.regex(/^https?:\/\/[^\s@?#]+$/, 'an http:// or https:// address')),
          'Where you open the page, such as http://127.0.0.1:4681 of keepwatch ui: alerts then link to it',
        ),
      ),
    }),
    () => ({ emails: [] }),
  ),
})
export type Settings = Readonly<z.infer<typeof SettingsSchema>>
/** Thresholds in force for a cluster, or for one of its brokers: its own, else the general ones, else the defaults. */
export function detectionOf(
  settings: Pick<Settings, 'detection'>,
  cluster: Pick<ClusterSettings, 'detection' | 'brokers'>,
  broker?: string,
): Detection {
  const own = cluster.brokers.find(({ name }) => name === broker)?.detection
  return detectionFrom(settings.detection, cluster.detection, own ?? {})
}

/** Name of a feed in the record: its broker, else its place in the list. Unique in its cluster. */
export function feedName(cluster: ClusterSettings, feed: FeedSettings): string {
  return feed.broker ?? `feed-${cluster.feeds.indexOf(feed) + 1}`
}

/** MQTT client id of a feed without its slot. */
export function baseClientId(cluster: ClusterSettings, feed: FeedSettings): string {
  return (
    feed.connection.clientId ?? `keepwatch-${cluster.name}-${feedName(cluster, feed).replace(/[^A-Za-z0-9_-]/g, '-')}`
  )
}

/** How client ids of `keepwatch doctor` begin: it connects, and looks whether the record would tell. */
export const probePrefix = 'keepwatch-probe-'

/** MQTT client id of a feed's canary. */
export function canaryClientId(feedClientId: string): string {
  return `${feedClientId}-canary`
}

/** Is this client id one of Keepwatch's own? Both slots of every feed, canaries, and probes: they count in no rate or share. */
export function ownClient({ clusters }: Pick<Settings, 'clusters'>): (clientId: string) => boolean {
  const own = new Set(
    clusters.flatMap((cluster) =>
      cluster.feeds.flatMap((feed) =>
        ['a', 'b'].flatMap((slot) => {
          const clientId = `${baseClientId(cluster, feed)}-${slot}`
          return [clientId, canaryClientId(clientId)]
        }),
      ),
    ),
  )
  return (clientId) => clientId.startsWith(probePrefix) || own.has(clientId)
}
