/** Every route of the query API. */
import type { Route } from '../route.ts'
import { alert, alertList } from './alerts.ts'
import { brokerMinutes, brokers } from './brokers.ts'
import { client } from './clients.ts'
import { brokerHistory, clientHistory } from './events.ts'
import { coverage, health } from './health.ts'

export const routes: readonly Route[] = [
  brokers,
  brokerMinutes,
  brokerHistory,
  client,
  clientHistory,
  alertList,
  alert,
  coverage,
  health,
]
