/** Every route of the query API. */
import type { Route } from '../../http/route.ts'
import type { QueryPorts } from '../route.ts'
import { alert, alertList } from './alerts.ts'
import { balance } from './balance.ts'
import { brokers } from './brokers.ts'
import { client } from './clients.ts'
import { brokerDiagnosis, clusterDiagnosis, sessionAges } from './diagnosis.ts'
import { brokerHistory, clientHistory } from './events.ts'
import { foundClients } from './found-clients.ts'
import { coverage, health } from './health.ts'
import { brokerMinutes, clusterMinutes } from './minutes.ts'
import { silences } from './silences.ts'

export const routes: readonly Route<QueryPorts>[] = [
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
