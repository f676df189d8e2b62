/** Timelines for tests of the life of alerts: what detectors said, minute by minute, and what people were told. */
import type * as z from 'zod/mini'
import type { Alert, Finding, Judgement } from '../../domain/alert.ts'
import { type AlertMemory, moveAlerts } from '../../domain/alert-life.ts'
import { contextOf } from '../../domain/cluster-context.ts'
import { ClusterSchema } from '../../domain/settings.ts'
import type { OperatorActs } from '../../domain/silence.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { beginMs, minuteOf } from './timeline.ts'

/** What is said in one minute; a minute without a word is written `[]`. */
export type Said = readonly Judgement[]

export interface PlayOptions {
  readonly brokers?: readonly string[]
  readonly cluster?: Partial<z.input<typeof ClusterSchema>>
  /** What operators did until a minute. */
  readonly acts?: (index: number, changed: readonly Alert[]) => Partial<OperatorActs>
  /** Share of a minute in which the brokers were watched. */
  readonly coverage?: (index: number) => number
}

/** End of a minute, as alerts tell it. */
export const atEndOf = (index: number) => instant(beginMs + (index + 1) * minuteMs)

/** Plays a timeline: every alert that changed, as it then was, with the number of the minute. */
export function alertsOf(timeline: readonly Said[], options: PlayOptions = {}) {
  const { brokers = ['b1', 'b2', 'b3'], acts, coverage = () => 1 } = options
  const context = contextOf(
    { detection: {} },
    ClusterSchema.parse({ name: 'plant', dialect: 'aedes', ...options.cluster }),
  )
  let memory: AlertMemory = { open: {}, together: {} }
  const changed: { readonly index: number; readonly alert: Alert }[] = []
  for (const [index, judgements] of timeline.entries()) {
    const startMs = beginMs + index * minuteMs
    const minutes = brokers.map((broker) => minuteOf(broker, index, { coverage: coverage(index) }))
    const done = acts?.(
      index,
      changed.map(({ alert }) => alert),
    )
    const step = moveAlerts(
      {
        minute: { cluster: 'plant', startMs, end: atEndOf(index), brokers: minutes, coverage: coverage(index) },
        context,
        acts: { acknowledged: new Set(), silences: [], ...done },
        judgements,
      },
      memory,
    )
    // What comes back from the store is JSON.
    memory = JSON.parse(JSON.stringify(step.memory))
    changed.push(...step.changed.map((alert) => ({ index, alert })))
  }
  return { changed, memory }
}

/** Plays a timeline and tells the transitions as `minute kind scope why`, with `(quiet)` after those not published. */
export function play(timeline: readonly Said[], options: PlayOptions = {}): string[] {
  return alertsOf(timeline, options).changed.map(({ index, alert }) => `${index} ${lineOf(alert)}`)
}

function lineOf(alert: Alert): string {
  const last = alert.transitions.at(-1)
  const scope = alert.clientId ?? alert.broker ?? '*'
  return `${alert.kind} ${scope} ${last?.why}${last?.quiet === undefined ? '' : ` (${last.quiet})`}`
}

export function finding(changes: Partial<Finding> = {}): Finding {
  const observed = changes.observed ?? 20
  const figures = { severity: 'warning', observed, expected: 1, score: 9, summary: `${observed} dropped` } as const
  return { ...figures, topCauses: [], topClients: [], ...changes }
}

type Where = Partial<Pick<Judgement, 'kind' | 'broker' | 'clientId' | 'clearMinutes'>>
const b1: Where = { broker: 'b1' }

function said(verdict: Judgement['verdict'], where: Where): Judgement {
  return { kind: 'disconnect_rate', clearMinutes: 3, verdict, ...where }
}
export const firing = (changes: Partial<Finding> = {}, where: Where = b1): Judgement => ({
  ...said('firing', where),
  finding: finding(changes),
})
export const calm = (where: Where = b1) => said('calm', where)
export const unseen = (where: Where = b1) => said('unseen', where)
export const adopted = (where: Where = b1) => said('adopted', where)

/** The same minute several times. */
export const times = (count: number, ...judgements: Said): Said[] => Array.from({ length: count }, () => judgements)
