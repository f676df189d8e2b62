/** VerneMQ: every node's figures below `$SYS/<node>/`, their names split at `_`; connections come by its webhooks. */
import type { SampleName } from '../batch.ts'
import type { Dialect, Reading, ReadingContext } from '../dialect.ts'
import type { Message } from '../message.ts'
import { figureSubscriptions } from './figures.ts'
import { gauge, notWatched, rejected } from './reading.ts'
import { readVernemqHook } from './vernemq-hook.ts'

/** Figures of one node by the levels after its name; sums over MQTT versions, as VerneMQ publishes them. */
const figures: ReadonlyMap<string, SampleName> = new Map([
  // active/mqtt/connections would leave out those over WebSocket.
  ['total/active/connections', 'connected'],
  ['queue/processes', 'sessions'],
  ['router/subscriptions', 'subscriptions'],
  ['vm/memory/total', 'memory_bytes'],
  ['system/utilization', 'cpu_percent'],
  ['mqtt/publish/received', 'messages_received_total'],
  ['mqtt/publish/sent', 'messages_sent_total'],
  ['queue/message/drop', 'dropped_total'],
])

export const vernemq: Dialect = {
  name: 'vernemq',
  transport: 'mqtt',
  scope: 'cluster',
  stableIdentity: true,
  subscriptions: figureSubscriptions(new Map([...figures].map(([levels, name]) => [`$SYS/+/${levels}`, name]))),
  accessAdvice: 'vmq.acl must say "topic read $SYS/#" under this user, and vernemq.conf systree_enabled = on.',
  instantOf: () => undefined,
  read,
  readHook: readVernemqHook,
}

function read(message: Message, { cluster }: ReadingContext): Reading {
  const [, node = '', levels = ''] = /^\$SYS\/([^/]*)\/(.+)$/s.exec(message.topic) ?? []
  const name = figures.get(levels)
  if (name === undefined) return notWatched(message.topic)
  if (node === '' || node.length > 256) return rejected('malformed', 'the node name in the topic is empty or too long')
  return gauge(name, message, { cluster, broker: node })
}
