/** Alerts, newest first, and one with every transition; silences. */
import * as z from 'zod/mini'
import { AlertKindSchema, AlertSchema } from '../domain/alert.ts'
import { SilenceSchema } from '../domain/silence.ts'
import { noBody, noParams, noQuery, type Operation } from './operation.ts'
import { alertId, brokerName, clusterName, cursor, described, from, limit, next, to } from './parameters.ts'

export const alertList = {
  method: 'get',
  path: '/v1/alerts',
  summary: 'Alerts, newest first; by default of the last year',
  params: noParams,
  query: z.strictObject({
    status: z.optional(z.enum(['open', 'resolved'])),
    cluster: z.optional(clusterName),
    broker: z.optional(brokerName),
    kind: z.optional(AlertKindSchema),
    from: described(from, 'Opened from this time on (RFC 3339)'),
    to: described(to, 'Opened before this time (RFC 3339)'),
    limit,
    cursor,
  }),
  body: noBody,
  answer: z.strictObject({ alerts: z.array(AlertSchema), next }),
  rows: 'alerts',
} satisfies Operation

export const alert = {
  method: 'get',
  path: '/v1/alerts/:id',
  summary: 'One alert with its transitions, and what operators did to it',
  params: z.strictObject({ id: alertId }),
  query: noQuery,
  body: noBody,
  answer: AlertSchema,
} satisfies Operation

export const silences = {
  method: 'get',
  path: '/v1/silences',
  summary: 'Silences in force, to come, and ended in the last days; those that end last come first',
  params: noParams,
  query: z.strictObject({ cluster: z.optional(clusterName) }),
  body: noBody,
  answer: z.strictObject({ silences: z.array(SilenceSchema) }),
  rows: 'silences',
} satisfies Operation
