/** aedes: client ids on `$SYS/<id>/{new,disconnect}/clients`, without a reason and without a time. */
import type { SampleName } from '../batch.ts'
import { type Dialect, placeInTime, type Reading, type ReadingContext } from '../dialect.ts'
import type { EventDraft } from '../event.ts'
import type { Message } from '../message.ts'
import { clientIdFault, endedBy, gauge, notWatched, rejected, repeated } from './reading.ts'

/** Figures of the aedes-stats add-on, by the topic levels after the broker's id. */
const gauges: ReadonlyMap<string, SampleName> = new Map([
  ['clients/total', 'connected'],
  ['memory/heap/current', 'heap_bytes'],
  ['cpu/usage', 'cpu_percent'],
])

export const aedes: Dialect = {
  name: 'aedes',
  transport: 'mqtt',
  scope: 'broker',
  // It tells no time, and one client's events are alike: two watchers could not agree which is which.
  stableIdentity: false,
  subscriptions: [
    { filter: '$SYS/+/new/clients', qos: 1, purpose: 'connections that begin', essential: true },
    { filter: '$SYS/+/disconnect/clients', qos: 1, purpose: 'connections that end', essential: true },
    ...[...gauges].map(([levels, name]) => ({
      filter: `$SYS/+/${levels}`,
      qos: 0 as const,
      purpose: `the figure ${name}, where the aedes-stats add-on runs`,
      essential: false,
    })),
  ],
  accessAdvice:
    'authorizeSubscribe of the broker must allow $SYS/# to this user; aedes allows it unless told otherwise.',
  instantOf: (message) => String(message.receivedAt),
  read,
}

function read(message: Message, context: ReadingContext): Reading {
  const levels = /^\$SYS\/[^/]*\/(.+)$/s.exec(message.topic)?.[1]
  if (levels === 'new/clients' || levels === 'disconnect/clients') {
    return readClient(levels === 'new/clients' ? 'connected' : 'disconnected', message, context)
  }
  const figure = levels === undefined ? undefined : gauges.get(levels)
  return figure === undefined ? notWatched(message.topic) : gauge(figure, message, context)
}

function readClient(type: 'connected' | 'disconnected', message: Message, context: ReadingContext): Reading {
  if (message.retain) return rejected('retained', message.payload)
  const clientId = message.payload
  const fault = clientIdFault(clientId)
  if (fault !== undefined) return rejected('malformed', fault)
  const event: EventDraft = {
    ...placeInTime(undefined, message.receivedAt),
    ordinal: message.ordinal,
    cluster: context.cluster,
    broker: context.broker,
    clientId,
    type,
    view: 'broker',
    own: context.isOwn(clientId),
    ...(type === 'disconnected' ? endedBy('unknown') : {}),
    ...repeated(message),
  }
  return { kind: 'events', events: [event] }
}
