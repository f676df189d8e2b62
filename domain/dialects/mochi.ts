/** Mochi-MQTT: retained figures below `$SYS/broker/`; connections come by webhook, from a hook written in Go. */
import type { Dialect } from '../dialect.ts'
import { type Figures, figureSubscriptions, readFigure } from './figures.ts'
import { readPlainHook } from './plain-hook.ts'

const figures: Figures = new Map([
  ['$SYS/broker/clients/connected', 'connected'],
  ['$SYS/broker/clients/total', 'sessions'],
  ['$SYS/broker/subscriptions', 'subscriptions'],
  ['$SYS/broker/system/memory', 'heap_bytes'],
  ['$SYS/broker/messages/received', 'messages_received_total'],
  ['$SYS/broker/messages/sent', 'messages_sent_total'],
  ['$SYS/broker/messages/dropped', 'dropped_total'],
])

export const mochi: Dialect = {
  name: 'mochi',
  transport: 'mqtt',
  scope: 'broker',
  stableIdentity: true,
  subscriptions: figureSubscriptions(figures),
  accessAdvice: 'OnACLCheck of the broker’s hooks must let this user read $SYS/broker/#.',
  instantOf: () => undefined,
  read: (message, context) => readFigure(figures, message, context),
  readHook: readPlainHook,
}
