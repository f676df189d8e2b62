/** Every threshold of every detector, with unit, meaning and default: general, per cluster, per broker. */
import * as z from 'zod/mini'

const whole = (minimum: number, maximum: number) => z.number().check(z.int(), z.minimum(minimum), z.maximum(maximum))
const real = (minimum: number, maximum: number) => z.number().check(z.minimum(minimum), z.maximum(maximum))
const most = 1e9
const dayMinutes = 1440

/** A number that any level may set: what it may be, its default, and what it means. */
type Threshold = readonly [schema: z.ZodMiniNumber, fallback: number, description: string]
type Section = Readonly<Record<string, Threshold>>
type Values<S extends Section> = { readonly [Name in keyof S]: number }

const sections = {
  disconnectRate: {
    minimumClients: [whole(1, most), 10, 'No alert for a broker with fewer clients than this'],
    minimumSurplus: [whole(1, most), 8, 'Disconnects above the expected number before it can be an alert'],
    minimumRatio: [
      real(1.1, 1000),
      3,
      'How many times the expected number a single minute must have; longer windows need less',
    ],
    improbability: [
      real(1, 100),
      10,
      'A minute is told when chance explains it with less than 10 to the minus this; longer windows in proportion',
    ],
    coldRatePerClientMinute: [
      real(0, 1),
      0.01,
      'Share of clients assumed to drop per minute until there is experience',
    ],
    learningMinutes: [whole(1, 10_080), 60, 'Calm minutes until what was learned stands without that assumption'],
    newNormalHours: [
      whole(1, 10_000),
      24,
      'An alert that lasts so long is the new normal: it is learned and the alert resolved',
    ],
    clearMinutes: [whole(1, dayMinutes), 15, 'Calm minutes until an alert is resolved'],
  },
  imbalance: {
    minimumClients: [whole(2, most), 50, 'No alert for a cluster with fewer clients than this'],
    minimumSurplus: [whole(1, most), 30, 'Clients above or below the fair number before it can be an alert'],
    overloadedRatio: [real(1, 1000), 1.18, 'Clients over the fair number: a broker above this ratio is overloaded'],
    starvedRatio: [real(0, 1), 0.7, 'Clients over the fair number: a broker below this ratio is starved'],
    minimumScore: [real(1, 1000), 6, 'Standard deviations from the fair number before it can be an alert'],
    openMinutes: [
      whole(1, dayMinutes),
      15,
      'Uneven minutes before it is told; a third of it where the load is very uneven',
    ],
    clearMinutes: [whole(1, dayMinutes), 20, 'Balanced minutes until it is resolved'],
    newNormalHours: [whole(1, 10_000), 168, 'An alert that lasts so long is the new normal: the alert is resolved'],
  },
  reconnectStorm: {
    minimumClients: [whole(1, most), 20, 'No alert for a broker with fewer clients than this'],
    minimumConnects: [whole(1, most), 50, 'Connects within the window before it can be an alert'],
    minimumRatio: [real(1, 1000), 5, 'How many times the expected number of connects'],
    perClient: [
      real(0, 1000),
      1.5,
      'Connects within the window for each connected client: clients come back again and again',
    ],
    windowMinutes: [whole(1, 60), 5, 'Minutes over which connects are counted'],
    newNormalHours: [whole(1, 10_000), 24, 'A storm that lasts so long is the new normal: the alert is resolved'],
    clearMinutes: [whole(1, dayMinutes), 10, 'Calm minutes until an alert is resolved'],
  },
  refusedRate: {
    minimumSurplus: [whole(1, most), 10, 'Refused attempts above the expected number before it can be an alert'],
    minimumRatio: [real(1, 1000), 3, 'How many times the expected number'],
    windowMinutes: [whole(1, 60), 5, 'Minutes over which refused attempts are counted'],
    newNormalHours: [whole(1, 10_000), 24, 'Refusals that last so long are the new normal: the alert is resolved'],
    clearMinutes: [whole(1, dayMinutes), 15, 'Calm minutes until an alert is resolved'],
  },
  flapping: {
    minimumDisconnects: [whole(2, most), 6, 'Disconnects of one client within the window: it flaps'],
    windowMinutes: [whole(1, 120), 30, 'Minutes over which a client’s disconnects are counted'],
    clearMinutes: [whole(1, dayMinutes), 30, 'Minutes without a flapping client until the alert is resolved'],
  },
  takeoverLoop: {
    minimumTakeovers: [whole(2, most), 6, 'Take-overs of one client id within the window: two use the same id'],
    windowMinutes: [whole(1, 120), 10, 'Minutes over which take-overs are counted'],
    clearMinutes: [whole(1, dayMinutes), 15, 'Minutes without a take-over until the alert is resolved'],
  },
  brokerSilent: {
    openMinutes: [whole(1, dayMinutes), 3, 'Minutes in which nothing at all came from a broker that is watched'],
    minimumExpected: [
      real(1, most),
      14,
      'Events that should have come meanwhile: at 14 silence by chance is one in a million',
    ],
    clearMinutes: [whole(1, dayMinutes), 2, 'Minutes with events until the alert is resolved'],
  },
  clientOffline: {
    offlineMinutes: [
      whole(1, 100_000),
      15,
      'Minutes a watched client may be offline, where `watchedClients` does not say',
    ],
    clearMinutes: [whole(1, dayMinutes), 1, 'Minutes online until the alert is resolved'],
  },
  resources: {
    cpuPercent: [real(1, 100), 90, 'Percent of the CPU above which a broker is near its ceiling'],
    memoryPercent: [real(1, 100), 90, 'Percent of its memory above which a broker is near its ceiling'],
    connectionsPercent: [
      real(1, 100),
      90,
      'Percent of the most connections it may have (`brokers[].maximumConnections`)',
    ],
    openMinutes: [whole(1, dayMinutes), 10, 'Consecutive minutes it must last'],
    clearMinutes: [whole(1, dayMinutes), 10, 'Minutes below until the alert is resolved'],
  },
  watcherBlind: {
    openMinutes: [
      whole(1, dayMinutes),
      5,
      'Consecutive minutes in which nothing of the cluster, or of one broker, was watched',
    ],
    clearMinutes: [whole(1, dayMinutes), 2, 'Watched minutes until it is resolved'],
  },
  alerts: {
    repeatHours: [whole(1, 10_000), 24, 'An open alert that nobody acknowledged is told again after so many hours'],
    widespreadShare: [
      real(0.01, 1),
      0.5,
      'Share of the brokers firing together from which one alert speaks for the cluster',
    ],
    widespreadBrokers: [whole(2, 1000), 3, 'Brokers that must fire together at least for one alert of the cluster'],
    widespreadMinutes: [whole(1, 60), 3, 'Minutes within which they count as together'],
  },
} as const satisfies Readonly<Record<string, Section>>

