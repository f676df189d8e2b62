/** Why: alerts that changed get their likeliest cause out of the record, where it is found in time. */
import type { Alert } from '../../domain/alert.ts'
import { diagnosisOf, questionOf } from '../../domain/alert-diagnosis.ts'
import type { Diagnosis } from '../../domain/diagnosis.ts'
import type { ClusterSettings } from '../../domain/settings.ts'
import { secondMs } from '../../domain/time.ts'
import { type CaseTables, gatherCase, knownBrokers } from '../../store/case.ts'

export interface ExplainPorts {
  readonly tables: CaseTables
  readonly log: { readonly warn: (message: string, fields: Record<string, string | number>) => void }
  readonly nowMs: number
}

/** No alert waits longer than this for its cause. */
const patienceMs = 10 * secondMs
/** Cases gathered at once: one may hold 5,000 events. */
const atOnce = 3

/**
 * The same alerts, with a diagnosis where the newest transition asks for one. What cannot be gathered, or not in time, is
 * logged, and its alert goes out without.
 */
export async function explainAlerts(
  cluster: ClusterSettings,
  alerts: readonly Alert[],
  { tables, log, nowMs }: ExplainPorts,
  withinMs = patienceMs,
): Promise<readonly Alert[]> {
  const asked = alerts.flatMap((alert) => {
    const question = questionOf(alert)
    return question === undefined ? [] : [{ alert, question }]
  })
  if (asked.length === 0) return alerts
  const diagnoses = new Map<Alert, Diagnosis>()
  const faults = new Map<Alert, string>()
  const known = knownBrokers(tables.state, cluster, nowMs)
  const next = asked.values()
  let isOver = false
  const worker = async () => {
    for (const { alert, question } of next) {
      if (isOver) return
      try {
        const found = await gatherCase(tables, cluster.name, { ...question, brokers: await known })
        diagnoses.set(alert, diagnosisOf(found, alert.kind))
      } catch (error) {
        faults.set(alert, error instanceof Error ? `${error.name}: ${error.message}` : 'unknown')
      }
    }
  }
  await within(withinMs, Promise.all(Array.from({ length: Math.min(atOnce, asked.length) }, worker)))
  isOver = true
  for (const { alert } of asked) {
    if (diagnoses.has(alert)) continue
    const reason = faults.get(alert) ?? `the record did not answer within ${withinMs} ms`
    log.warn('an alert goes out without a diagnosis', { alert: alert.id, reason })
  }
  return alerts.map((alert) => {
    const diagnosis = diagnoses.get(alert)
    return diagnosis === undefined ? alert : { ...alert, diagnosis }
  })
}

/** Waits for the work, but no longer than so many milliseconds. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((done) => {
    timer = setTimeout(done, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
