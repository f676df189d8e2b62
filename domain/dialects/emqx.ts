/** EMQX 5 and 6: JSON events of the whole cluster on `$SYS/brokers/<node>/clients/<client id>/{connected,disconnected}`. */
import * as z from 'zod/mini'
import type { SampleName } from '../batch.ts'
import { type Dialect, placeInTime, type Reading, type ReadingContext } from '../dialect.ts'
import { type EventDraft, maxClientIdBytes } from '../event.ts'
import type { Message } from '../message.ts'
import { instant } from '../time.ts'
import { emqxReasons } from './emqx-reasons.ts'
import { clientIdFault, endedBy, gauge, notWatched, rejected } from './reading.ts'

const prefix = '$SYS/brokers/'

/** Figures of one node, by the topic levels after its name. */
const gauges: ReadonlyMap<string, SampleName> = new Map([
  // connections/count would count sessions whose client is away.
  ['stats/live_connections/count', 'connected'],
  ['stats/sessions/count', 'sessions'],
  ['metrics/client/connected', 'connects_total'],
  ['metrics/packets/connack/error', 'refused_total'],
])

export const emqx: Dialect = {
  name: 'emqx',
  scope: 'cluster',
  stableIdentity: true,
  subscriptions: [
    // Client ids may hold `/`, so a single-level wildcard in their place would miss some.
    { filter: `${prefix}+/clients/#`, qos: 1, purpose: 'connections that begin and end', essential: true },
    { filter: `${prefix}+/gateway/+/clients/#`, qos: 1, purpose: 'the same for gateways (CoAP …)', essential: false },
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
}

/** EMQX writes Erlang's `undefined` as this text where it has nothing to tell. */
const absent = 'undefined'
const orAbsent = <T extends z.ZodMiniType>(schema: T) => z.optional(z.union([schema, z.literal(absent), z.null()]))
const Text = z.string().check(z.maxLength(maxClientIdBytes))
const EpochMs = z.number().check(z.int())

const CommonSchema = z.object({
  clientid: Text,
  username: orAbsent(Text),
  ipaddress: orAbsent(z.string().check(z.maxLength(256))),
  // Gateways write their own protocol's version here, some as text.
  proto_ver: orAbsent(z.union([z.number(), Text])),
  connected_at: EpochMs,
})
const ConnectedSchema = z.extend(CommonSchema, {
  keepalive: orAbsent(z.number().check(z.int(), z.minimum(0))),
  clean_start: orAbsent(z.boolean()),
})
const DisconnectedSchema = z.extend(CommonSchema, { reason: Text, disconnected_at: z.optional(EpochMs), ts: EpochMs })

/** A message under a client's topic, with what its levels tell. */
interface Source {
  readonly node: string
  readonly gateway: string | undefined
  readonly message: Message
  readonly context: ReadingContext
}

function read(message: Message, context: ReadingContext): Reading {
  const { topic } = message
  const nodeEnd = topic.startsWith(prefix) ? topic.indexOf('/', prefix.length) : -1
  if (nodeEnd < 0) return notWatched(topic)
  const node = topic.slice(prefix.length, nodeEnd)
  const levels = topic.slice(nodeEnd + 1)
  const figure = gauges.get(levels)
  const gatewayEnd = levels.startsWith('gateway/') ? levels.indexOf('/', 'gateway/'.length) : -1
  if (figure === undefined && !levels.startsWith('clients/', gatewayEnd + 1)) return notWatched(topic)
  if (node === '' || node.length > 256) return rejected('malformed', 'the node name in the topic is empty or too long')
  if (figure !== undefined) return gauge(figure, message, { cluster: context.cluster, broker: node })
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
  const parsed = parse(ConnectedSchema, source.message.payload)
  if (!parsed.ok) return rejected('malformed', parsed.detail)
  const { keepalive, clean_start: cleanStart, connected_at: stampMs } = parsed.value
  return finished(parsed.value, {
    ...drafted(parsed.value, source, stampMs),
    type: 'connected',
    ordinal: 1,
    ...(typeof keepalive === 'number' ? { keepaliveSeconds: keepalive } : {}),
    ...(typeof cleanStart === 'boolean' ? { cleanStart } : {}),
  })
}

/** A connection ended at `disconnected_at`, or where that is not told at `ts`, when the event was made. */
function readDisconnected(source: Source): Reading {
  const parsed = parse(DisconnectedSchema, source.message.payload)
  if (!parsed.ok) return rejected('malformed', parsed.detail)
  const { reason, connected_at: connectedMs } = parsed.value
  const stampMs = parsed.value.disconnected_at ?? parsed.value.ts
  const known = emqxReasons.get(reason)
  return finished(parsed.value, {
    ...drafted(parsed.value, source, stampMs),
    type: 'disconnected',
    // Within one millisecond: the end of a session taken over, the beginning of the next, the end of that very one.
    ordinal: stampMs === connectedMs ? 2 : 0,
    ...endedBy(known?.cause ?? 'unknown', known?.initiator),
    reason,
    ...(known?.reasonCode === undefined ? {} : { reasonCode: known.reasonCode }),
  })
}

type Common = z.infer<typeof CommonSchema>

function drafted(common: Common, source: Source, stampMs: number): Omit<EventDraft, 'type' | 'ordinal'> {
  const { node, gateway, message, context } = source
  const { at, evidence } = placeInTime(stampMs, message.receivedAt)
  const { username, ipaddress, proto_ver: protocol } = common
  return {
    at,
    cluster: context.cluster,
    broker: node,
    clientId: common.clientid,
    view: 'broker',
    own: context.isOwn(common.clientid),
    connectedAt: instant(common.connected_at),
    ...(told(ipaddress) ? { peer: ipaddress } : {}),
    ...(told(username) ? { username } : {}),
    ...(gateway === undefined && isLevel(protocol) ? { protocol } : {}),
    evidence: { ...evidence, ...(gateway === undefined ? {} : { gateway }) },
    // EMQX encodes an event once and forwards it: every watcher on every node gets the same bytes.
    identity: ['emqx', context.cluster, message.topic, message.payload],
  }
}

function finished(common: Common, event: EventDraft): Reading {
  const fault = clientIdFault(common.clientid)
  return fault === undefined ? { kind: 'events', events: [event] } : rejected('malformed', `clientid: ${fault}`)
}

const told = (text: string | null | undefined): text is string => typeof text === 'string' && text !== absent
const isLevel = (version: unknown): version is number => version === 3 || version === 4 || version === 5

type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly detail: string }

function parse<T extends z.ZodMiniType>(schema: T, payload: string): Parsed<z.infer<T>> {
  let json: unknown
  try {
    json = JSON.parse(payload)
  } catch {
    return { ok: false, detail: `the payload is not JSON: ${payload.slice(0, 100)}` }
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return { ok: true, value: parsed.data }
  const issue = parsed.error.issues[0]
  const field = issue?.path[0] === undefined ? 'the payload' : String(issue.path[0])
  return { ok: false, detail: `${field} is not what EMQX writes there: ${issue?.message ?? 'unreadable'}` }
}
