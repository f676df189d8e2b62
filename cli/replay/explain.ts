/** Why, in a replay: the last minutes are remembered, and an alert that changes is explained by them. */
import type { Alert } from '../../domain/alert.ts'
import { diagnosisOf, namesCause, questionOf } from '../../domain/alert-diagnosis.ts'
import type { KnownBroker } from '../../domain/case.ts'
import type { Diagnosis } from '../../domain/diagnosis.ts'
import type { ClusterMinute } from '../../domain/detector.ts'
import { minuteMs } from '../../domain/time.ts'

export interface Explainer {
  readonly remember: (minute: ClusterMinute) => void
  /** The same alert; with a diagnosis, or the last one that it had. */
  readonly explain: (alert: Alert) => Alert
}

/** As far back as any alert asks. */
const mostMinutes = 120
/** Broker-minutes in memory, which a stream of any length must not fill: two hours of a hundred brokers. */
const mostOfBrokers = 12_000

export function createExplainer(cluster: string, known: (broker: string) => Omit<KnownBroker, 'name'>): Explainer {
  const recent: ClusterMinute[] = []
  const diagnoses = new Map<string, Diagnosis>()

  const diagnose = (alert: Alert): Diagnosis | undefined => {
    const question = questionOf(alert)
    if (question === undefined) return undefined
    const { fromMs, toMs } = question
    const seen = recent.filter(({ startMs }) => startMs >= fromMs && startMs < toMs)
    const minutes = seen.flatMap(({ brokers }) => brokers)
    const brokers = (recent.at(-1)?.brokers ?? []).map(({ broker: name }) => ({ name, ...known(name) }))
    const cut = (recent[0]?.startMs ?? toMs) >= fromMs + minuteMs
    return diagnosisOf({ cluster, ...question, events: [], nearby: [], minutes, brokers, cut }, alert.kind)
  }

  return {
    remember: (minute) => {
      recent.push(minute)
      while (recent.length > mostMinutes || recent.length * minute.brokers.length > mostOfBrokers) recent.shift()
    },
    explain: (alert) => {
      const last = diagnoses.get(alert.id)
      const now = diagnose(alert)
      const diagnosis = now === undefined || (last !== undefined && !namesCause(now)) ? last : now
      if (alert.status === 'resolved') diagnoses.delete(alert.id)
      else if (diagnosis !== undefined) diagnoses.set(alert.id, diagnosis)
      return diagnosis === undefined ? alert : { ...alert, diagnosis }
    },
  }
}
