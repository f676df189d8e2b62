/** A broker nears a ceiling: of its CPU, its memory, or the connections it may have. */
import * as z from 'zod/mini'
import type { Finding } from '../alert.ts'
import { type BrokerMinute, brokerDetector, Nothing, rounded } from '../broker-detector.ts'
import { significant } from '../statistics.ts'

/** A figure that is near its ceiling, or was lately. */
const NearSchema = z.strictObject({
  /** Consecutive minutes at the threshold or above; once it is told, above that less `clearPoints`. */
  minutes: z.number(),
  /** Percent of the ceiling as last told, and how many minutes ago. */
  percent: z.number(),
  untold: z.number(),
})
type Near = z.infer<typeof NearSchema>
const RecentSchema = z.record(z.string(), NearSchema)

/** So many points below the threshold it counts as clear. */
const clearPoints = 5
/** A figure not told for so long is forgotten. */
const forgottenMinutes = 60
/** Little is left. */
const criticalPercent = 98

interface Figure {
  readonly name: 'CPU' | 'memory' | 'connections' | 'limit'
  /** Undefined where it was not told in this minute. */
  readonly percent: number | undefined
  readonly threshold: number
  readonly openMinutes: number
  /** What 100 percent are, where that is a number of clients. */
  readonly ceiling?: number
}

/** Looks at each figure by itself: told after `openMinutes` in a row at its threshold, until it is 5 points below. */
export const resources = brokerDetector({
  kind: 'resources',
  RecentSchema,
  UsualSchema: Nothing,
  fresh: () => ({ recent: {}, usual: {} }),
  clearMinutes: (detection) => detection.resources.clearMinutes,
  isBlank: ({ recent }) => isEmpty(recent),
  judge: ({ recent }, input) => {
    if (isFar(input) && isEmpty(recent)) return undefined
    const high: High[] = []
    for (const figure of figuresOf(input)) {
      const near = takeIn(recent, figure)
      if (near !== undefined && near.minutes >= figure.openMinutes) high.push({ figure, near })
    }
    if (high.length === 0) return undefined
    const told = high.filter(({ near }) => near.untold === 0)
    return told.length === 0 ? 'unseen' : findingOf(told, input)
  },
  // Whether it lasted meanwhile is not known: that neither interrupts it nor counts.
  pass: ({ recent }, minutes) => {
    for (const [name, near] of Object.entries(recent)) {
      near.untold += minutes
      if (near.untold > forgottenMinutes) delete recent[name]
    }
  },
})

function isEmpty(recent: Readonly<Record<string, Near>>): boolean {
  for (const _ in recent) return false
  return true
}

/** Nothing it tells is near a ceiling: by far the most minutes. */
function isFar({ minute, context, detection: { resources: thresholds, limits } }: BrokerMinute): boolean {
  const { gauges, connected, broker } = minute
  const maximum = connected === undefined ? undefined : context.maximumConnectionsOf(broker)
  return (
    (gauges.cpu_percent ?? 0) < thresholds.cpuPercent &&
    (gauges.memory_percent ?? 0) < thresholds.memoryPercent &&
    (maximum === undefined || 100 * (connected ?? 0) < thresholds.connectionsPercent * maximum) &&
    (limits.connected === undefined || (connected ?? 0) <= limits.connected)
  )
}

function figuresOf({ minute, context, detection }: BrokerMinute): Figure[] {
  const { cpuPercent, memoryPercent, connectionsPercent, openMinutes } = detection.resources
  const { gauges, connected, broker } = minute
  const figures: Figure[] = [
    { name: 'CPU', percent: gauges.cpu_percent, threshold: cpuPercent, openMinutes },
    { name: 'memory', percent: gauges.memory_percent, threshold: memoryPercent, openMinutes },
  ]
  const maximum = context.maximumConnectionsOf(broker)
  if (maximum !== undefined) {
    const percent = percentOf(connected, maximum)
    figures.push({ name: 'connections', percent, threshold: connectionsPercent, openMinutes, ceiling: maximum })
  }
  const limit = detection.limits.connected
  if (limit !== undefined) {
    figures.push({
      name: 'limit',
      percent: percentOf(connected, limit),
      threshold: 100,
      openMinutes: 1,
      ceiling: limit,
    })
  }
  return figures
}

function percentOf(connected: number | undefined, ceiling: number): number | undefined {
  return connected === undefined ? undefined : (100 * connected) / Math.max(1, ceiling)
}

/** Counts the minute for one figure; undefined: it is far from its ceiling. */
function takeIn(recent: Record<string, Near>, figure: Figure): Near | undefined {
  const { name, threshold, openMinutes } = figure
  let near = recent[name]
  if (near === undefined && (figure.percent === undefined || !isOver(figure, figure.percent))) return undefined
  near ??= { minutes: 0, percent: 0, untold: 0 }
  recent[name] = near
  if (figure.percent === undefined) {
    near.untold += 1
    if (near.untold > forgottenMinutes) {
      delete recent[name]
      return undefined
    }
    if (figure.ceiling === undefined) return near
    // Some brokers tell the number of clients only when it changes: what was told last holds.
    near.minutes += 1
    return { ...near, untold: 0 }
  }
  near.percent = significant(figure.percent, 6)
  near.untold = 0
  const isStanding = near.minutes >= openMinutes && figure.percent > threshold - clearPoints
  if (isOver(figure, figure.percent) || isStanding) near.minutes += 1
  else delete recent[name]
  return recent[name]
}

/** A limit may be reached, not exceeded. */
function isOver({ name, threshold }: Figure, percent: number): boolean {
  return name === 'limit' ? percent > threshold : percent >= threshold
}

interface High {
  readonly figure: Figure
  readonly near: Near
}

function findingOf(high: readonly High[], { minute, detection }: BrokerMinute): Finding {
  const over = ({ figure, near }: High) => near.percent - figure.threshold
  const [worst] = high.toSorted((a, b) => over(b) - over(a))
  const percent = rounded(worst?.near.percent ?? 0)
  const threshold = worst?.figure.threshold ?? 0
  return {
    severity: high.some(({ figure, near }) => figure.name !== 'limit' && near.percent >= criticalPercent)
      ? 'critical'
      : 'warning',
    observed: percent,
    // What it must come down to.
    expected: threshold - clearPoints,
    upper: threshold,
    windowMinutes: worst?.figure.openMinutes ?? detection.resources.openMinutes,
    score: rounded((percent - threshold + clearPoints) / clearPoints),
    summary: `${minute.broker} is near its ceiling: ${high.map(textOf).join('; ')}.`,
    topCauses: [],
    topClients: [],
  }
}

function textOf({ figure, near }: High): string {
  const { name, ceiling, threshold } = figure
  const clients = Math.round((near.percent * (ceiling ?? 0)) / 100)
  if (name === 'limit') return `${clients} clients, the limit that was set is ${ceiling}`
  const what =
    ceiling === undefined
      ? `${name} at ${rounded(near.percent)} %`
      : `${clients} of ${ceiling} ${name} (${rounded(near.percent)} %)`
  return `${what}, above ${threshold} % for ${near.minutes} min`
}
