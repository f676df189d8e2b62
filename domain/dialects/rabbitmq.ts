/** RabbitMQ with its MQTT plugin: the cluster's connections as headers of messages on the exchange `amq.rabbitmq.event`. */
import * as z from 'zod/mini'
import { type Dialect, placeInTime, type Reading, type ReadingContext } from '../dialect.ts'
import { type EventDraft, maxClientIdBytes } from '../event.ts'
import type { Message } from '../message.ts'
import { isMqtt, levelOf, peerOf, printedClientId, sessionKeyOf, textOfBinary } from './rabbitmq-terms.ts'
import { clientIdFault, endedBy, notWatched, rejected } from './reading.ts'

/** Topics are routing keys, and payloads the headers as JSON: the messages themselves are empty. */
export const rabbitmq: Dialect = {
  name: 'rabbitmq',
  transport: 'amqp',
  scope: 'cluster',
  stableIdentity: true,
  // The queue's life is the feed's sessionExpirySeconds, at most this.
  keepsSeconds: 604_800,
  subscriptions: [
    { filter: 'connection.created', qos: 1, purpose: 'connections that begin', essential: true },
    { filter: 'connection.closed', qos: 1, purpose: 'connections that end', essential: true },
    { filter: 'user.authentication.failure', qos: 1, purpose: 'refused logins', essential: false },
  ],
  accessAdvice:
    'On one node: "rabbitmq-plugins enable rabbitmq_event_exchange" (on every node of the cluster). For the user of this ' +
    'feed: "rabbitmqctl add_user keepwatch" and "rabbitmqctl set_permissions -p / keepwatch ' +
    "'^keepwatch-' '^keepwatch-' '^(keepwatch-|amq\\.rabbitmq\\.event$)'\".",
  // Stamps are in milliseconds, and nothing needs the order of arrival.
  instantOf: () => undefined,
  read,
}

function read(message: Message, context: ReadingContext): Reading {
  const { topic } = message
  if (!rabbitmq.subscriptions.some(({ filter }) => filter === topic)) return notWatched(topic)
  if (message.retain) return rejected('retained', topic)
  if (topic === 'connection.created') return readCreated(message, context)
  return topic === 'connection.closed' ? readClosed(message, context) : readFailure(message, context)
}

const Text = z.string().check(z.maxLength(maxClientIdBytes))
const EpochMs = z.number().check(z.int(), z.minimum(-8.64e15), z.maximum(8.64e15))
const Headers = {
  variable_map: z.optional(z.unknown()),
  client_properties: z.optional(z.unknown()),
  timestamp_in_ms: z.optional(EpochMs),
}
const Connection = { ...Headers, node: z.string().check(z.minLength(1), z.maxLength(256)), name: Text }
const CreatedSchema = z.object({ ...Connection, protocol: Text, user: z.optional(Text), connected_at: EpochMs })
const ClosedSchema = z.object({ ...Connection, protocol: z.optional(Text), connected_at: z.optional(EpochMs) })
const FailureSchema = z.object({
  ...Headers,
  name: Text,
  /** A list of characters, which is what a text is in Erlang. */
  error: z.optional(z.union([Text, z.array(z.number().check(z.int(), z.minimum(0), z.maximum(0x10ffff)))])),
  protocol: z.optional(Text),
  connection_type: z.optional(Text),
  connection_name: z.optional(Text),
})

function readCreated(message: Message, context: ReadingContext): Reading {
  const parsed = parse(CreatedSchema, message.payload)
  if (!parsed.ok) return rejected('malformed', parsed.detail)
  const { protocol, user, connected_at: connectedAtMs } = parsed.value
  if (!isMqtt(protocol)) return rejected('not_lifecycle', `a connection that does not speak MQTT: ${protocol}`)
  const printed = printedClientId(parsed.value)
  const clientId = printed === undefined ? undefined : textOfBinary(printed)
  if (clientId === undefined) {
    return rejected('malformed', `no client id can be read in the headers: ${printed ?? message.payload}`)
  }
  const level = levelOf(protocol)
  return finished({
    ...drafted({ connection: parsed.value, stampMs: connectedAtMs, clientId }, message, context),
    type: 'connected',
    // Within one millisecond: the end of a session taken over, then the beginning of the next.
    ordinal: 1,
    connectedAtMs,
    ...(user === undefined ? {} : { username: user }),
    ...(level === undefined ? {} : { protocol: level }),
  })
}

