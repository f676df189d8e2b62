/** Every route of the query API. */
import type { Route } from '../../http/route.ts'
import type { QueryPorts } from '../route.ts'
import { alert, alertList } from './alerts.ts'
import { brokers } from './brokers.ts'
import { client } from './clients.ts'
import { brokerDiagnosis, clusterDiagnosis } from './diagnosis.ts'
import { brokerHistory, clientHistory } from './events.ts'
import { coverage, health } from './health.ts'
import { brokerMinutes, clusterMinutes } from './minutes.ts'
import { silences } from './silences.ts'

export const routes: readonly Route<QueryPorts>[] = [
  brokers,
  clusterMinutes,
  brokerMinutes,
  brokerHistory,
  brokerDiagnosis,
  clusterDiagnosis,
  client,
  clientHistory,
  alertList,
  alert,
  silences,
  coverage,
  health,
]
