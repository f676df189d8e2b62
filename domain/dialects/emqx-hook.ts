/** EMQX's rule engine over HTTP: client.connected, client.disconnected, and client.connack for clients it refused. */
import * as z from 'zod/mini'
import type { Cause } from '../cause.ts'
import { type HookRequest, placeInTime, type Reading, type ReadingContext } from '../dialect.ts'
import { type EventDraft, maxClientIdBytes } from '../event.ts'
import { emqxReasons } from './emqx-reasons.ts'
import { readPlainHook } from './plain-hook.ts'
import { clientIdFault, endedBy, rejected } from './reading.ts'

/** EMQX writes Erlang's `undefined` as this text where it has nothing to tell. */
const absent = 'undefined'
/** A field that may be missing, in any of the ways EMQX leaves one out. */
const lacking = <T extends z.ZodMiniType>(schema: T) =>
  z.pipe(
    z.optional(z.nullable(z.union([z.literal(absent), schema]))),
    z.transform((value) => (value === absent || value === null ? undefined : value)),
  )
const Text = z.string().check(z.maxLength(maxClientIdBytes))
const EpochMs = z.number().check(z.int(), z.minimum(-8.64e15), z.maximum(8.64e15))
const Count = z.number().check(z.int(), z.minimum(0))

const common = {
  node: z.string().check(z.minLength(1), z.maxLength(256)),
  username: lacking(Text),
  peername: lacking(z.string().check(z.maxLength(256))),
  proto_name: lacking(Text),
  // Gateways write their own protocol's version here, some as text.
  proto_ver: lacking(z.union([z.number(), Text])),
}
const begin = { keepalive: lacking(Count), clean_start: lacking(z.boolean()) }
const ConnectedSchema = z.object({ ...common, ...begin, clientid: Text, connected_at: EpochMs })
const DisconnectedSchema = z.object({
  ...common,
  clientid: Text,
  reason: Text,
  connected_at: lacking(EpochMs),
  disconnected_at: EpochMs,
})
const ConnackSchema = z.object({
  ...common,
  ...begin,
  clientid: lacking(Text),
  reason_code: Text,
  timestamp: EpochMs,
})
const EventNameSchema = z.object({ event: z.string().check(z.maxLength(256)) })

/** Reads one event of the rule engine; a message without `event` is read in the plain form. Never throws. */
export function readEmqxHook(request: HookRequest, context: ReadingContext): Reading {
  const named = EventNameSchema.safeParse(request.body)
  if (!named.success) return readPlainHook(request, context)
  switch (named.data.event) {
    case 'client.connected':
      return readConnected(request, context)
    case 'client.disconnected':
      return readDisconnected(request, context)
    case 'client.connack':
      return readConnack(request, context)
    default:
      return rejected('not_watched', named.data.event)
  }
}

function readConnected({ body, receivedAtMs }: HookRequest, context: ReadingContext): Reading {
  const parsed = ConnectedSchema.safeParse(body)
  if (!parsed.success) return strange(parsed.error)
  const { connected_at: connectedAtMs, clientid: clientId } = parsed.data
  return drafted(parsed.data, context, {
    type: 'connected',
    ordinal: 1,
    ...placeInTime(connectedAtMs, receivedAtMs),
    clientId,
    connectedAtMs,
    ...beginning(parsed.data),
    ...addressed(parsed.data.peername),
  })
}

function readDisconnected({ body, receivedAtMs }: HookRequest, context: ReadingContext): Reading {
  const parsed = DisconnectedSchema.safeParse(body)
  if (!parsed.success) return strange(parsed.error)
  const { clientid: clientId, reason, connected_at: connectedAtMs, disconnected_at: stampMs } = parsed.data
  const known = emqxReasons.get(reason)
  return drafted(parsed.data, context, {
    type: 'disconnected',
    // Within one millisecond: the end of a session taken over, the beginning of the next, the end of that very one.
    ordinal: stampMs === connectedAtMs ? 2 : 0,
    ...placeInTime(stampMs, receivedAtMs),
    clientId,
    ...(connectedAtMs === undefined ? {} : { connectedAtMs }),
    ...endedBy(known?.cause ?? 'unknown', known?.initiator),
    reason,
    ...(known?.reasonCode === undefined ? {} : { reasonCode: known.reasonCode }),
    ...addressed(parsed.data.peername),
  })
}

