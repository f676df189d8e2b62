/** Why connections end: of a client, a broker, a whole cluster; and at which ages. */
import * as z from 'zod/mini'
import { CauseSchema } from '../domain/cause.ts'
import { DiagnosisSchema } from '../domain/diagnosis.ts'
import { InstantSchema } from '../domain/time.ts'
import { AdviceSchema } from '../domain/tuning.ts'
import { noBody, type Operation } from './operation.ts'
import { brokerName, clusterName, described, from, to } from './parameters.ts'

/** The part of an answer that says what it was made of. */
export const lookedAtShape = {
  lookedAt: z.strictObject({
    from: InstantSchema,
    to: InstantSchema,
    events: z.number(),
    minutes: z.number(),
    cut: described(z.boolean(), 'There was more than is looked at: the newest is, and counts are lower bounds'),
  }),
}

/** The part of an answer that says why. */
export const whyShape = {
  diagnosis: described(
    z.array(DiagnosisSchema).check(z.minLength(1)),
    'The first is the answer; others follow where several things happened at once. `unknown` is an answer',
  ),
  advice: z.optional(described(AdviceSchema, 'keepalive, reconnectPeriod and connectTimeout for what was observed')),
  ...lookedAtShape,
}
const WhySchema = z.strictObject(whyShape)
export type Why = Readonly<z.infer<typeof WhySchema>>

const answer = z.strictObject({ cluster: z.string(), broker: z.optional(z.string()), ...whyShape })

export const brokerDiagnosis = {
  method: 'get',
  path: '/v1/clusters/:cluster/brokers/:broker/diagnosis',
  summary: 'Why connections to a broker end or fail; by default in the last hour',
  params: z.strictObject({ cluster: clusterName, broker: brokerName }),
  query: z.strictObject({ from, to }),
  body: noBody,
  answer,
} satisfies Operation

export const clusterDiagnosis = {
  method: 'get',
  path: '/v1/clusters/:cluster/diagnosis',
  summary: 'Why connections to a cluster end or fail; by default in the last hour',
  params: z.strictObject({ cluster: clusterName }),
  query: z.strictObject({ from, to }),
  body: noBody,
  answer,
} satisfies Operation

const SessionAgesSchema = z.strictObject({
  cluster: z.string(),
  broker: z.string(),
  sessions: described(z.number(), 'Sessions that ended and whose begin is known'),
  bins: described(
    z.array(
      z.strictObject({
        fromSeconds: z.number(),
        toSeconds: z.number(),
        counts: described(z.partialRecord(CauseSchema, z.number()), 'Ends by cause'),
      }),
    ),
    'Ages from `fromSeconds` until before `toSeconds`; bins without an end are left out',
  ),
  idleLimits: described(
    z.array(z.strictObject({ seconds: z.number(), who: z.string() })),
    'Ages at which something on the path is known to cut idle connections',
  ),
  ...lookedAtShape,
})
export type SessionAges = Readonly<z.infer<typeof SessionAgesSchema>>

export const sessionAges = {
  method: 'get',
  path: '/v1/clusters/:cluster/brokers/:broker/session-ages',
  summary: 'How old a broker’s sessions were when they ended, by cause; by default in the last hour',
  params: z.strictObject({ cluster: clusterName, broker: brokerName }),
  query: z.strictObject({ from, to }),
  body: noBody,
  answer: SessionAgesSchema,
} satisfies Operation
