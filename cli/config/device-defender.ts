/** Security profiles of AWS IoT Device Defender → limits under the names that settings take over from it. Pure. */
import * as z from 'zod/mini'
import type { DetectionSettings } from '../../domain/thresholds.ts'

/** As `aws iot describe-security-profile` prints it, as far as anything of it is used. */
const ProfileSchema = z.object({
  securityProfileName: z.optional(z.string()),
  behaviors: z.array(
    z.object({
      name: z.string(),
      metric: z.optional(z.string()),
      metricDimension: z.optional(z.unknown()),
      suppressAlerts: z.optional(z.boolean()),
      criteria: z.optional(
        z.object({
          comparisonOperator: z.optional(z.string()),
          value: z.optional(z.object({ count: z.optional(z.number()), number: z.optional(z.number()) })),
          durationSeconds: z.optional(z.number()),
          consecutiveDatapointsToAlarm: z.optional(z.number()),
          consecutiveDatapointsToClear: z.optional(z.number()),
          statisticalThreshold: z.optional(z.unknown()),
          mlDetectionConfig: z.optional(z.unknown()),
        }),
      ),
    }),
  ),
})
export type SecurityProfile = Readonly<z.infer<typeof ProfileSchema>>
type Behavior = SecurityProfile['behaviors'][number]
type Limits = NonNullable<DetectionSettings['limits']>
type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

export interface CarriedOver {
  readonly limits: Limits
  /** A line for each behaviour, or part of one, that is not carried over. */
  readonly left: readonly string[]
}

/** Is it a security profile? */
export function readProfile(value: unknown): SecurityProfile | undefined {
  const { data } = ProfileSchema.safeParse(value)
  return data
}

const minuteSeconds = 60
const longestSeconds = 3600

/** Limits of a cluster that say the same; what cannot be said is named. */
export function carryOver({ behaviors }: SecurityProfile): CarriedOver {
  const limits: Mutable<Limits> = {}
  const left: string[] = []
  for (const behavior of behaviors) {
    const read = limitOf(behavior)
    if (typeof read === 'string') {
      left.push(`${behavior.name}: ${read}`)
      continue
    }
    const { metric, most, durationSeconds } = read
    left.push(...read.besides.map((each) => `${behavior.name}: ${each}`))
    if (limits[metric] !== undefined)
      left.push(`${behavior.name}: another behavior limits ${metric} already; the first is kept`)
    else if (metric === 'disconnect-duration') limits[metric] = { durationSeconds: Math.max(1, most) * minuteSeconds }
    else limits[metric] = { count: most, durationSeconds }
  }
  return { limits, left }
}

const metrics = ['num-disconnects', 'num-connection-attempts', 'disconnect-duration'] as const

interface Limit {
  readonly metric: (typeof metrics)[number]
  /** More than this is an alert; of disconnect-duration minutes. */
  readonly most: number
  readonly durationSeconds: number
  readonly besides: readonly string[]
}

function limitOf({ metric = '', criteria = {}, metricDimension, suppressAlerts }: Behavior): Limit | string {
  const known = metrics.find((each) => metric === `aws:${each}`)
  if (known === undefined) return `${metric || 'no metric'} is nothing that Keepwatch watches`
  if (criteria.mlDetectionConfig !== undefined || criteria.statisticalThreshold !== undefined) {
    return 'needs no limit: Keepwatch learns by itself what is usual (detection.disconnectRate, flapping)'
  }
  if (metricDimension !== undefined) return 'holds for one dimension of the metric alone; limits hold for every client'
  const { comparisonOperator = '', value = {} } = criteria
  const found = value.count ?? value.number
  const isLess = comparisonOperator === 'less-than' || comparisonOperator === 'less-than-equals'
  if (!isLess) return `${comparisonOperator || 'no comparison'}: only an upper limit can be carried over`
  if (found === undefined || !Number.isInteger(found) || found < 0) return 'has no count as its limit'
  const most = comparisonOperator === 'less-than' ? Math.max(0, found - 1) : found
  const { durationSeconds = 300 } = criteria
  if (durationSeconds % minuteSeconds !== 0 || durationSeconds < minuteSeconds || durationSeconds > longestSeconds) {
    return `durationSeconds ${durationSeconds}: whole minutes up to an hour can be counted`
  }
  const { consecutiveDatapointsToAlarm: toAlarm = 1, consecutiveDatapointsToClear: toClear = 1 } = criteria
  return {
    metric: known,
    most,
    durationSeconds,
    besides: [
      ...(toAlarm > 1 ? [`consecutiveDatapointsToAlarm ${toAlarm}: an alert is told at the first`] : []),
      ...(toClear > 1 ? [`consecutiveDatapointsToClear ${toClear}: flapping.clearMinutes says when it is over`] : []),
      ...(suppressAlerts === true
        ? ['suppressAlerts: what is over the limit will be told; `keepwatch silence` keeps it quiet']
        : []),
      ...(known === 'disconnect-duration' ? ['disconnect-duration holds for the clients in watchedClients'] : []),
    ],
  }
}
