/** Every cause that is known. */
import type { Explanation } from '../explanation.ts'
import { authorizationDenied } from './authorization-denied.ts'
import { badCredentials } from './bad-credentials.ts'
import { benignTakeover } from './benign-takeover.ts'
import { brokerKeepaliveDefect } from './broker-keepalive-defect.ts'
import { brokerRestart } from './broker-restart.ts'
import { brokerStall } from './broker-stall.ts'
import { changingNetwork } from './changing-network.ts'
import { clientStall } from './client-stall.ts'
import { closedByApplication } from './closed-by-application.ts'
import { connectionLimit } from './connection-limit.ts'
import { duplicateClientId } from './duplicate-client-id.ts'
import { endpointDown } from './endpoint-down.ts'
import { expiredCredentials } from './expired-credentials.ts'
import { flowControlViolation } from './flow-control-violation.ts'
import { forkedClientId } from './forked-client-id.ts'
import { graceful } from './graceful.ts'
import { halfOpen } from './half-open.ts'
import { healthChecks } from './health-checks.ts'
import { idOnTwoBrokers } from './id-on-two-brokers.ts'
import { idleTimeout } from './idle-timeout.ts'
import { keepaliveTooLong } from './keepalive-too-long.ts'
import { keepaliveTooShort } from './keepalive-too-short.ts'
import { kicked } from './kicked.ts'
import { orphanSessions } from './orphan-sessions.ts'
import { overloadedBroker } from './overloaded-broker.ts'
import { processStall } from './process-stall.ts'
import { protocolViolation } from './protocol-violation.ts'
import { receiveOnlyPingDefect } from './receive-only-ping-defect.ts'
import { reconnectLoopDefect } from './reconnect-loop-defect.ts'
import { reconnectStorm } from './reconnect-storm.ts'
import { slowAuthentication } from './slow-authentication.ts'
import { slowConsumer } from './slow-consumer.ts'
import { timerThrottling } from './timer-throttling.ts'
import { unevenAfterRestart } from './uneven-after-restart.ts'
import { unevenLoad } from './uneven-load.ts'
import { wrongEndpoint } from './wrong-endpoint.ts'

export const explanations: readonly Explanation[] = [
  duplicateClientId,
  forkedClientId,
  benignTakeover,
  clientStall,
  brokerStall,
  brokerKeepaliveDefect,
  idleTimeout,
  receiveOnlyPingDefect,
  timerThrottling,
  reconnectLoopDefect,
  unevenLoad,
  unevenAfterRestart,
  overloadedBroker,
  connectionLimit,
  reconnectStorm,
  slowAuthentication,
  wrongEndpoint,
  badCredentials,
  expiredCredentials,
  authorizationDenied,
  protocolViolation,
  slowConsumer,
  halfOpen,
  keepaliveTooShort,
  keepaliveTooLong,
  processStall,
  changingNetwork,
  endpointDown,
  orphanSessions,
  graceful,
  healthChecks,
  flowControlViolation,
  idOnTwoBrokers,
  brokerRestart,
  kicked,
  closedByApplication,
]
