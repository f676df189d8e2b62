/** AWS IoT Core: presence events on `$aws/events/presence/{connected,disconnected,connect_failed}/<client id>`. */
import * as z from 'zod/mini'
import type { Cause } from '../cause.ts'
import { type Dialect, placeInTime, type Reading, type ReadingContext } from '../dialect.ts'
import { type EventDraft, maxClientIdBytes } from '../event.ts'
import type { Message } from '../message.ts'
import { readPlainHook } from './plain-hook.ts'
import { clientIdFault, endedBy, notWatched, rejected } from './reading.ts'

const prefix = '$aws/events/presence/'
/** AWS tells nothing of the servers behind its endpoint: the cluster has one broker, of this name. */
const broker = 'aws-iot'

export const awsIot: Dialect = {
  name: 'aws-iot',
  transport: 'mqtt',
  scope: 'cluster',
  stableIdentity: true,
  // Client ids may hold `/`.
  subscriptions: [
    { filter: `${prefix}connected/#`, qos: 1, purpose: 'connections that begin', essential: true },
    { filter: `${prefix}disconnected/#`, qos: 1, purpose: 'connections that end', essential: true },
    { filter: `${prefix}connect_failed/#`, qos: 1, purpose: 'connections that are refused', essential: false },
  ],
  accessAdvice:
    'The policy of this feed’s certificate must allow iot:Connect for client/keepwatch-*, iot:Subscribe for ' +
    'topicfilter/$aws/events/presence/* and iot:Receive for topic/$aws/events/presence/*.',
  instantOf: () => undefined,
  read,
  readHook: readPlainHook,
}

const Text = z.string().check(z.maxLength(maxClientIdBytes))
const Short = z.string().check(z.maxLength(128))
const Reason = z.string().check(z.maxLength(256))

const common = {
  clientId: Text,
  timestamp: z.number().check(z.int(), z.minimum(0), z.maximum(8.64e15)),
  sessionIdentifier: z.optional(Short),
  /** Counts the connections of a client id; begins at 0 again when the client was away for about an hour. */
  versionNumber: z.optional(z.number().check(z.int(), z.minimum(0), z.maximum(1e12))),
  ipAddress: z.optional(z.string().check(z.maxLength(256))),
}
const PresenceSchema = z.discriminatedUnion('eventType', [
  z.object({ eventType: z.literal('connected'), ...common }),
  z.object({
    eventType: z.literal('disconnected'),
    ...common,
    clientInitiatedDisconnect: z.optional(z.boolean()),
    disconnectReason: z.optional(Reason),
  }),
  z.object({ eventType: z.literal('connect_failed'), ...common, connectFailureReason: z.optional(Reason) }),
])
type PresenceEvent = z.infer<typeof PresenceSchema>

function read(message: Message, context: ReadingContext): Reading {
  const { topic } = message
  const type = /^\$aws\/events\/presence\/(connected|disconnected|connect_failed)\//.exec(topic)?.[1]
  if (type === undefined) return notWatched(topic)
  if (message.retain) return rejected('retained', topic)
  const parsed = PresenceSchema.safeParse(parse(message.payload))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const field = issue?.path.map(String).join('.') ?? ''
    return rejected('malformed', `${field === '' ? 'the payload' : field}: ${issue?.message ?? 'unreadable'}`)
  }
  const event = parsed.data
  if (event.eventType !== type) return rejected('malformed', `eventType: ${event.eventType} under ${topic}`)
  const fault = clientIdFault(event.clientId)
  if (fault !== undefined) return rejected('malformed', `clientId: ${fault}`)
  return { kind: 'events', events: [drafted(event, message, context)] }
}

function drafted(event: PresenceEvent, message: Message, context: ReadingContext): EventDraft {
  const { clientId, timestamp, sessionIdentifier, versionNumber = 0, ipAddress: peer } = event
  return {
    ...placeInTime(timestamp, message.receivedAt),
    // Within one millisecond: beginning and end of one connection, then of the next.
    ordinal: 2 * versionNumber + (event.eventType === 'connected' ? 0 : 1),
    cluster: context.cluster,
    broker,
    clientId,
    view: 'broker',
    own: context.isOwn(clientId),
    ...happened(event),
    ...(peer === undefined ? {} : { peer }),
    // The identifier is that of the session, which may outlast several connections.
    ...(sessionIdentifier === undefined ? {} : { sessionKey: `${sessionIdentifier}/${versionNumber}` }),
  }
}

function happened(event: PresenceEvent): Pick<EventDraft, 'type'> & Partial<EventDraft> {
  switch (event.eventType) {
    case 'connected':
      return { type: 'connected', connectedAtMs: event.timestamp }
    case 'disconnected':
      return { type: 'disconnected', ...endOf(event) }
    case 'connect_failed': {
      const { connectFailureReason: reason } = event
      const cause = reason === 'AUTHORIZATION_FAILED' ? 'not_authorized' : 'unknown'
      return { type: 'refused', ...endedBy(cause, 'server'), ...(reason === undefined ? {} : { reason }) }
    }
  }
}

/** Every `disconnectReason` there is, and the cause it stands for. */
const causesByReason: ReadonlyMap<string, Cause> = new Map<string, Cause>([
  ['AUTH_ERROR', 'not_authorized'],
  ['FORBIDDEN_ACCESS', 'not_authorized'],
  ['CLIENT_INITIATED_DISCONNECT', 'client_requested'],
  // Also a packet that was too large.
  ['CLIENT_ERROR', 'protocol_error'],
  ['CONNECTION_LOST', 'network_eof'],
  ['DUPLICATE_CLIENTID', 'session_taken_over'],
  ['MQTT_KEEP_ALIVE_TIMEOUT', 'keepalive_timeout'],
  ['SERVER_ERROR', 'server_error'],
  // AWS moves the client for its own reasons, and expects it to come back.
  ['SERVER_INITIATED_DISCONNECT', 'server_redirect'],
  ['API_INITIATED_DISCONNECT', 'kicked'],
  ['THROTTLED', 'quota_exceeded'],
  ['WEBSOCKET_TTL_EXPIRATION', 'lifetime_expired'],
  ['CUSTOMAUTH_TTL_EXPIRATION', 'lifetime_expired'],
])

function endOf(event: Extract<PresenceEvent, { eventType: 'disconnected' }>): Partial<EventDraft> {
  const { disconnectReason: reason, clientInitiatedDisconnect: byClient } = event
  if (reason === undefined) return endedBy(byClient === true ? 'client_requested' : 'unknown')
  return { ...endedBy(causesByReason.get(reason) ?? 'unknown'), reason }
}

/** What the payload says, or nothing that the schema would take. */
function parse(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return undefined
  }
}