/**
 * Up to 3.11 the end of an MQTT connection tells its name, its process and nothing else; whose it was, only its session
 * tells. AMQP clients are known by the properties they introduced themselves with. No version tells a reason.
 */
function readClosed(message: Message, context: ReadingContext): Reading {
  const parsed = parse(ClosedSchema, message.payload)
  if (!parsed.ok) return rejected('malformed', parsed.detail)
  const {
    protocol,
    connected_at: connectedAtMs,
    client_properties: properties,
    timestamp_in_ms: stampMs,
  } = parsed.value
  const printed = printedClientId(parsed.value)
  const introduced = Array.isArray(properties) && properties.length > 0 && printed === undefined
  if (protocol === undefined ? introduced : !isMqtt(protocol)) {
    return rejected('not_lifecycle', `a connection that does not speak MQTT: ${parsed.value.name}`)
  }
  const clientId = printed === undefined ? undefined : textOfBinary(printed)
  if (printed !== undefined && clientId === undefined) {
    return rejected('malformed', `the client id cannot be read: ${printed}`)
  }
  return finished({
    ...drafted({ connection: parsed.value, stampMs, clientId }, message, context),
    type: 'disconnected',
    ordinal: 0,
    ...endedBy('unknown'),
    ...(connectedAtMs === undefined ? {} : { connectedAtMs }),
  })
}

interface Source {
  readonly connection: { readonly node: string; readonly name: string }
  readonly stampMs: number | undefined
  readonly clientId: string | undefined
}

function drafted(
  { connection, stampMs, clientId }: Source,
  message: Message,
  context: ReadingContext,
): Omit<EventDraft, 'type' | 'ordinal'> {
  const { node, name } = connection
  const sessionKey = sessionKeyOf(node, name)
  const peer = peerOf(name)
  return {
    ...placeInTime(stampMs, message.receivedAt),
    cluster: context.cluster,
    broker: node,
    view: 'broker',
    own: clientId !== undefined && context.isOwn(clientId),
    ...(clientId === undefined ? {} : { clientId }),
    ...(peer === undefined ? {} : { peer }),
    ...(sessionKey === undefined ? {} : { sessionKey }),
  }
}

/** RabbitMQ does not tell on which of its nodes a login failed: it is recorded where the feed names its one broker. */
function readFailure(message: Message, context: ReadingContext): Reading {
  const parsed = parse(FailureSchema, message.payload)
  if (!parsed.ok) return rejected('malformed', parsed.detail)
  const {
    name,
    error,
    protocol,
    connection_type: type,
    connection_name: connection,
    timestamp_in_ms: stampMs,
  } = parsed.value
  // Connections of plugins are "direct" and tell no protocol; those of AMQP and, since 3.12, of MQTT are "network".
  if (protocol !== undefined && !isMqtt(protocol)) return rejected('not_lifecycle', `a login with ${protocol} failed`)
  if (protocol === undefined && type !== 'direct' && connection === undefined) {
    return rejected('not_lifecycle', `a login failed that was none of an MQTT client: ${message.payload}`)
  }
  if (!context.broker.includes('@')) {
    return rejected('not_lifecycle', 'a login failed on a node that RabbitMQ does not name; "broker" of the feed may')
  }
  const reason = typeof error === 'object' ? String.fromCodePoint(...error.slice(0, 1000)) : error
  const peer = peerOf(connection ?? '')
  return finished({
    ...placeInTime(stampMs, message.receivedAt),
    ordinal: 0,
    cluster: context.cluster,
    broker: context.broker,
    type: 'refused',
    view: 'broker',
    own: false,
    ...endedBy('not_authorized'),
    ...(reason === undefined ? {} : { reason }),
    username: name,
    ...(peer === undefined ? {} : { peer }),
  })
}

function finished(event: EventDraft): Reading {
  const fault = event.clientId === undefined ? undefined : clientIdFault(event.clientId)
  return fault === undefined ? { kind: 'events', events: [event] } : rejected('malformed', fault)
}

type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly detail: string }

function parse<T extends z.ZodMiniType>(schema: T, payload: string): Parsed<z.infer<T>> {
  let json: unknown
  try {
    json = JSON.parse(payload)
  } catch {
    return { ok: false, detail: `the headers are not JSON: ${payload.slice(0, 100)}` }
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return { ok: true, value: parsed.data }
  const issue = parsed.error.issues[0]
  const field = issue?.path[0] === undefined ? 'the headers' : String(issue.path[0])
  return { ok: false, detail: `${field} is not what RabbitMQ writes there: ${issue?.message ?? 'unreadable'}` }
}
