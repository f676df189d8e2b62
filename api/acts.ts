/** What operators may do, as data: the operate function does it, the query function describes it. */
import * as z from 'zod/mini'
import { AcknowledgementSchema, AlertKindSchema, AlertSchema, VerificationSchema } from '../domain/alert.ts'
import { SilenceSchema } from '../domain/silence.ts'
import { noBody, noParams, noQuery, type Operation } from './operation.ts'
import { alertId, brokerName, clusterName, described, Time } from './parameters.ts'

/** As long as any silence may be: what shall never be told has a threshold in the configuration. */
export const maxSilenceMinutes = 90 * 1440

const note = described(AcknowledgementSchema.shape.note, 'For those who look at the alert later')

export const acknowledgeAlert = {
  method: 'post',
  path: '/v1/alerts/:id/acknowledge',
  summary: 'Says that somebody looks after an alert: it is told again only when it gets worse or ends',
  params: z.strictObject({ id: alertId }),
  query: noQuery,
  body: z.strictObject({ note }),
  answer: AlertSchema,
} satisfies Operation

export const verifyAlert = {
  method: 'post',
  path: '/v1/alerts/:id/verify',
  summary: 'Says what an alert turned out to be',
  params: z.strictObject({ id: alertId }),
  query: noQuery,
  body: z.strictObject({
    verdict: described(
      VerificationSchema.shape.verdict,
      '`true`: an incident; `benign`: real but harmless; `false`: a false alarm',
    ),
    note,
  }),
  answer: AlertSchema,
} satisfies Operation

export const createSilence = {
  method: 'post',
  path: '/v1/silences',
  summary: 'Alerts that match are recorded and not told for a while; what still stands at the end is told then',
  params: noParams,
  query: noQuery,
  body: z.strictObject({
    cluster: clusterName,
    kind: z.optional(described(AlertKindSchema, 'Only alerts of this kind')),
    broker: z.optional(described(brokerName, 'Only alerts of this broker, not those of the whole cluster')),
    clientId: z.optional(
      described(z.string().check(z.minLength(1), z.maxLength(1024)), 'Only alerts of this one client'),
    ),
    from: z.optional(described(Time, 'Begin (RFC 3339); by default now')),
    to: z.optional(described(Time, 'End (RFC 3339); or say `minutes`')),
    minutes: z.optional(
      described(
        z.number().check(z.int(), z.minimum(1), z.maximum(maxSilenceMinutes)),
        'How long, from its begin on; or say `to`',
      ),
    ),
    comment: described(SilenceSchema.shape.comment, 'Why, for those who find it'),
  }),
  answer: SilenceSchema,
} satisfies Operation

export const deleteSilence = {
  method: 'delete',
  path: '/v1/silences/:id',
  summary: 'Removes a silence; what it kept quiet and still stands is told within a minute',
  params: z.strictObject({
    id: described(
      z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}\.[A-Za-z0-9_-]{1,32}$/, 'is not the id of a silence')),
      'Id of a silence',
    ),
  }),
  query: noQuery,
  body: noBody,
  answer: SilenceSchema,
} satisfies Operation

export const acts: readonly Operation[] = [acknowledgeAlert, verifyAlert, createSilence, deleteSilence]
