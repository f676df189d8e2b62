/** Is each step alive, how far behind; what was watched, and what was not. */
import * as z from 'zod/mini'
import { GapSchema, RejectionSampleSchema } from '../domain/batch.ts'
import { InstantSchema } from '../domain/time.ts'
import { noBody, noParams, noQuery, type Operation } from './operation.ts'
import { clusterName, described, from, to } from './parameters.ts'

const FeedSchema = z.strictObject({
  cluster: z.string(),
  feed: z.string(),
  watcher: z.string(),
  state: z.enum(['up', 'down']),
  since: InstantSchema,
  problem: z.optional(z.string()),
  reportedAt: InstantSchema,
  behindSeconds: z.optional(z.number()),
  protocol: z.optional(z.number()),
  clockOffsetMs: z.optional(z.number()),
  /** Messages that were neither event nor sample, by reason, and some of them. */
  rejected: z.record(z.string(), z.number()),
  rejectionSamples: z.array(RejectionSampleSchema),
})

const HealthSchema = z.strictObject({
  status: z.enum(['ok', 'degraded']),
  watch: z.array(FeedSchema),
  analyze: z.array(
    z.strictObject({
      cluster: z.string(),
      ranAt: z.optional(InstantSchema),
      position: z.optional(InstantSchema),
      behindSeconds: z.optional(z.number()),
      alertsToTell: z.number(),
    }),
  ),
})

export type Health = Readonly<z.infer<typeof HealthSchema>>

export const health = {
  method: 'get',
  path: '/v1/health',
  summary: 'Is each step alive, how far behind',
  params: noParams,
  query: noQuery,
  body: noBody,
  answer: HealthSchema,
} satisfies Operation

const CoverageSchema = z.strictObject({
  feeds: z.array(
    z.strictObject({
      cluster: z.string(),
      feed: z.string(),
      watcher: z.string(),
      brokers: z.array(z.string()),
      first: z.optional(InstantSchema),
      seenUntil: z.optional(InstantSchema),
    }),
  ),
  gaps: described(
    z.array(z.extend(GapSchema, { open: z.optional(z.boolean()) })),
    'A gap that has not ended is told until now, as `open`',
  ),
  cut: described(z.boolean(), 'There were more gaps than are told: the oldest are'),
})
export type Coverage = Readonly<z.infer<typeof CoverageSchema>>

export const coverage = {
  method: 'get',
  path: '/v1/coverage',
  summary: 'What was watched, by which watcher, and the gaps (by default of the last day)',
  params: noParams,
  query: z.strictObject({ cluster: z.optional(clusterName), from, to }),
  body: noBody,
  answer: CoverageSchema,
} satisfies Operation
