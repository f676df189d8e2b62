/** What operators do to alerts: each act is stored with who did it, and logged. The analysis heeds it at its next run. */
import { randomBytes } from 'node:crypto'
import { acknowledgeAlert, createSilence, deleteSilence, maxSilenceMinutes, verifyAlert } from '../../api/acts.ts'
import type { Alert } from '../../domain/alert.ts'
import type { Settings } from '../../domain/settings.ts'
import type { Silence } from '../../domain/silence.ts'
import { instant, minuteMs } from '../../domain/time.ts'
import { type OperatorAct, writeAct } from '../../store/alerts.ts'
import { removeSilence, silencesOf, writeSilence } from '../../store/silences.ts'
import type { Table } from '../../store/table.ts'
import { type Answer, badRequest, notFound, type Route, routeOf } from '../http/route.ts'

export interface OperatePorts {
  readonly settings: Pick<Settings, 'clusters'>
  readonly tables: { readonly state: Table; readonly alerts: Table }
  readonly log: {
    readonly info: (message: string, fields: Record<string, string>) => void
    readonly error: (message: string, fields: Record<string, string>) => void
  }
  readonly nowMs: () => number
}

/** The analysis reads all of them every minute. */
const maxSilences = 200

const acknowledge = routeOf(acknowledgeAlert, async ({ params, body, by }, ports: OperatePorts) => {
  const acknowledgement = { at: instant(ports.nowMs()), by, ...noteOf(body) }
  return act(params.id, { acknowledgement }, ports)
})

const verify = routeOf(verifyAlert, async ({ params, body, by }, ports: OperatePorts) => {
  const verification = { verdict: body.verdict, at: instant(ports.nowMs()), by, ...noteOf(body) }
  return act(params.id, { verification }, ports)
})

async function act(id: string, done: OperatorAct, { tables, log }: OperatePorts): Promise<Answer<Alert>> {
  const alert = await writeAct(tables.alerts, id, done)
  if (alert === undefined) return notFound('no such alert')
  for (const [what, { by }] of Object.entries(done)) log.info('an operator acted on an alert', { alert: id, what, by })
  return { ok: true, body: alert }
}

function noteOf({ note }: { readonly note?: string | undefined }): { note?: string } {
  return note === undefined ? {} : { note }
}

const silence = routeOf(createSilence, async ({ body, by }, ports: OperatePorts) => {
  const { cluster, kind, broker, clientId, comment } = body
  if (!ports.settings.clusters.some(({ name }) => name === cluster)) return badRequest('cluster', 'no such cluster')
  const span = spanOf(body, ports.nowMs())
  if (!span.ok) return span
  if ((await silencesOf(ports.tables.state, cluster)).length >= maxSilences) {
    const detail = `Cluster ${cluster} has ${maxSilences} silences, those that ended in the last days included: remove some.`
    return { ok: false, problem: { status: 409, title: 'Too many silences', detail } }
  }
  const made: Silence = {
    id: `${cluster}.${randomBytes(9).toString('base64url')}`,
    cluster,
    ...span.body,
    ...(kind === undefined ? {} : { kind }),
    ...(broker === undefined ? {} : { broker }),
    ...(clientId === undefined ? {} : { clientId }),
    comment,
    createdBy: by,
    createdAt: instant(ports.nowMs()),
  }
  await writeSilence(ports.tables.state, made)
  ports.log.info('an operator made a silence', { silence: made.id, by, to: made.to })
  return { ok: true, body: made }
})

/** Begin and end of a silence: what is over, or longer than may be, is none. */
function spanOf(
  asked: { from?: string | undefined; to?: string | undefined; minutes?: number | undefined },
  nowMs: number,
): Answer<{ from: string; to: string }> {
  const from = asked.from ?? instant(nowMs)
  if ((asked.to === undefined) === (asked.minutes === undefined)) {
    return badRequest('to', 'give either the end as `to`, or how long as `minutes`')
  }
  const to = asked.to ?? instant(Date.parse(from) + (asked.minutes ?? 0) * minuteMs)
  if (to <= from) return badRequest('to', 'must be after the begin')
  if (to <= instant(nowMs)) return badRequest('to', 'is over already')
  if (Date.parse(to) - Date.parse(from) > maxSilenceMinutes * minuteMs) {
    return badRequest('to', `is more than ${maxSilenceMinutes} minutes after the begin; raise a threshold instead`)
  }
  return { ok: true, body: { from, to } }
}

const unsilence = routeOf(deleteSilence, async ({ params, by }, ports: OperatePorts) => {
  const removed = await removeSilence(ports.tables.state, params.id)
  if (removed === undefined) return notFound('no such silence')
  ports.log.info('an operator removed a silence', { silence: removed.id, by })
  return { ok: true, body: removed }
})

export const routes: readonly Route<OperatePorts>[] = [acknowledge, verify, silence, unsilence]
