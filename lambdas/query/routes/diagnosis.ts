/** Why connections end: of a broker, and of a whole cluster, in a span of time; and at which ages. */
import * as asked from '../../../api/diagnosis.ts'
import type { AnswerOf } from '../../../api/operation.ts'
import type { Case, Subject } from '../../../domain/case.ts'
import { diagnose } from '../../../domain/diagnosis.ts'
import { knownIdleLimits } from '../../../domain/evidence/known-ages.ts'
import { factsOf } from '../../../domain/facts.ts'
import { sessionAgesOf } from '../../../domain/session-ages.ts'
import type { ClusterSettings } from '../../../domain/settings.ts'
import { instant } from '../../../domain/time.ts'
import { adviseOn } from '../../../domain/tuning.ts'
import { gatherCase, knownBrokers } from '../../../store/case.ts'
import { findCluster, spanOf } from '../../http/asked.ts'
import { type Answer, badRequest, notFound } from '../../http/route.ts'
import { type QueryPorts, route } from '../route.ts'

const hourMinutes = 60

export const brokerDiagnosis = route(asked.brokerDiagnosis, async ({ params, query }, ports) => {
  const subject = { of: 'broker', broker: params.broker } as const
  return diagnosisOf({ cluster: findCluster(ports.settings, params.cluster), subject, query }, ports)
})

export const clusterDiagnosis = route(asked.clusterDiagnosis, async ({ params, query }, ports) =>
  diagnosisOf({ cluster: findCluster(ports.settings, params.cluster), subject: { of: 'cluster' }, query }, ports),
)

async function diagnosisOf(
  question: {
    readonly cluster: ClusterSettings | undefined
    readonly subject: Subject
    readonly query: { from?: string | undefined; to?: string | undefined }
  },
  ports: QueryPorts,
): Promise<Answer<AnswerOf<typeof asked.brokerDiagnosis>>> {
  const { cluster, subject, query } = question
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

export const sessionAges = route(asked.sessionAges, async ({ params, query }, ports) => {
  const cluster = findCluster(ports.settings, params.cluster)
  if (cluster === undefined) return notFound('no such cluster')
  const span = spanOf(query, ports.nowMs(), hourMinutes)
  if (span.to <= span.from) return badRequest('to', 'must be after `from`')
  const { broker } = params
  const found = await caseOf(cluster, { subject: { of: 'broker', broker }, ...span }, ports)
  if (found.events.length === 0 && !found.brokers.some(({ name }) => name === broker))
    return notFound('no such broker is known')
  const sessions = [...factsOf(found).clients.values()].flatMap((client) => client.sessions)
  const idleLimits = knownIdleLimits.map((limit) => ({ ...limit }))
  return {
    ok: true,
    body: { cluster: cluster.name, broker, ...sessionAgesOf(sessions), idleLimits, ...lookedAtOf(found) },
  }
})

/** The case of a subject in a span of instants. */
export async function caseOf(
  cluster: ClusterSettings,
  question: { readonly subject: Subject; readonly from: string; readonly to: string },
  { tables, nowMs }: QueryPorts,
): Promise<Case> {
  const brokers = await knownBrokers(tables.state, cluster, nowMs())
  const span = { fromMs: Date.parse(question.from), toMs: Date.parse(question.to) }
  return gatherCase(tables, cluster.name, { subject: question.subject, ...span, brokers })
}

/** Why, out of what was gathered. */
export function whyOf(found: Case): asked.Why {
  const advice = adviseOn(found)
  return {
    diagnosis: [...diagnose(found)],
    ...(advice === undefined ? {} : { advice }),
    ...lookedAtOf(found),
  }
}

function lookedAtOf({ fromMs, toMs, events, nearby, minutes, cut }: Case) {
  return {
    lookedAt: {
      from: instant(fromMs),
      to: instant(toMs),
      events: events.length + nearby.length,
      minutes: minutes.length,
      cut,
    },
  }
}
