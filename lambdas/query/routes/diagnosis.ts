/** Why connections end: of a broker, and of a whole cluster, in a span of time. */
import * as z from 'zod/mini'
import type { Case, Subject } from '../../../domain/case.ts'
import { diagnose, DiagnosisSchema } from '../../../domain/diagnosis.ts'
import type { ClusterSettings } from '../../../domain/settings.ts'
import { InstantSchema, instant } from '../../../domain/time.ts'
import { AdviceSchema, adviseOn } from '../../../domain/tuning.ts'
import { gatherCase, knownBrokers } from '../../../store/case.ts'
import { brokerName, clusterName, described, findCluster, from, spanOf, to } from '../../http/parameters.ts'
import { type Answer, badRequest, notFound } from '../../http/route.ts'
import { type QueryPorts, route } from '../route.ts'

const hourMinutes = 60

/** The part of an answer that says why. */
export const whyShape = {
  diagnosis: described(
    z.array(DiagnosisSchema).check(z.minLength(1)),
    'The first is the answer; others follow where several things happened at once. `unknown` is an answer',
  ),
  advice: z.optional(described(AdviceSchema, 'keepalive, reconnectPeriod and connectTimeout for what was observed')),
  lookedAt: z.strictObject({
    from: InstantSchema,
    to: InstantSchema,
    events: z.number(),
    minutes: z.number(),
    cut: described(z.boolean(), 'There was more than is looked at: the newest is, and counts are lower bounds'),
  }),
}
const WhySchema = z.strictObject(whyShape)

const answer = z.strictObject({ cluster: z.string(), broker: z.optional(z.string()), ...whyShape })

export const brokerDiagnosis = route({
  path: '/v1/clusters/:cluster/brokers/:broker/diagnosis',
  summary: 'Why connections to a broker end or fail; by default in the last hour',
  params: z.strictObject({ cluster: clusterName, broker: brokerName }),
  query: z.strictObject({ from, to }),
  answer,
  handle: async ({ params, query }, ports) => {
    const subject = { of: 'broker', broker: params.broker } as const
    return diagnosisOf({ cluster: findCluster(ports.settings, params.cluster), subject, query }, ports)
  },
})

export const clusterDiagnosis = route({
  path: '/v1/clusters/:cluster/diagnosis',
  summary: 'Why connections to a cluster end or fail; by default in the last hour',
  params: z.strictObject({ cluster: clusterName }),
  query: z.strictObject({ from, to }),
  answer,
  handle: async ({ params, query }, ports) =>
    diagnosisOf({ cluster: findCluster(ports.settings, params.cluster), subject: { of: 'cluster' }, query }, ports),
})

async function diagnosisOf(
  asked: {
    readonly cluster: ClusterSettings | undefined
    readonly subject: Subject
    readonly query: { from?: string | undefined; to?: string | undefined }
  },
  ports: QueryPorts,
): Promise<Answer<z.infer<typeof answer>>> {
  const { cluster, subject, query } = asked
  if (cluster === undefined) return notFound('no such cluster')
  const span = spanOf(query, ports.nowMs(), hourMinutes)
  if (span.to <= span.from) return badRequest('to', 'must be after `from`')
  const found = await caseOf(cluster, { subject, ...span }, ports)
  const broker = subject.of === 'broker' ? subject.broker : undefined
  const isKnown = broker === undefined || found.brokers.some(({ name }) => name === broker)
  if (!isKnown && found.events.length === 0) return notFound('no such broker is known')
  return {
    ok: true,
    body: { cluster: cluster.name, ...(broker === undefined ? {} : { broker }), ...whyOf(found) },
  }
}

/** The case of a subject in a span of instants. */
export async function caseOf(
  cluster: ClusterSettings,
  asked: { readonly subject: Subject; readonly from: string; readonly to: string },
  { tables, nowMs }: QueryPorts,
): Promise<Case> {
  const brokers = await knownBrokers(tables.state, cluster, nowMs())
  const span = { fromMs: Date.parse(asked.from), toMs: Date.parse(asked.to) }
  return gatherCase(tables, cluster.name, { subject: asked.subject, ...span, brokers })
}

/** Why, out of what was gathered. */
export function whyOf(found: Case): z.infer<typeof WhySchema> {
  const { fromMs, toMs, events, nearby, minutes, cut } = found
  const advice = adviseOn(found)
  return {
    diagnosis: [...diagnose(found)],
    ...(advice === undefined ? {} : { advice }),
    lookedAt: {
      from: instant(fromMs),
      to: instant(toMs),
      events: events.length + nearby.length,
      minutes: minutes.length,
      cut,
    },
  }
}
