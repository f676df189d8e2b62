/** What a scenario is: a fleet, what befalls it, and what a good detector should say. */
import type { AlertKind } from '../../domain/alert.ts'
import type { Cause } from '../../domain/cause.ts'
import type { ClusterMinute } from '../../domain/detector.ts'
import type { Minute, TopClient } from '../../domain/minute.ts'
import type { LocalTime } from './local-clock.ts'
import type { Random } from './random.ts'

/** Days at the begin in which detectors may learn, and nothing is scored. */
export const warmUpDays = 7

/** How a fleet behaves on a usual day. */
export interface FleetPlan {
  readonly timezone: string
  readonly startMs: number
  readonly days: number
  readonly brokers: readonly { readonly name: string; readonly weight: number }[]
  /** Clients of a broker of weight 1. */
  readonly clients: number
  /** Disconnects of a broker of weight 1 in a minute, in the mean over a weekday, for any cause. */
  readonly dropsPerMinute: number
  /** Daily shape, 0 flat to 0.7. */
  readonly amplitude: number
  /** Rate of Saturdays and Sundays against weekdays. */
  readonly weekendFactor: number
  /** Variance of a minute’s count is m + scatter · m². */
  readonly scatter: number
  /** Slow wander of the rate: standard deviation of its logarithm, and correlation time. */
  readonly wander: number
  readonly wanderMinutes: number
  /** Part of that variance which all brokers have in common, 0 to 1. */
  readonly wanderShared: number
  /** Slow wander of the shares of load: standard deviation of the logarithm. */
  readonly shareWander: number
  readonly growthPerDay: number
  /** Days of the run, from 0, which are like a Sunday. */
  readonly holidays: readonly number[]
}

/** What should be told, or (`scored` false) may be told. Without `brokers` it is of all of them. */
export interface Label {
  readonly kind: AlertKind
  readonly type: string
  readonly scored: boolean
  readonly brokers: readonly string[]
  readonly fromMs: number
  readonly toMs: number
  /** Scope of the kinds that speak of one client. */
  readonly clientId?: string
  /** Of an imbalance: when a broker first was 20 % over or 30 % under its fair load; found out by the run. */
  unevenMs?: number
}

/** The fleet as what befalls it may touch it. What is set holds for one minute, `present` and `connected` last. */
export interface Fleet {
  readonly local: LocalTime
  readonly random: Random
  readonly connected: Int32Array
  readonly present: Uint8Array
  /** Factor of the rate of disconnects. */
  readonly rate: Float64Array
  /** Factor of the share that the balancer means it to have. */
  readonly target: Float64Array
  readonly coverage: Float64Array
  /** What the counts are multiplied with before they are told: the broker’s clock ran twice through the minute. */
  readonly repeated: Float64Array
  readonly closed: Uint8Array
  /** Of a broker that says nothing: the figure that is still shown of it, if any. */
  readonly silent: ({ readonly connected?: number } | undefined)[]
  /** Share of what is out of balance that is moved in this minute by force, and what the brokers call it. */
  move: { readonly pace: number; readonly cause: Cause } | undefined
  /** Factor of the number of clients. */
  population: number
  /** Ends connections now; the clients come back within minutes. */
  readonly drop: (broker: number, count: number, cause: Cause) => void
  /** The same without a word: no disconnect is told. */
  readonly lose: (broker: number) => void
  /** Adds to what is told of the minute, without any effect on how many are connected. */
  readonly tell: (broker: number, told: Told) => void
}

/** `closed`: clients wait for it, or go elsewhere. */
export const waitingFor = 1
export const goneElsewhere = 2

export interface Told {
  /** Take-overs of clients that had several: each is a disconnect and a connect. */
  readonly takeovers?: number
  /** Other disconnects, each followed by a connect. */
  readonly reconnects?: { readonly count: number; readonly cause: Cause }
  readonly refused?: { readonly count: number; readonly code: string }
  readonly topClients?: readonly TopClient[]
  readonly gauges?: Minute['gauges']
  readonly watched?: Minute['watched']
}

/** Something that befalls the fleet from minute `from` until before `to` of the run. */
export interface Effect {
  readonly from: number
  readonly to: number
  readonly apply: (fleet: Fleet, minute: number) => void
}

export interface Scenario {
  readonly name: string
  readonly seed: number
  readonly plan: FleetPlan
  readonly maintenance: readonly { readonly from: string; readonly to: string; readonly brokers?: string[] }[]
  readonly watchedClients: readonly { readonly clientId: string; readonly offlineMinutes?: number }[]
  /** Complete once all minutes were made. */
  readonly labels: readonly Label[]
  /** Makes the minutes one by one, from the first, each time it is called. */
  readonly minutes: () => Iterable<ClusterMinute>
}
