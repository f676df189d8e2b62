/** A detector that judges each broker by itself: holds what is known of each, passes over gaps and announced work. */
import * as z from 'zod/mini'
import type { AlertKind, Finding, Judgement } from './alert.ts'
import { CauseSchema } from './cause.ts'
import type { ClusterContext, Detector } from './detector.ts'
import type { Minute } from './minute.ts'
import type { Detection } from './thresholds.ts'
import { minuteMs } from './time.ts'

/** What is known of one broker: what changes every minute, and what is usual, which changes once an hour at most. */
export interface Memory<Recent, Usual> {
  readonly recent: Recent
  readonly usual: Usual
}

/** A minute of one broker that was seen, well enough to be judged. */
export interface BrokerMinute {
  readonly minute: Minute
  /** Minute from the epoch. */
  readonly at: number
  readonly detection: Detection
  readonly context: ClusterContext
  /** It was seen in whole, so it also says what did not happen. */
  readonly isWhole: boolean
}

/** Why nothing is known of minutes: not watched, or work was announced and what happened then says nothing. */
export type Passed = 'gap' | 'maintenance'

interface Definition<Recent extends z.ZodMiniType, Usual extends z.ZodMiniType> {
  readonly kind: AlertKind
  readonly RecentSchema: Recent
  readonly UsualSchema: Usual
  readonly fresh: () => Memory<z.infer<Recent>, z.infer<Usual>>
  readonly clearMinutes: (detection: Detection) => number
  /** After so many hours an alert is what is usual now. Without: never. */
  readonly newNormalHours?: (detection: Detection) => number
  /** Judges the next minute and learns from it, in place. */
  readonly judge: (
    memory: Memory<z.infer<Recent>, z.infer<Usual>>,
    minute: BrokerMinute,
  ) => Finding | 'unseen' | undefined
  /** Minutes went by of which nothing is known. */
  readonly pass: (memory: Memory<z.infer<Recent>, z.infer<Usual>>, minutes: number, why: Passed) => void
  /** What it fires about is usual from now on; false where it cannot be (a limit was set). */
  readonly adopt?: (memory: Memory<z.infer<Recent>, z.infer<Usual>>, minute: BrokerMinute) => boolean
  /** Nothing of it needs to be remembered. */
  readonly isBlank?: (memory: Memory<z.infer<Recent>, z.infer<Usual>>) => boolean
}

/** Less of a minute than this was seen: it is not judged. */
const judgedCoverage = 0.5
/** Of a minute of which less was seen nothing is learned. */
const learnedCoverage = 0.9

/** A broker not named for so long is forgotten. */
const forgottenMinutes = 7 * 1440

/** Of a detector that learns nothing. */
export const Nothing = z.strictObject({})
const isNothing = (schema: z.ZodMiniType) => schema === Nothing

interface Known<Recent, Usual> {
  memory: Memory<Recent, Usual>
  /** The last minute judged, from the epoch. */
  at: number
  /** How long an alert has stood, with calm minutes shorter than would resolve it; and for how long it is calm now. */
  firingMinutes: number
  calmMinutes: number
  calm: Judgement
  unseen: Judgement
}

