/** Timelines for tests of detectors: what each broker did, minute by minute, judged as the analysis judges it. */
import type * as z from 'zod/mini'
import type { Alert, AlertKind } from '../../domain/alert.ts'
import { openAnalysis } from '../../domain/analysis.ts'
import { contextOf } from '../../domain/cluster-context.ts'
import type { Minute } from '../../domain/minute.ts'
import { ClusterSchema } from '../../domain/settings.ts'
import type { DetectionSettings } from '../../domain/thresholds.ts'
import { instant, minuteMs } from '../../domain/time.ts'

/** When timelines begin, unless they say so: a Sunday, 10:00 UTC. */
export const beginMs = Date.parse('2026-11-22T10:00:00Z')

/** What each broker did in a minute, by its name; what is not said is a calm minute of 100 clients. */
export type Step = Readonly<Record<string, Partial<Minute>>>
export type Timeline = readonly Step[]

export interface TimelineOptions {
  /** Tell only of this kind. */
  readonly kind?: AlertKind
  readonly settings?: DetectionSettings
  readonly weights?: Readonly<Record<string, number>>
  /** Further settings of the cluster. */
  readonly cluster?: Partial<z.input<typeof ClusterSchema>>
  readonly beginMs?: number
  /** After so many minutes the memory goes through the store and back, as JSON. */
  readonly saveEvery?: number
}

/** A calm minute, but for the changes. `index` counts minutes from the begin. */
export function minuteOf(broker: string, index: number, changes: Partial<Minute> = {}, from = beginMs): Minute {
  return {
    cluster: 'plant',
    broker,
    minute: instant(from + index * minuteMs),
    coverage: 1,
    connects: 0,
    refused: 0,
    disconnects: { network_eof: changes.abnormal ?? 0 },
    abnormal: 0,
    connected: 100,
    gauges: {},
    topClients: [],
    ...changes,
  }
}

/** Judges a timeline. The alerts that changed, each as it then was, with the number of the minute. */
export function alertsOf(
  timeline: Timeline,
  options: TimelineOptions = {},
): { readonly index: number; readonly alert: Alert }[] {
  const from = options.beginMs ?? beginMs
  const brokers = Object.entries(options.weights ?? {}).map(([name, weight]) => ({ name, weight }))
  const cluster = ClusterSchema.parse({ name: 'plant', dialect: 'aedes', brokers, ...options.cluster })
  const context = contextOf({ detection: options.settings ?? {} }, cluster)
  let analysis = openAnalysis(context, undefined)
  return timeline.flatMap((step, index) => {
    const minutes = Object.entries(step).map(([broker, changes]) => minuteOf(broker, index, changes, from))
    const startMs = from + index * minuteMs
    const { changed } = analysis.judge({
      cluster: 'plant',
      startMs,
      end: instant(startMs + minuteMs),
      brokers: minutes,
      coverage: Math.max(0, ...minutes.map(({ coverage }) => coverage)),
    })
    if ((index + 1) % (options.saveEvery ?? 1) === 0) {
      analysis = openAnalysis(context, JSON.parse(JSON.stringify(analysis.save())))
    }
    const { kind } = options
    return changed.filter((alert) => kind === undefined || alert.kind === kind).map((alert) => ({ index, alert }))
  })
}

/** Judges a timeline. Tells the transitions as `minute kind scope status`; the scope `*` is the whole cluster. */
export function judged(timeline: Timeline, options: TimelineOptions = {}): string[] {
  return alertsOf(timeline, options).map(({ index, alert }) => {
    const scope = alert.clientId ?? alert.broker ?? '*'
    return `${index} ${alert.kind} ${scope} ${alert.transitions.at(-1)?.status}`
  })
}

/** The same minute several times. */
export function repeat(times: number, step: Step): Step[] {
  return Array.from({ length: times }, () => step)
}
