/** Detectors as people have them today, each in a few lines; the rules of Prometheus stand in their own file. */
import type { ClusterMinute } from '../../domain/detector.ts'
import { localClock } from './local-clock.ts'
import { adaptiveDefaults, promqlAdaptive } from './promql-adaptive.ts'
import type { Scenario } from './scenario.ts'
import { rolling } from './rolling.ts'

/** Is this count of abnormal disconnects out of bounds? Asked once for every minute of a broker that was seen. */
export type CountRule = (count: number, startMs: number) => boolean
/** Which brokers are out of bounds in this minute; undefined where it cannot be judged. */
export type LoadRule = (minute: ClusterMinute) => readonly string[] | undefined

export interface CountPeer {
  readonly kind: 'disconnect_rate'
  readonly name: string
  /** Made for each broker. */
  readonly rule: (of: Scenario) => CountRule
  /** Minutes in a row that it must hold. */
  readonly forMinutes: number
}
export interface LoadPeer {
  readonly kind: 'imbalance'
  readonly name: string
  readonly rule: (of: Scenario) => LoadRule
  readonly forMinutes: number
}
export type Peer = CountPeer | LoadPeer

/** A standard deviation is never taken for less: counts near zero would alarm at every disconnect. */
const leastDeviation = 1
const learnedMinutes = 30

function above(limit: number): CountPeer {
  const rule: CountRule = (count) => count > limit
  return { kind: 'disconnect_rate', name: `more than ${limit} a minute`, rule: () => rule, forMinutes: 1 }
}

/** Against mean and standard deviation of the hour before. */
function lastHour(k: number): CountPeer {
  const rule = (): CountRule => {
    const hour = rolling(60)
    return (count) => {
      const out = hour.size() >= learnedMinutes && count > hour.mean() + k * Math.max(leastDeviation, hour.deviation())
      hour.add(count)
      return out
    }
  }
  return { kind: 'disconnect_rate', name: `last hour, k = ${k}`, rule, forMinutes: 1 }
}

/** Against all minutes of the same hour of the local week; an hour’s minutes count from the next hour on. */
function hourOfWeek(k: number): CountPeer {
  const rule = ({ plan }: Scenario): CountRule => {
    const clock = localClock(plan.timezone)
    const hours = Array.from({ length: 168 }, () => ({ size: 0, sum: 0, squares: 0 }))
    let waiting: { hour: number; counts: number[] } = { hour: -1, counts: [] }
    return (count, startMs) => {
      const { weekday, minuteOfDay } = clock(startMs)
      const hour = weekday * 24 + Math.floor(minuteOfDay / 60)
      if (hour !== waiting.hour) {
        const learned = hours[waiting.hour]
        for (const each of learned === undefined ? [] : waiting.counts) {
          if (learned === undefined) break
          learned.size += 1
          learned.sum += each
          learned.squares += each * each
        }
        waiting = { hour, counts: [] }
      }
      waiting.counts.push(count)
      const known = hours[hour]
      if (known === undefined || known.size < learnedMinutes) return false
      const mean = known.sum / known.size
      const deviation = Math.sqrt(Math.max(0, known.squares / known.size - mean * mean))
      return count > mean + k * Math.max(leastDeviation, deviation)
    }
  }
  return { kind: 'disconnect_rate', name: `hour of week, k = ${k}`, rule, forMinutes: 1 }
}

/** Against a mean and a variance in which the last hour counts most. */
function movingAverage(k: number): CountPeer {
  const gain = 2 / 61
  const rule = (): CountRule => {
    let mean = 0
    let variance = 0
    let seen = 0
    return (count) => {
      const distance = count - mean
      const out = seen >= learnedMinutes && distance > k * Math.max(leastDeviation, Math.sqrt(variance))
      seen += 1
      const weight = Math.max(gain, 1 / seen)
      mean += weight * distance
      variance = (1 - weight) * (variance + weight * distance * distance)
      return out
    }
  }
  return { kind: 'disconnect_rate', name: `moving average, k = ${k}`, rule, forMinutes: 1 }
}

interface Load {
  readonly broker: string
  readonly clients: number
  /** By weight; NaN where nothing is connected. */
  readonly fair: number
}

/** A rule over the loads of all brokers; without a figure of every one there is no saying. */
function loads(name: string, forMinutes: number, judge: (loads: readonly Load[]) => readonly string[]): LoadPeer {
  const rule = ({ plan }: Scenario): LoadRule => {
    const weights = new Map(plan.brokers.map(({ name: broker, weight }) => [broker, weight]))
    return ({ brokers }) => {
      let total = 0
      let weightSum = 0
      for (const { broker, connected, coverage } of brokers) {
        if (connected === undefined || coverage === 0) return undefined
        total += connected
        weightSum += weights.get(broker) ?? 1
      }
      if (brokers.length < 2 || total === 0) return undefined
      return judge(
        brokers.map(({ broker, connected }) => ({
          broker,
          clients: connected ?? 0,
          fair: (total * (weights.get(broker) ?? 1)) / weightSum,
        })),
      )
    }
  }
  return { kind: 'imbalance', name, rule, forMinutes }
}

const everyone = ['*']
const mean = (figures: readonly number[]) => figures.reduce((sum, each) => sum + each, 0) / figures.length

const maximumOverMean = loads('max/mean over 1.3 for 5 min', 5, (of) => {
  const clients = of.map((each) => each.clients)
  return Math.max(...clients) > 1.3 * mean(clients) ? everyone : []
})
const variation = loads('variation (CV) over 0.3 for 5 min', 5, (of) => {
  const clients = of.map((each) => each.clients)
  const middle = mean(clients)
  return Math.sqrt(mean(clients.map((each) => (each - middle) ** 2))) > 0.3 * middle ? everyone : []
})
/** EMQX’s own measure of when a rebalance is done: the mean of those above the mean against that of those below. */
const emqx = loads('EMQX: 1000 and 1.1 apart for 5 min', 5, (of) => {
  const clients = of.map((each) => each.clients)
  const middle = mean(clients)
  const donors = mean(clients.filter((each) => each > middle))
  const recipients = mean(clients.filter((each) => each <= middle))
  return donors >= recipients + 1000 && donors >= 1.1 * recipients ? everyone : []
})
const weighted = (high: number, low: number) =>
  loads(`weighted over ${high}, under ${low}, 30 clients, 15 min`, 15, (of) =>
    of
      .filter(({ clients, fair }) => Math.abs(clients - fair) > 30 && (clients > high * fair || clients < low * fair))
      .map(({ broker }) => broker),
  )

export const peers: readonly Peer[] = [
  above(40),
  above(80),
  above(160),
  lastHour(8),
  lastHour(12),
  hourOfWeek(12),
  hourOfWeek(16),
  movingAverage(12),
  promqlAdaptive(adaptiveDefaults),
  promqlAdaptive({ k: 3, margin: 1, sparse: 0 }),
  maximumOverMean,
  variation,
  emqx,
  weighted(1.3, 0.6),
  weighted(1.5, 0.5),
]
