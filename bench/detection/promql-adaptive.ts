/** The adaptive rules of grafana/promql-anomaly-detection, upper side: what a user of Prometheus gets with one import. */
import type { CountPeer, CountRule } from './peers.ts'
import { rolling } from './rolling.ts'

const hour = 60
/** Bands of the day and of the week before, half an hour ahead. */
const dayBefore = 23.5 * hour
const weekBefore = 167.5 * hour
/** Hours that vary less than this against their mean do not widen the band. */
const leastVariation = 0.5

export interface AdaptiveSettings {
  /** Deviations above the mean. */
  readonly k: number
  /** Part of the mean that the band is wide at least. */
  readonly margin: number
  /** What has fewer a minute, in the mean of an hour, is left out. */
  readonly sparse: number
}
/** As they come, for what they call requests: 5/60 a second is too sparse. */
export const adaptiveDefaults: AdaptiveSettings = { k: 2, margin: 0.5, sparse: 5 }

/**
 * Upper band: the largest of mean + k · smoothed deviation, mean · (1 + margin), and mean + k · deviation a day and a
 * week before; means and deviations are of an hour, the smoothing of 26 hours. The figure is the rate over 5 minutes,
 * as a counter is asked for; where it is zero, or too sparse, there is no sample. Held for 5 minutes.
 */
export function promqlAdaptive({ k, margin, sparse }: AdaptiveSettings): CountPeer {
  const rule = (): CountRule => {
    const rate = rolling(5)
    const rawHour = rolling(hour)
    const lastHour = rolling(hour)
    const deviations = rolling(26 * hour)
    const bands = new Float64Array(weekBefore + 1).fill(Number.NaN)
    let minute = 0
    const bandOf = (minutesAgo: number) => {
      const band = minute < minutesAgo ? Number.NaN : (bands[(minute - minutesAgo) % bands.length] ?? Number.NaN)
      return Number.isNaN(band) ? 0 : band
    }
    return (count) => {
      rate.add(count)
      rawHour.add(rate.mean())
      const level = rawHour.mean() < sparse ? 0 : rate.mean()
      lastHour.add(level > 0 ? level : Number.NaN)
      const mean = lastHour.size() === 0 ? Number.NaN : lastHour.mean()
      const deviation = lastHour.size() === 0 ? Number.NaN : lastHour.deviation()
      deviations.add(deviation > leastVariation * mean ? deviation : Number.NaN)
      bands[minute % bands.length] = mean + k * deviation
      const short = deviations.size() === 0 ? 0 : mean + k * deviations.mean()
      const upper = Math.max(short, mean * (1 + margin), bandOf(dayBefore), bandOf(weekBefore))
      minute += 1
      return level > 0 && level > upper
    }
  }
  const name = `adaptive PromQL rules, k = ${k}, margin ${margin}, over ${sparse} a minute`
  return { kind: 'disconnect_rate', name, rule, forMinutes: 5 }
}
