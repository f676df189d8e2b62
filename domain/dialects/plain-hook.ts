/** The plain form in which anything can tell Keepwatch of a connection: one JSON object an event, documented in docs/webhooks.md. */
import * as z from 'zod/mini'
import { CauseSchema } from '../cause.ts'
import { type HookRequest, placeInTime, type Reading, type ReadingContext } from '../dialect.ts'
import { type EventDraft, maxClientIdBytes } from '../event.ts'
import { BrokerName } from '../feed.ts'
import { type EmqxReason, emqxReasons } from './emqx-reasons.ts'
import { causeOfConnack } from '../reason-codes.ts'
import { clientIdFault, endedBy, rejected } from './reading.ts'

const Text = z.string().check(z.maxLength(maxClientIdBytes))
const Short = z.string().check(z.maxLength(256))
const Count = z.number().check(z.int(), z.minimum(0))

/** RFC 3339 with any offset, or epoch milliseconds; epoch milliseconds come out. */
const Time = z.union(
  [
    z.number().check(z.int(), z.minimum(-8.64e15), z.maximum(8.64e15)),
    z.pipe(
      z.string().check(z.refine((text) => rfc3339.test(text) && !Number.isNaN(Date.parse(text)))),
      z.transform((text) => Date.parse(text)),
    ),
  ],
  'a time is RFC 3339, such as 2026-11-22T10:00:00.123Z, or whole epoch milliseconds',
)
const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/

const common = {
  clientId: Text,
  /** Absent where the address of the webhook names it, or the cluster has one broker alone. */
  broker: z.optional(BrokerName),
  at: Time,
  peer: z.optional(Short),
  username: z.optional(Text),
  protocol: z.optional(z.literal([3, 4, 5])),
  keepaliveSeconds: z.optional(Count),
  cleanStart: z.optional(z.boolean()),
  session: z.optional(Short),
}
const end = {
  cause: z.optional(CauseSchema),
  reason: z.optional(Text),
  reasonCode: z.optional(z.number().check(z.int(), z.minimum(0), z.maximum(255))),
}
/** Exported for the description of the API. */
export const PlainSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('connected'), ...common }),
  z.strictObject({ type: z.literal('disconnected'), ...common, ...end, connectedAt: z.optional(Time) }),
  z.strictObject({ type: z.literal('refused'), ...common, ...end, clientId: z.optional(Text) }),
])
type Plain = z.infer<typeof PlainSchema>

/** Reads one message of a webhook in the plain form. Never throws; a rejection names the field that is wrong. */
export function readPlainHook({ body, receivedAtMs }: HookRequest, context: ReadingContext): Reading {
  const parsed = PlainSchema.safeParse(body)
  if (!parsed.success) return rejected('malformed', faultOf(parsed.error.issues[0]))
  const { type, clientId, broker = context.broker, at: stampMs } = parsed.data
  const fault = clientId === undefined ? undefined : clientIdFault(clientId)
  if (fault !== undefined) return rejected('malformed', `clientId: ${fault}`)
  const { peer, username, protocol, keepaliveSeconds, cleanStart, session } = parsed.data
  const event: EventDraft = {
    ...placeInTime(stampMs, receivedAtMs),
    type,
    ordinal: ordinalOf(parsed.data),
    cluster: context.cluster,
    broker,
    ...(clientId === undefined ? {} : { clientId }),
    view: 'broker',
    own: clientId !== undefined && context.isOwn(clientId),
    ...endOf(parsed.data),
    ...(peer === undefined ? {} : { peer }),
    ...(username === undefined ? {} : { username }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(keepaliveSeconds === undefined ? {} : { keepaliveSeconds }),
    ...(cleanStart === undefined ? {} : { cleanStart }),
    ...(session === undefined ? {} : { session }),
  }
  return { kind: 'events', events: [event] }
}

/** Within one millisecond: the end of a session taken over, the beginning of the next, the end of that very one. */
function ordinalOf(plain: Plain): number {
  if (plain.type === 'connected') return 1
  return plain.type === 'disconnected' && plain.connectedAt === plain.at ? 2 : 0
}

/** A cause that is not told follows from the MQTT 5 reason code, where that is told. */
function endOf(plain: Plain): Partial<EventDraft> {
  if (plain.type === 'connected') return {}
  const { cause, reason, reasonCode } = plain
  const told = { ...(reason === undefined ? {} : { reason }), ...(reasonCode === undefined ? {} : { reasonCode }) }
  if (plain.type === 'refused') return { ...endedBy(cause ?? causeOfConnack(reasonCode ?? 0), 'server'), ...told }
  const known = reasonCode === undefined ? undefined : byCode.get(reasonCode)
  const { connectedAt: connectedAtMs } = plain
  return {
    ...(cause === undefined ? endedBy(known?.cause ?? 'unknown', known?.initiator) : endedBy(cause)),
    ...told,
    ...(connectedAtMs === undefined ? {} : { connectedAtMs }),
  }
}

/** What EMQX knows of MQTT 5 reason codes, by the code rather than its name. */
const byCode: ReadonlyMap<number, EmqxReason> = new Map(
  [...emqxReasons.values()].flatMap((known): [number, EmqxReason][] =>
    known.reasonCode === undefined ? [] : [[known.reasonCode, known]],
  ),
)
function faultOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'the message is not in the plain form'
  if (issue.code === 'unrecognized_keys') return `${issue.keys[0] ?? ''}: there is no such field for this type of event`
  const field = issue.path.map(String).join('.')
  return `${field === '' ? 'the message' : field}: ${field === 'type' ? 'one of connected, disconnected, refused' : issue.message}`
}
