/** Time series: what a broker, or a whole cluster, did in each minute, or in several joined into one. */
import * as z from 'zod/mini'
import { MinuteSchema } from '../domain/minute.ts'
import { WholeMinuteSchema } from '../domain/whole-minute.ts'
import { noBody, type Operation } from './operation.ts'
import { brokerName, clusterName, cursor, described, from, limit, next, stepMinutes, to } from './parameters.ts'

/** What is told of a step, beside what is told of a minute. */
const stepShape = {
  stepMinutes: described(
    z.number(),
    'How many minutes it spans, from `minute` on; the newest step may not be whole yet',
  ),
  connectedLow: z.optional(described(z.number(), 'Fewest clients at the end of any of its minutes')),
  connectedHigh: z.optional(described(z.number(), 'Most clients at the end of any of its minutes')),
}

/** Counts are sums, `coverage` is the mean, figures of one moment are the last; the band is the sum of those of the minutes. */
export const SteppedMinuteSchema = z.extend(MinuteSchema, stepShape)
export type SteppedMinute = Readonly<z.infer<typeof SteppedMinuteSchema>>

/** `coverage` is the mean over the brokers; `connected` is told when every broker told it. */
export const ClusterMinuteSchema = z.extend(WholeMinuteSchema, stepShape)
export type ClusterMinute = Readonly<z.infer<typeof ClusterMinuteSchema>>

const query = z.strictObject({ from, to, step: stepMinutes, limit, cursor })

export const brokerMinutes = {
  method: 'get',
  path: '/v1/clusters/:cluster/brokers/:broker/minutes',
  summary: 'A broker’s minutes with what was expected, newest first; by default of the last hour',
  params: z.strictObject({ cluster: clusterName, broker: brokerName }),
  query,
  body: noBody,
  answer: z.strictObject({ minutes: z.array(SteppedMinuteSchema), next }),
  rows: 'minutes',
} satisfies Operation

export const clusterMinutes = {
  method: 'get',
  path: '/v1/clusters/:cluster/minutes',
  summary:
    'A cluster’s minutes, summed over its brokers, with what was expected, newest first; by default of the last hour',
  params: z.strictObject({ cluster: clusterName }),
  query,
  body: noBody,
  answer: z.strictObject({ minutes: z.array(ClusterMinuteSchema), next }),
  rows: 'minutes',
} satisfies Operation
