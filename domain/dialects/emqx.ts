/** EMQX 5 and 6: JSON events of the whole cluster on `$SYS/brokers/<node>/clients/<client id>/{connected,disconnected}`. */
import type { SampleName } from '../batch.ts'
import { type Dialect, placeInTime, type Reading, type ReadingContext } from '../dialect.ts'
import { type EventDraft, maxClientIdBytes } from '../event.ts'
import type { Message } from '../message.ts'
import { nodeTopics, readNodes } from './emqx-cluster.ts'
import { readEmqxHook } from './emqx-hook.ts'
import { emqxReasons } from './emqx-reasons.ts'
import { clientIdFault, endedBy, gauge, notWatched, rejected, repeated } from './reading.ts'

const nodesTopic = '$SYS/brokers'
const prefix = `${nodesTopic}/`

/** Figures of one node, by the topic levels after its name. */
const gauges: ReadonlyMap<string, SampleName> = new Map([
  // connections/count would count sessions whose client is away.
  ['stats/live_connections/count', 'connected'],
  ['stats/sessions/count', 'sessions'],
  ['stats/subscriptions/count', 'subscriptions'],
  ['metrics/client/connected', 'connects_total'],
  ['metrics/client/disconnected', 'disconnects_total'],
  ['metrics/packets/connack/error', 'refused_total'],
  ['metrics/messages/received', 'messages_received_total'],
  ['metrics/messages/sent', 'messages_sent_total'],
  ['metrics/delivery/dropped/queue_full', 'dropped_total'],
])

export const emqx: Dialect = {
  name: 'emqx',
  transport: 'mqtt',
  scope: 'cluster',
  stableIdentity: true,
  // Its queue for an absent session has a bound in messages (mqtt.max_mqueue_len), none in time but the session's own.
  keepsSeconds: 3600,
  subscriptions: [
    // Client ids may hold `/`, so a single-level wildcard in their place would miss some.
    { filter: `${prefix}+/clients/#`, qos: 1, purpose: 'connections that begin and end', essential: true },
    { filter: `${prefix}+/gateway/+/clients/#`, qos: 1, purpose: 'the same for gateways (CoAP …)', essential: false },
    {
      filter: nodesTopic,
      qos: 1,
      purpose: 'which nodes there are: sessions of one that is gone end',
      essential: false,
    },
    { filter: `${prefix}+/uptime`, qos: 0, purpose: 'whether a node was started again', essential: false },
    {
      filter: `${prefix}+/alarms/#`,
      qos: 0,
      purpose: 'CPU and memory, where high enough for an alarm',
      essential: false,
    },
    ...[...gauges].map(([levels, name]) => ({
      filter: `${prefix}+/${levels}`,
      qos: 0 as const,
      purpose: `the figure ${name} of every node`,
      essential: false,
    })),
  ],
  accessAdvice:
    'EMQX denies $SYS/# to all but the user "dashboard". Put {allow, {username, "keepwatch"}, subscribe, ["$SYS/brokers/#"]}. ' +
    '(with the user name of this feed) into acl.conf BEFORE the line that begins {deny, all, subscribe, ["$SYS/#".',
  instantOf: () => undefined,
  read,
  readHook: readEmqxHook,
}

/** A message under a client's topic, with what its levels tell. */
interface Source {
  readonly node: string
  readonly gateway: string | undefined
  readonly message: Message
  readonly context: ReadingContext
}

function read(message: Message, context: ReadingContext): Reading {
  const { topic } = message
  if (topic === nodesTopic) return readNodes(message)
  const nodeEnd = topic.startsWith(prefix) ? topic.indexOf('/', prefix.length) : -1
  if (nodeEnd < 0) return notWatched(topic)
  const node = topic.slice(prefix.length, nodeEnd)
  const levels = topic.slice(nodeEnd + 1)
  const gatewayEnd = levels.startsWith('gateway/') ? levels.indexOf('/', 'gateway/'.length) : -1
  const isOfClient = levels.startsWith('clients/', gatewayEnd + 1)
  const figure = isOfClient ? undefined : gauges.get(levels)
  const ofNode = isOfClient ? undefined : nodeTopics.get(levels)
  if (!isOfClient && figure === undefined && ofNode === undefined) return notWatched(topic)
  if (node === '' || node.length > 256) return rejected('malformed', 'the node name in the topic is empty or too long')
  if (figure !== undefined) return gauge(figure, message, { cluster: context.cluster, broker: node })
  if (ofNode !== undefined) return ofNode(message, node, context)
  const gateway = gatewayEnd < 0 ? undefined : levels.slice('gateway/'.length, gatewayEnd)
  const source = { node, gateway, message, context }
  // The client id in between may hold `/` and even these words: only the last level tells.
  const event = levels.slice(levels.lastIndexOf('/') + 1)
  if (event !== 'connected' && event !== 'disconnected') return rejected('not_lifecycle', topic)
  if (message.retain) return rejected('retained', topic)
  return event === 'connected' ? readConnected(source) : readDisconnected(source)
}

