/** A cluster that lives for days: seeded counts, judged as the analysis judges them; what it learned can be forked. */
import type { Alert } from '../../domain/alert.ts'
import { openAnalysis } from '../../domain/analysis.ts'
import { contextOf } from '../../domain/cluster-context.ts'
import type { Minute } from '../../domain/minute.ts'
import { ClusterSchema } from '../../domain/settings.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { beginMs, minuteOf, type Step, type TimelineOptions } from './timeline.ts'

export interface Told {
  /** Minutes since the begin of this part of its life. */
  readonly index: number
  readonly alert: Alert
}

export interface Living {
  /** Lives on for so many minutes. Tells the alerts that changed, each as it then was. */
  readonly live: (minutes: number, step: (startMs: number, index: number) => Step) => Told[]
  /** A minute of this broker, so many minutes ago, came out otherwise. */
  readonly amend: (broker: string, minutesAgo: number, changes: Partial<Minute>) => void
  /** Another one with the same past. */
  readonly fork: () => Living
}

type Options = Omit<TimelineOptions, 'saveEvery'>
type Before = Parameters<typeof openAnalysis>[1]

export function living(options: Options = {}, before?: Before): Living {
  const brokers = Object.entries(options.weights ?? {}).map(([name, weight]) => ({ name, weight }))
  const cluster = ClusterSchema.parse({ name: 'plant', dialect: 'aedes', brokers, ...options.cluster })
  const context = contextOf({ detection: options.settings ?? {} }, cluster)
  const analysis = openAnalysis(context, before)
  let startMs = options.beginMs ?? beginMs
  const judge = (step: Step, index: number) => {
    const minutes = Object.entries(step).map(([broker, changes]) => minuteOf(broker, 0, changes, startMs))
    startMs += minuteMs
    const coverage = Math.max(0, ...minutes.map((each) => each.coverage))
    const { changed } = analysis.judge({
      cluster: 'plant',
      startMs: startMs - minuteMs,
      end: instant(startMs),
      brokers: minutes,
      coverage,
    })
    return changed
      .filter(({ kind }) => options.kind === undefined || kind === options.kind)
      .map((alert) => ({ index, alert }))
  }
  return {
    live: (minutes, step) => Array.from({ length: minutes }, (_, n) => judge(step(startMs, n), n)).flat(),
    amend: (broker, minutesAgo, changes) => {
      analysis.amend(minuteOf(broker, -minutesAgo, changes, startMs))
    },
    fork: () => living({ ...options, beginMs: startMs }, JSON.parse(JSON.stringify(analysis.save()))),
  }
}

/** An alert from its begin to its end, in minutes. */
export interface Span {
  readonly scope: string
  readonly opened: number
  readonly resolved?: number
  readonly why?: string
}
/** The alerts among what was told, in the order in which they opened; the scope `*` is the whole cluster. */
export function spans(told: readonly Told[]): Span[] {
  const known = new Map<string, Span>()
  for (const { index, alert } of told) {
    const { status, why } = alert.transitions.at(-1) ?? {}
    const before = known.get(alert.id) ?? { scope: alert.broker ?? '*', opened: index }
    known.set(
      alert.id,
      status === 'resolved' ? { ...before, resolved: index, ...(why === undefined ? {} : { why }) } : before,
    )
  }
  return [...known.values()]
}

/** Random numbers from 0 to 1 that are the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A Poisson count. */
export function poisson(random: () => number, mean: number): number {
  let count = 0
  for (let left = mean + Math.log(1 - random()); left > 0; left += Math.log(1 - random())) count += 1
  return count
}
