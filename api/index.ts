/** Everything that can be asked: what the query function answers, and what operators do to alerts. */
import { acts } from './acts.ts'
import { alert, alertList, silences } from './alerts.ts'
import { balance, brokers } from './brokers.ts'
import { client, foundClients } from './clients.ts'
import { brokerDiagnosis, clusterDiagnosis, sessionAges } from './diagnosis.ts'
import { brokerHistory, clientHistory } from './events.ts'
import { coverage, health } from './health.ts'
import { brokerMinutes, clusterMinutes } from './minutes.ts'
import type { Operation } from './operation.ts'

export const questions: readonly Operation[] = [
  brokers,
  balance,
  clusterMinutes,
  brokerMinutes,
  brokerHistory,
  sessionAges,
  brokerDiagnosis,
  clusterDiagnosis,
  client,
  clientHistory,
  foundClients,
  alertList,
  alert,
  silences,
  coverage,
  health,
]

export const operations: readonly Operation[] = [...questions, ...acts]
