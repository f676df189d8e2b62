/** Any broker: devices tell of themselves, by birth and will messages on topics that the configuration names. */
import { type Dialect, placeInTime, type Reading, type ReadingContext, type Subscription } from '../dialect.ts'
import type { EventDraft } from '../event.ts'
import type { Message } from '../message.ts'
import { conventionNames, type Presence } from '../presence.ts'
import { type Convention, conventionOf, type Told } from './generic-presence.ts'
import { readPlainHook } from './plain-hook.ts'
import { clientIdFault, endedBy, notWatched, rejected, repeated } from './reading.ts'

/** The dialect for devices that follow these conventions; of two for one topic the first is taken. */
export function genericFor(presence: readonly Presence[]): Dialect {
  const conventions = presence.map(conventionOf)
  const subscriptions = new Map<string, Subscription>()
  for (const { filter, purpose } of conventions.flatMap(({ filters }) => filters)) {
    // Asked for twice, a message would come twice.
    if (!subscriptions.has(filter)) subscriptions.set(filter, { filter, qos: 1, purpose, essential: true })
  }
  return {
    name: 'generic',
    transport: 'mqtt',
    scope: 'broker',
    // Nobody but the device tells a time: two watchers could not agree when it was.
    stableIdentity: false,
    subscriptions: [...subscriptions.values()],
    accessAdvice:
      'The broker must let this user read these topics; name under "presence" only those that your devices use.',
    instantOf: ({ receivedAt }) => String(receivedAt),
    read: (message, context) => read(conventions, message, context),
    readHook: readPlainHook,
  }
}

/** Without a setting: every convention that has a name. */
export const generic: Dialect = genericFor(conventionNames.map((convention) => ({ convention })))

function read(conventions: readonly Convention[], message: Message, context: ReadingContext): Reading {
  const levels = message.topic.split('/')
  for (const convention of conventions) {
    const told = convention.read(levels, message)
    if (told !== undefined) return readTold(told, message, context)
  }
  return notWatched(message.topic)
}

function readTold(told: Told, message: Message, context: ReadingContext): Reading {
  // What is kept at the broker says how things stand, and not that anything happened.
  if (message.retain) return rejected('retained', message.topic)
  if ('untold' in told) return rejected('not_lifecycle', told.untold)
  if ('fault' in told) return rejected('malformed', `${message.topic}: ${told.fault}`)
  const fault = clientIdFault(told.clientId)
  if (fault !== undefined) return rejected('malformed', fault)
  return { kind: 'events', events: [drafted(told, message, context)] }
}

/** A device's clock is not trusted with the order of things: only that it is far off is kept. */
function drafted(told: Extract<Told, { clientId: string }>, message: Message, context: ReadingContext): EventDraft {
  const { clientId, type, sessionKey, stampMs, reason = 'will' } = told
  const { stampedAt } = placeInTime(stampMs, message.receivedAt).evidence ?? {}
  return {
    atMs: message.receivedAt,
    ordinal: message.ordinal,
    cluster: context.cluster,
    broker: context.broker,
    clientId,
    type,
    view: 'broker',
    own: context.isOwn(clientId),
    // A will says that no DISCONNECT came, and not why.
    ...(type === 'connected' ? {} : { ...endedBy('unknown'), reason }),
    ...(sessionKey === undefined ? {} : { sessionKey }),
    ...repeated(message),
    evidence: { clock: 'receipt', ...(stampedAt === undefined ? {} : { stampedAt }) },
  }
}