/** Names of success: MQTT's, and those of the gateways. */
const accepted: ReadonlySet<string> = new Set(['success', 'connection_accepted', 'accepted'])
/** EMQX's names of the return codes before MQTT 5, misspelling included, where they differ from those of MQTT 5. */
const oldNames: ReadonlyMap<string, Cause> = new Map([
  ['unacceptable_protocol_version', 'protocol_error'],
  ['server_unavaliable', 'server_error'],
  ['malformed_username_or_password', 'not_authorized'],
  ['unauthorized_client', 'not_authorized'],
])

/** The only event EMQX has for a client that it refused; for one that it let in, client.connected tells more. */
function readConnack({ body, receivedAtMs }: HookRequest, context: ReadingContext): Reading {
  const parsed = ConnackSchema.safeParse(body)
  if (!parsed.success) return strange(parsed.error)
  const { clientid, reason_code: reason, timestamp, peername } = parsed.data
  if (accepted.has(reason)) return rejected('not_lifecycle', `client.connack: ${reason}`)
  const known = emqxReasons.get(reason)
  return drafted(parsed.data, context, {
    type: 'refused',
    ordinal: 0,
    ...placeInTime(timestamp, receivedAtMs),
    // EMQX makes up an id for a client that gave none, but some are refused before that.
    ...(clientid === undefined || clientid === '' ? {} : { clientId: clientid }),
    ...beginning(parsed.data),
    ...endedBy(known?.cause ?? oldNames.get(reason) ?? 'unknown', 'server'),
    reason,
    ...(known?.reasonCode === undefined ? {} : { reasonCode: known.reasonCode }),
    // With its port: it tells two attempts of one millisecond apart.
    ...(peername === undefined ? {} : { peer: peername }),
  })
}

type Common = Pick<z.infer<typeof ConnectedSchema>, 'node' | 'username' | 'proto_name' | 'proto_ver'>
type Facts = Pick<EventDraft, 'type' | 'ordinal' | 'atMs'> & Partial<EventDraft>

/** What all events tell of the client, added to what happened to it. */
function drafted(told: Common, context: ReadingContext, facts: Facts): Reading {
  const { clientId } = facts
  const fault = clientId === undefined ? undefined : clientIdFault(clientId)
  if (fault !== undefined) return rejected('malformed', `clientid: ${fault}`)
  const { node, username, proto_name: name = 'MQTT', proto_ver: level } = told
  // MQTT 3.1 calls itself MQIsdp; every other name is a gateway's.
  const isMqtt = name === 'MQTT' || name === 'MQIsdp'
  const event: EventDraft = {
    ...facts,
    cluster: context.cluster,
    broker: node,
    view: 'broker',
    own: clientId !== undefined && context.isOwn(clientId),
    ...(username === undefined ? {} : { username }),
    ...(isMqtt && (level === 3 || level === 4 || level === 5) ? { protocol: level } : {}),
    ...(isMqtt ? {} : { evidence: { ...facts.evidence, gateway: name.toLowerCase() } }),
  }
  return { kind: 'events', events: [event] }
}

type Begin = Partial<Pick<z.infer<typeof ConnectedSchema>, 'keepalive' | 'clean_start'>>

function beginning({ keepalive, clean_start: cleanStart }: Begin): Partial<EventDraft> {
  return {
    ...(keepalive === undefined ? {} : { keepaliveSeconds: keepalive }),
    ...(cleanStart === undefined ? {} : { cleanStart }),
  }
}

/**
 * The address without its port, as `$SYS` has it: an event that comes by both ways is one event. EMQX puts no brackets
 * around IPv6 addresses, so the port is what follows the last colon.
 */
function addressed(peername: string | undefined): Pick<EventDraft, 'peer'> {
  const address = peername?.replace(/:\d{1,5}$/, '')
  return address === undefined ? {} : { peer: address }
}

function strange(error: z.core.$ZodError): Reading {
  const [issue] = error.issues
  return rejected(
    'malformed',
    `${issue?.path.map(String).join('.') ?? ''} is not what EMQX writes there: ${issue?.message ?? ''}`,
  )
}
