/** HiveMQ Community Edition: it publishes nothing about itself; connections come by webhook, from an extension. */
import type { Dialect } from '../dialect.ts'
import { readPlainHook } from './plain-hook.ts'
import { notWatched } from './reading.ts'

export const hivemq: Dialect = {
  name: 'hivemq',
  transport: 'push',
  scope: 'broker',
  stableIdentity: true,
  subscriptions: [],
  accessAdvice: 'HiveMQ Community Edition publishes nothing about itself: it needs "webhook" rather than feeds.',
  instantOf: () => undefined,
  read: ({ topic }) => notWatched(topic),
  readHook: readPlainHook,
}