/** A connection began at `connected_at`; `ts`, when the event was made, tells nothing more. */
function readConnected(source: Source): Reading {
  const fields = parse(source.message.payload)
  if (typeof fields === 'string') return rejected('malformed', fields)
  const client = clientOf(fields, source)
  if (typeof client === 'string') return rejected('malformed', client)
  const { keepalive, clean_start: cleanStart, connected_at: connectedAtMs } = fields
  if (!isEpochMs(connectedAtMs)) return strange('connected_at', connectedAtMs)
  if (told(keepalive) && !isCount(keepalive)) return strange('keepalive', keepalive)
  if (told(cleanStart) && typeof cleanStart !== 'boolean') return strange('clean_start', cleanStart)
  const { atMs, evidence } = placeInTime(connectedAtMs, source.message.receivedAt)
  // Every field in one literal here and below: V8 then handles all events alike, which is worth microseconds each.
  const event: EventDraft = {
    atMs,
    ordinal: 1,
    cluster: source.context.cluster,
    broker: source.node,
    clientId: client.clientId,
    type: 'connected',
    view: 'broker',
    own: source.context.isOwn(client.clientId),
    connectedAtMs,
    peer: client.peer,
    username: client.username,
    protocol: client.protocol,
    keepaliveSeconds: isCount(keepalive) ? keepalive : undefined,
    cleanStart: typeof cleanStart === 'boolean' ? cleanStart : undefined,
  }
  return finished(event, source, evidence)
}

/** A connection ended at `disconnected_at`, or where that is not told at `ts`, when the event was made. */
function readDisconnected(source: Source): Reading {
  const fields = parse(source.message.payload)
  if (typeof fields === 'string') return rejected('malformed', fields)
  const client = clientOf(fields, source)
  if (typeof client === 'string') return rejected('malformed', client)
  const { reason, ts, connected_at: connectedAtMs, disconnected_at: endedAtMs = ts } = fields
  if (typeof reason !== 'string' || reason.length > maxClientIdBytes) return strange('reason', reason)
  // RMQTT, which copies these topics, leaves it out.
  if (connectedAtMs !== undefined && !isEpochMs(connectedAtMs)) return strange('connected_at', connectedAtMs)
  if (!isEpochMs(endedAtMs)) return strange('disconnected_at', endedAtMs)
  const { atMs, evidence } = placeInTime(endedAtMs, source.message.receivedAt)
  const known = emqxReasons.get(reason)
  const { cause, initiator, graceful, origin } = endedBy(known?.cause ?? 'unknown', known?.initiator)
  const event: EventDraft = {
    atMs,
    // Within one millisecond: the end of a session taken over, the beginning of the next, the end of that very one.
    ordinal: endedAtMs === connectedAtMs ? 2 : 0,
    cluster: source.context.cluster,
    broker: source.node,
    clientId: client.clientId,
    type: 'disconnected',
    view: 'broker',
    own: source.context.isOwn(client.clientId),
    connectedAtMs,
    peer: client.peer,
    username: client.username,
    protocol: client.protocol,
    cause,
    initiator,
    graceful,
    origin,
    reason,
    reasonCode: known?.reasonCode,
  }
  return finished(event, source, evidence)
}

type Fields = Readonly<Record<string, unknown>>

/** What both events tell of the client, or what is wrong with it. */
function clientOf(fields: Fields, { gateway }: Source) {
  const { clientid: clientId, username, ipaddress: peer, proto_ver: protocol } = fields
  if (typeof clientId !== 'string') return strangeness('clientid', clientId)
  const fault = clientIdFault(clientId)
  if (fault !== undefined) return `clientid: ${fault}`
  if (told(username) && !isText(username, maxClientIdBytes)) return strangeness('username', username)
  if (told(peer) && !isText(peer, 256)) return strangeness('ipaddress', peer)
  return {
    clientId,
    username: textOf(username),
    peer: textOf(peer),
    // Gateways write their own protocol's version there.
    protocol: gateway === undefined && isLevel(protocol) ? protocol : undefined,
  }
}

/** What few events have. */
function finished(event: EventDraft, { gateway, message }: Source, evidence: EventDraft['evidence']): Reading {
  if (gateway === undefined && evidence === undefined && message.repeat === 0)
    return { kind: 'events', events: [event] }
  const told = gateway === undefined ? evidence : { ...evidence, gateway }
  const whole = { ...event, ...repeated(message), ...(told === undefined ? {} : { evidence: told }) }
  return { kind: 'events', events: [whole] }
}

/** EMQX writes Erlang's `undefined` as this text where it has nothing to tell. */
const absent = 'undefined'
const told = (value: unknown): boolean => value !== undefined && value !== null && value !== absent
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== absent ? value : undefined
const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const isLevel = (version: unknown): version is number => version === 3 || version === 4 || version === 5
/** What a `Date` can hold; a stamp far from now is placed by its receipt, but it must be a time. */
const isEpochMs = (value: unknown): value is number => Number.isSafeInteger(value) && Math.abs(Number(value)) <= 8.64e15

const strange = (field: string, found: unknown): Reading => rejected('malformed', strangeness(field, found))

function strangeness(field: string, found: unknown): string {
  const shown = found === undefined ? 'nothing' : (JSON.stringify(found)?.slice(0, 100) ?? typeof found)
  return `${field} is not what EMQX writes there: ${shown}`
}

/** The fields of a payload, or what is wrong with it. Checked by hand: this runs for every event of a whole cluster. */
function parse(payload: string): Fields | string {
  try {
    const json: unknown = JSON.parse(payload)
    return isFields(json) ? json : `the payload is no JSON object: ${payload.slice(0, 100)}`
  } catch {
    return `the payload is not JSON: ${payload.slice(0, 100)}`
  }
}

function isFields(json: unknown): json is Fields {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
