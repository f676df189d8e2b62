/** Brokers as they are now, and how their clusters' load is spread. */
import * as z from 'zod/mini'
import { dialectNames } from '../domain/settings.ts'
import { MinuteSchema } from '../domain/minute.ts'
import { InstantSchema } from '../domain/time.ts'
import { noBody, noParams, noQuery, type Operation } from './operation.ts'
import { clusterName, cursor, described, limit, next } from './parameters.ts'

export const BrokerSchema = z.strictObject({
  cluster: z.string(),
  broker: z.string(),
  status: described(
    z.enum(['watched', 'blind', 'unknown']),
    '`blind`: its feed is not up; `unknown`: no feed has told of it',
  ),
  problem: z.optional(z.string()),
  lastSeen: z.optional(InstantSchema),
  minute: z.optional(
    described(InstantSchema, 'The minute the figures are of; they are absent when no current minute was judged'),
  ),
  connected: z.optional(z.number()),
  weight: z.number(),
  share: z.optional(described(z.number(), 'Of the clients of its cluster, 0 to 1')),
  expectedShare: z.optional(described(z.number(), 'Its weight among those of its cluster, 0 to 1')),
  perMinute: z.optional(
    z.strictObject({ connects: z.number(), disconnects: z.number(), abnormal: z.number(), refused: z.number() }),
  ),
  gauges: MinuteSchema.shape.gauges,
})
export type Broker = Readonly<z.infer<typeof BrokerSchema>>

export const brokers = {
  method: 'get',
  path: '/v1/brokers',
  summary: 'Every broker: clients, share against its fair share, rates per minute, whether it is watched',
  params: noParams,
  query: z.strictObject({ cluster: z.optional(clusterName), limit, cursor }),
  body: noBody,
  answer: z.strictObject({ brokers: z.array(BrokerSchema), next }),
  rows: 'brokers',
} satisfies Operation

const BalancedBrokerSchema = z.strictObject({
  broker: z.string(),
  weight: z.number(),
  connected: z.optional(z.number()),
  share: z.optional(z.number()),
  fairShare: z.number(),
  surplus: z.optional(described(z.number(), 'Clients above (or below) its fair share')),
})
export const BalanceSchema = z.strictObject({
  cluster: z.string(),
  dialect: z.enum(dialectNames),
  minute: z.optional(described(InstantSchema, 'The minute that is judged; absent: there is no current one')),
  verdict: z.enum(['balanced', 'imbalanced', 'unknown']),
  reason: described(z.string(), 'One sentence, with the figures'),
  alert: z.optional(described(z.string(), 'Id of the open alert that tells of it')),
  connected: z.optional(z.number()),
  indices: z.optional(
    z.strictObject({
      peakToFair: described(z.number(), 'The largest ratio of a share to its fair share: 1 is balanced'),
      coefficientOfVariation: described(z.number(), 'Standard deviation over mean of these ratios: 0 is balanced'),
      jainIndex: described(z.number(), 'Jain’s fairness index of these ratios: 1 is balanced'),
      misplacedShare: described(z.number(), 'Clients that would have to move, of all'),
    }),
  ),
  brokers: z.array(BalancedBrokerSchema),
  moves: described(
    z.array(z.strictObject({ from: z.string(), to: z.string(), clients: z.number() })),
    'How many clients would have to move, and where to: as few as possible',
  ),
  command: z.optional(
    z.strictObject({
      lines: described(z.array(z.string()), 'What the broker product itself offers'),
      note: z.string(),
    }),
  ),
})
export type Balance = Readonly<z.infer<typeof BalanceSchema>>

export const balance = {
  method: 'get',
  path: '/v1/clusters/:cluster/balance',
  summary:
    'Is the load of a cluster spread fairly: shares, indices, a verdict with its reason, and what would have to move',
  params: z.strictObject({ cluster: clusterName }),
  query: noQuery,
  body: noBody,
  answer: BalanceSchema,
} satisfies Operation
