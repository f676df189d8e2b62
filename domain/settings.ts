/** The one configuration file, `keepwatch.json`: clusters to watch, thresholds, who is told. Every default is here. */
import * as z from 'zod/mini'
import { BrokerName, count, described, FeedSchema, type FeedSettings, figure, SecretName } from './feed.ts'
import { PresenceSchema } from './presence.ts'

export type { FeedSettings } from './feed.ts'

const ClusterName = described(
  z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'letters, digits, _ and -, at most 64')),
  'Name of the cluster in the record, the API and alerts',
)
/** A threshold that any level may set; the default is told to editors and applied by `detectionOf`. */
function threshold(schema: z.ZodMiniNumber, fallback: number, description: string) {
  return z.optional(schema.check(z.meta({ description, default: fallback })))
}
const whole = (minimum: number, maximum: number) => z.number().check(z.int(), z.minimum(minimum), z.maximum(maximum))
const real = (minimum: number, maximum: number) => z.number().check(z.minimum(minimum), z.maximum(maximum))

/** When a rate of disconnects that nobody asked for is worth an alert. */
export const disconnectRateDefaults = {
  minimumClients: 20,
  minimumSurplus: 10,
  minimumRatio: 3,
  minimumScore: 6,
  coldRatePerClientMinute: 0.01,
  learningMinutes: 60,
  halfLifeMinutes: 1440,
  clearMinutes: 5,
}
export type DisconnectRateSettings = Readonly<typeof disconnectRateDefaults>
const DisconnectRate = z.strictObject({
  minimumClients: threshold(
    whole(1, 1e9),
    disconnectRateDefaults.minimumClients,
    'No alert for a broker with fewer clients than this',
  ),
  minimumSurplus: threshold(
    whole(1, 1e9),
    disconnectRateDefaults.minimumSurplus,
    'Disconnects above the expected number before it can be an alert',
  ),
  minimumRatio: threshold(
    real(1, 1000),
    disconnectRateDefaults.minimumRatio,
    'How many times the expected number before it can be an alert',
  ),
  minimumScore: threshold(
    real(1, 1000),
    disconnectRateDefaults.minimumScore,
    'Standard deviations above the expected number before it can be an alert',
  ),
  coldRatePerClientMinute: threshold(
    real(0, 1),
    disconnectRateDefaults.coldRatePerClientMinute,
    'Share of clients assumed to drop per minute until enough has been learned',
  ),
  learningMinutes: threshold(
    whole(1, 10_080),
    disconnectRateDefaults.learningMinutes,
    'Calm minutes until the learned rate stands alone',
  ),
  halfLifeMinutes: threshold(
    whole(1, 100_000),
    disconnectRateDefaults.halfLifeMinutes,
    'Minutes after which what was learned counts half',
  ),
  clearMinutes: threshold(
    whole(1, 1440),
    disconnectRateDefaults.clearMinutes,
    'Calm minutes until an alert is resolved',
  ),
})

/** When an uneven share of the clients is worth an alert. */
export const imbalanceDefaults = {
  minimumClients: 50,
  minimumSurplus: 30,
  overloadedRatio: 1.25,
  starvedRatio: 0.65,
  minimumScore: 6,
  openMinutes: 5,
  clearMinutes: 10,
}
export type ImbalanceSettings = Readonly<typeof imbalanceDefaults>
const Imbalance = z.strictObject({
  minimumClients: threshold(
    whole(2, 1e9),
    imbalanceDefaults.minimumClients,
    'No alert for a cluster with fewer clients than this',
  ),
  minimumSurplus: threshold(
    whole(1, 1e9),
    imbalanceDefaults.minimumSurplus,
    'Clients above or below the fair number before it can be an alert',
  ),
  overloadedRatio: threshold(
    real(1, 1000),
    imbalanceDefaults.overloadedRatio,
    'Clients over the fair number: a broker above this ratio is overloaded',
  ),
  starvedRatio: threshold(
    real(0, 1),
    imbalanceDefaults.starvedRatio,
    'Clients over the fair number: a broker below this ratio is starved',
  ),
  minimumScore: threshold(
    real(1, 1000),
    imbalanceDefaults.minimumScore,
    'Standard deviations from the fair number before it can be an alert',
  ),
  openMinutes: threshold(whole(1, 1440), imbalanceDefaults.openMinutes, 'Consecutive minutes it must last'),
  clearMinutes: threshold(whole(1, 1440), imbalanceDefaults.clearMinutes, 'Balanced minutes until it is resolved'),
})

/** When it is worth an alert that nobody watches. */
export const watcherBlindDefaults = {
  openMinutes: 5,
  clearMinutes: 2,
}
export type WatcherBlindSettings = Readonly<typeof watcherBlindDefaults>
const WatcherBlind = z.strictObject({
  openMinutes: threshold(
    whole(1, 1440),
    watcherBlindDefaults.openMinutes,
    'Consecutive minutes in which nothing of the cluster, or of one broker, was watched',
  ),
  clearMinutes: threshold(whole(1, 1440), watcherBlindDefaults.clearMinutes, 'Watched minutes until it is resolved'),
})

const DetectionSchema = z.strictObject({
  disconnectRate: z.optional(DisconnectRate),
  imbalance: z.optional(Imbalance),
  watcherBlind: z.optional(WatcherBlind),
})

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
          }),
        )
        .check(z.maxLength(1000)),
      'Brokers with a weight other than 1; others are found by watching',
    ),
    [],
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
    }),
    () => ({ emails: [] }),
  ),
})
export type Settings = Readonly<z.infer<typeof SettingsSchema>>
/** Thresholds in force for a cluster: its own, else the general ones, else the defaults. */
export interface Detection {
  readonly disconnectRate: DisconnectRateSettings
  readonly imbalance: ImbalanceSettings
  readonly watcherBlind: WatcherBlindSettings
}

export function detectionOf(
  settings: Pick<Settings, 'detection'>,
  cluster: Pick<ClusterSettings, 'detection'>,
): Detection {
  return {
    disconnectRate: merge(disconnectRateDefaults, settings.detection.disconnectRate, cluster.detection.disconnectRate),
    imbalance: merge(imbalanceDefaults, settings.detection.imbalance, cluster.detection.imbalance),
    watcherBlind: merge(watcherBlindDefaults, settings.detection.watcherBlind, cluster.detection.watcherBlind),
  }
}

function merge<T extends object>(defaults: T, ...levels: ({ [K in keyof T]?: T[K] | undefined } | undefined)[]): T {
  return Object.assign({}, defaults, ...levels)
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

/** Is this client id one of Keepwatch's own? Both slots of every feed, and probes: they count in no rate or share. */
export function ownClient({ clusters }: Pick<Settings, 'clusters'>): (clientId: string) => boolean {
  const own = new Set(
    clusters.flatMap((cluster) =>
      cluster.feeds.flatMap((feed) => ['a', 'b'].map((slot) => `${baseClientId(cluster, feed)}-${slot}`)),
    ),
  )
  return (clientId) => clientId.startsWith(probePrefix) || own.has(clientId)
}