/** Makes a detector of what judges one broker. A broker that is not named any more costs nothing until it is. */
export function brokerDetector<Recent extends z.ZodMiniType, Usual extends z.ZodMiniType>(
  definition: Definition<Recent, Usual>,
): Detector {
  type Each = Known<z.infer<Recent>, z.infer<Usual>>
  const { kind } = definition
  const SavedSchema = z.record(
    z.string(),
    z.strictObject({ at: z.number(), standing: z.optional(z.tuple([z.number(), z.number()])), recent: z.unknown() }),
  )
  const BaselinesSchema = z.record(z.string(), z.unknown())

  function known(broker: string, at: number): Each {
    const scope = { kind, broker, clearMinutes: 0 }
    return {
      memory: definition.fresh(),
      at,
      firingMinutes: 0,
      calmMinutes: 0,
      calm: { ...scope, verdict: 'calm' },
      unseen: { ...scope, verdict: 'unseen' },
    }
  }

  function open(saved: { readonly recent?: unknown; readonly baseline?: unknown }): Map<string, Each> {
    const brokers = new Map<string, Each>()
    const recents = SavedSchema.safeParse(saved.recent)
    const baselines = BaselinesSchema.safeParse(saved.baseline)
    if (!recents.success) return brokers
    for (const [broker, { at, standing, recent }] of Object.entries(recents.data)) {
      const parsed = definition.RecentSchema.safeParse(recent)
      const usual = definition.UsualSchema.safeParse(baselines.success ? baselines.data[broker] : undefined)
      const each = known(broker, at)
      if (parsed.success) {
        each.memory = { recent: parsed.data, usual: usual.success ? usual.data : each.memory.usual }
        ;[each.firingMinutes, each.calmMinutes] = standing ?? [0, 0]
      }
      brokers.set(broker, each)
    }
    return brokers
  }

  function judge(each: Each, minute: BrokerMinute, clearMinutes: number): Judgement {
    const found = definition.judge(each.memory, minute)
    if (found === 'unseen') return each.unseen
    if (found === undefined) {
      if (each.firingMinutes > 0) each.calmMinutes += 1
      if (each.calmMinutes >= clearMinutes) {
        each.firingMinutes = 0
        each.calmMinutes = 0
      }
      return each.calm
    }
    each.firingMinutes += 1 + each.calmMinutes
    each.calmMinutes = 0
    const newNormalMinutes = 60 * (definition.newNormalHours?.(minute.detection) ?? Number.POSITIVE_INFINITY)
    if (each.firingMinutes < newNormalMinutes || definition.adopt?.(each.memory, minute) !== true) {
      return { ...each.calm, verdict: 'firing', finding: found }
    }
    each.firingMinutes = 0
    return { ...each.calm, verdict: 'adopted' }
  }

  return {
    kind,
    open: (saved) => {
      const brokers = open(saved)
      const begin = (broker: string, at: number): Each => {
        const each = known(broker, at)
        brokers.set(broker, each)
        return each
      }
      let newest = 0
      return {
        judge: ({ minute: { brokers: minutes, startMs }, context }) => {
          const at = Math.round(startMs / minuteMs)
          newest = at
          const judgements: Judgement[] = []
          for (const minute of minutes) {
            const { broker, coverage } = minute
            const detection = context.detectionOf(broker)
            const clearMinutes = definition.clearMinutes(detection)
            const each = brokers.get(broker) ?? begin(broker, at - 1)
            if (each.calm.clearMinutes !== clearMinutes) {
              each.calm = { ...each.calm, clearMinutes }
              each.unseen = { ...each.unseen, clearMinutes }
            }
            if (at - each.at > 1) definition.pass(each.memory, at - each.at - 1, 'gap')
            each.at = at
            if (coverage < judgedCoverage || context.inMaintenance(startMs, broker)) {
              definition.pass(each.memory, 1, coverage < judgedCoverage ? 'gap' : 'maintenance')
              judgements.push(each.unseen)
            } else {
              const isWhole = coverage >= learnedCoverage
              judgements.push(judge(each, { minute, at, detection, context, isWhole }, clearMinutes))
            }
          }
          return { judgements }
        },
        save: () => {
          const kept = [...brokers].filter(
            ([, { memory, at, firingMinutes }]) =>
              newest - at <= forgottenMinutes && (firingMinutes > 0 || definition.isBlank?.(memory) !== true),
          )
          const recents = kept.map(([broker, { memory, at, firingMinutes, calmMinutes }]) => {
            const standing = firingMinutes > 0 ? { standing: [firingMinutes, calmMinutes] } : {}
            return [broker, { at, ...standing, recent: memory.recent }]
          })
          const usuals = isNothing(definition.UsualSchema)
            ? []
            : kept.map(([broker, { memory }]) => [broker, memory.usual])
          return { recent: Object.fromEntries(recents), baseline: Object.fromEntries(usuals) }
        },
      }
    },
  }
}

/** What most ends of a minute were caused by, the three most frequent first. */
export function topCausesOf(minute: Minute): Finding['topCauses'] {
  return Object.entries(minute.disconnects)
    .flatMap(([name, count]) => (count > 0 ? [{ cause: CauseSchema.parse(name), count }] : []))
    .toSorted((a, b) => b.count - a.count || (a.cause < b.cause ? -1 : 1))
    .slice(0, 3)
}

/** Connections that ended in a minute, whatever the cause. */
export function endsOf(minute: Minute): number {
  let ends = 0
  for (const cause in minute.disconnects) {
    const count = Reflect.get(minute.disconnects, cause)
    if (typeof count === 'number') ends += count
  }
  return ends
}

/** For figures that people read: one decimal. */
export function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
