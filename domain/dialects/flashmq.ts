/** FlashMQ: retained figures below `$SYS/broker/`; connections come by webhook. */
import type { Dialect } from '../dialect.ts'
import { type Figures, figureSubscriptions, readFigure } from './figures.ts'
import { readPlainHook } from './plain-hook.ts'

const figures: Figures = new Map([
  ['$SYS/broker/clients/total', 'connected'],
  ['$SYS/broker/sessions/total', 'sessions'],
  ['$SYS/broker/subscriptions/count', 'subscriptions'],
  ['$SYS/broker/load/messages/received/total', 'messages_received_total'],
  ['$SYS/broker/load/messages/sent/total', 'messages_sent_total'],
])

export const flashmq: Dialect = {
  name: 'flashmq',
  transport: 'mqtt',
  scope: 'broker',
  stableIdentity: true,
  subscriptions: figureSubscriptions(figures),
  accessAdvice: 'An ACL or a plugin of FlashMQ must let this user read $SYS/broker/#.',
  instantOf: () => undefined,
  read: (message, context) => readFigure(figures, message, context),
  readHook: readPlainHook,
}
