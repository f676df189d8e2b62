/** VerneMQ's webhooks: which client, and what became of it; no time, no node and no reason. */
import * as z from 'zod/mini'
import { type HookRequest, placeInTime, type Reading, type ReadingContext } from '../dialect.ts'
import { maxClientIdBytes } from '../event.ts'
import { readPlainHook } from './plain-hook.ts'
import { clientIdFault, endedBy, rejected } from './reading.ts'

const BodySchema = z.object({ client_id: z.string().check(z.maxLength(maxClientIdBytes)) })

/**
 * Hooks of a connection that began or ended. `on_client_wakeup` rather than `on_register`, which knows address and user:
 * when a client takes over its own connection, VerneMQ calls `on_register` from another process, at times before the
 * hook for the end of the old connection; the end and the wake-up come from one process, in order.
 */
const types: ReadonlyMap<string, 'connected' | 'disconnected'> = new Map([
  ['on_client_wakeup', 'connected'],
  ['on_client_offline', 'disconnected'],
  ['on_client_gone', 'disconnected'],
])
/** Hooks that tell of the same connection again, or of a session whose connection ended long before. */
const untold: ReadonlySet<string> = new Set(['on_register', 'on_register_m5', 'on_session_expired'])

/** Reads one webhook of VerneMQ; without the header `vernemq-hook` it is read in the plain form. Never throws. */
export function readVernemqHook(request: HookRequest, context: ReadingContext): Reading {
  const { hook, body, receivedAtMs } = request
  if (hook === undefined) return readPlainHook(request, context)
  const type = types.get(hook)
  if (type === undefined) return rejected(untold.has(hook) ? 'not_lifecycle' : 'not_watched', `vernemq-hook: ${hook}`)
  const parsed = BodySchema.safeParse(body)
  if (!parsed.success) return rejected('malformed', `client_id: ${parsed.error.issues[0]?.message ?? 'unreadable'}`)
  const { client_id: clientId } = parsed.data
  const fault = clientIdFault(clientId)
  if (fault !== undefined) return rejected('malformed', `client_id: ${fault}`)
  return {
    kind: 'events',
    events: [
      {
        ...placeInTime(undefined, receivedAtMs),
        type,
        ordinal: type === 'connected' ? 1 : 0,
        cluster: context.cluster,
        broker: context.broker,
        clientId,
        view: 'broker',
        own: context.isOwn(clientId),
        ...(type === 'connected' ? {} : endedBy('unknown')),
      },
    ],
  }
}