/** Of one client within so many seconds; the form AWS IoT Device Defender has for it. */
const PerClient = z.strictObject({
  count: whole(0, most),
  durationSeconds: z._default(whole(60, 3600).check(z.multipleOf(60)), 300),
})
/** Limits that hold whatever is usual; none is set by default. The names with hyphens are those of Device Defender. */
const LimitsSchema = z.strictObject({
  disconnectsPerMinute: z.optional(
    limit('Abnormal disconnects of a broker in a minute; more is an alert (disconnect_rate)'),
  ),
  connectsPerMinute: z.optional(limit('Connects of a broker in a minute; more is an alert (reconnect_storm)')),
  refusedPerMinute: z.optional(limit('Refused attempts at a broker in a minute; more is an alert (refused_rate)')),
  share: z.optional(
    real(0, 1).check(z.describe('Share of the cluster’s clients on one broker, 0 to 1; more is an alert (imbalance)')),
  ),
  connected: z.optional(limit('Clients connected to a broker; more is an alert (resources)')),
  'num-disconnects': z.optional(PerClient.check(z.describe('Disconnects of one client; more is an alert (flapping)'))),
  'num-connection-attempts': z.optional(
    PerClient.check(z.describe('Connects and refused attempts of one client; more is an alert (flapping)')),
  ),
  'disconnect-duration': z.optional(
    z
      .strictObject({ durationSeconds: whole(60, 6_000_000).check(z.multipleOf(60)) })
      .check(z.describe('Seconds a watched client may be offline; longer is an alert (client_offline)')),
  ),
})
function limit(description: string) {
  return real(0, most).check(z.describe(description))
}
export type Limits = Readonly<z.infer<typeof LimitsSchema>>

type Sections = typeof sections
export type DisconnectRateSettings = Values<Sections['disconnectRate']>
export type ImbalanceSettings = Values<Sections['imbalance']>
export type RefusedRateSettings = Values<Sections['refusedRate']>
export type TakeoverLoopSettings = Values<Sections['takeoverLoop']>
export type WatcherBlindSettings = Values<Sections['watcherBlind']>
export type AlertsSettings = Values<Sections['alerts']>

function schemaOf<S extends Section>(section: S) {
  type Shape = { [Name in keyof S]: z.ZodMiniOptional<z.ZodMiniNumber> }
  const shape = Object.fromEntries(
    Object.entries(section).map(([name, [schema, fallback, description]]) => [
      name,
      z.optional(schema.check(z.meta({ description, default: fallback }))),
    ]),
  )
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Object.fromEntries forgets the names
  return z.optional(z.strictObject(shape as Shape))
}

/** Thresholds as `keepwatch.json` may give them, at any level; what is not given comes from the level above. */
export const DetectionSchema = z.strictObject({
  disconnectRate: schemaOf(sections.disconnectRate),
  imbalance: schemaOf(sections.imbalance),
  reconnectStorm: schemaOf(sections.reconnectStorm),
  refusedRate: schemaOf(sections.refusedRate),
  flapping: schemaOf(sections.flapping),
  takeoverLoop: schemaOf(sections.takeoverLoop),
  brokerSilent: schemaOf(sections.brokerSilent),
  clientOffline: schemaOf(sections.clientOffline),
  resources: schemaOf(sections.resources),
  watcherBlind: schemaOf(sections.watcherBlind),
  alerts: schemaOf(sections.alerts),
  limits: z.optional(LimitsSchema),
})
export type DetectionSettings = Readonly<z.infer<typeof DetectionSchema>>

/** Thresholds in force. */
export type Detection = { readonly [Name in keyof Sections]: Values<Sections[Name]> } & { readonly limits: Limits }

/** Thresholds in force: the last level that gives one wins, then the default. */
export function detectionFrom(...levels: readonly DetectionSettings[]): Detection {
  const section = <Name extends keyof Sections>(name: Name): Values<Sections[Name]> => {
    const fallbacks = Object.entries<Threshold>(sections[name]).map(([key, [, fallback]]) => [key, fallback])
    return Object.assign(Object.fromEntries(fallbacks), ...levels.map((level) => level[name]))
  }
  return {
    disconnectRate: section('disconnectRate'),
    imbalance: section('imbalance'),
    reconnectStorm: section('reconnectStorm'),
    refusedRate: section('refusedRate'),
    flapping: section('flapping'),
    takeoverLoop: section('takeoverLoop'),
    brokerSilent: section('brokerSilent'),
    clientOffline: section('clientOffline'),
    resources: section('resources'),
    watcherBlind: section('watcherBlind'),
    alerts: section('alerts'),
    limits: Object.assign({}, ...levels.map((level) => level.limits)),
  }
}
