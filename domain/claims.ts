/** What clients say of their own connections: a document of `observe` → events of the client's view, or why there are none. */
import * as z from 'zod/mini'
import { causes } from './cause.ts'
import {
  type Claim,
  type ClaimDocument,
  ClaimSchema,
  claimTypes,
  type Closed,
  DocumentSchema,
  maxClaimEvents,
} from './claim-document.ts'
import type { ClientCause } from './client-cause.ts'
import { causeOfClosed } from './closed-cause.ts'
import { placeInTime, type RejectionReason } from './dialect.ts'
import { clientIdFault } from './dialects/reading.ts'
import { type EventDraft, EvidenceSchema } from './event.ts'
import { harmless } from './text.ts'
import { dayMs } from './time.ts'

/** By whom, and how, a document came. */
export interface ClaimContext {
  readonly cluster: string
  readonly broker: string
  /** Of the topic, where there is one; what the document says is then not looked at. */
  readonly clientId?: string
  readonly receivedAtMs: number
  /** A stamp so long before is believed; a day, unless somebody vouches for more. */
  readonly believedMs?: number
  readonly isOwn: (clientId: string) => boolean
}
export interface ReadClaims {
  readonly events: readonly EventDraft[]
  readonly rejected: readonly { readonly reason: RejectionReason; readonly detail: string }[]
}

/** Is this parsed JSON meant to be a document of claims? */
export function isClaimDocument(value: unknown): value is { readonly keepwatch: unknown; readonly endpoint?: unknown } {
  return typeof value === 'object' && value !== null && 'keepwatch' in value
}

/** Reads the text of a document. Never throws. */
export function readClaims(text: string, context: ClaimContext): ReadClaims {
  try {
    return readClaimDocument(JSON.parse(text), context)
  } catch {
    return none('malformed', 'no JSON')
  }
}

/** Reads a parsed document, unchecked. A claim that cannot be read costs itself, not its neighbours. Never throws. */
export function readClaimDocument(value: unknown, context: ClaimContext): ReadClaims {
  const parsed = DocumentSchema.safeParse(value)
  if (!parsed.success) return none('malformed', faultOf(parsed.error))
  const document = parsed.data
  const { clientId = document.clientId } = context
  if (clientId === undefined) return none('malformed', 'clientId: required')
  const fault = clientIdFault(clientId)
  if (fault !== undefined) return none('malformed', `clientId: ${fault}`)
  if (document.events.length > maxClaimEvents) {
    return none('claim_bound', `${document.events.length} events; a document may have ${maxClaimEvents}`)
  }
  const events: EventDraft[] = []
  const rejected: Rejected[] = []
  for (const [index, each] of document.events.entries()) {
    const claim = ClaimSchema.safeParse(each)
    if (claim.success) {
      if (isRecorded(claim.data))
        events.push(eventOf(claim.data, { document, clientId, context, isFirst: index === 0 }))
      continue
    }
    const isKnown = claimTypes.includes(Object(each).type)
    rejected.push({
      reason: isKnown ? 'malformed' : 'not_lifecycle',
      detail: `events.${index}: ${faultOf(claim.error)}`,
    })
  }
  return { events, rejected }
}

/** An attempt that the application itself gave up failed for nobody. */
function isRecorded(claim: Claim): boolean {
  return claim.type !== 'closed' || claim.connected || claim.cause !== 'local_end'
}

interface Claimed {
  readonly document: ClaimDocument
  readonly clientId: string
  readonly context: ClaimContext
  readonly isFirst: boolean
}

/**
 * The event, by the client's stamp: a function of the document alone, so that two watchers store the same. Only a stamp
 * more than a day off is replaced by the time of receipt, which each watcher has its own.
 */
function eventOf(claim: Claim, { document, clientId, context, isFirst }: Claimed): EventDraft {
  const { cluster, broker, receivedAtMs, believedMs = dayMs, isOwn } = context
  const ageMs = receivedAtMs - claim.atMs
  const isBelieved = ageMs >= 0 && ageMs <= believedMs
  const { atMs, evidence: clock } = isBelieved ? { atMs: claim.atMs } : placeInTime(claim.atMs, receivedAtMs)
  const { dropped = 0, protocol, cleanStart, process } = document
  const { keepaliveSeconds } = 'keepaliveSeconds' in claim ? claim : {}
  return {
    atMs,
    ordinal: claim.sequence,
    cluster,
    broker,
    clientId,
    ...whatOf(claim, atMs),
    view: 'client',
    own: isOwn(clientId),
    ...(protocol === undefined ? {} : { protocol }),
    ...(keepaliveSeconds === undefined ? {} : { keepaliveSeconds }),
    ...(cleanStart === undefined ? {} : { cleanStart }),
    sessionKey: `${process}-${claim.sequence}`,
    evidence: {
      ...evidenceOf(claim, document),
      ...clock,
      ...(isFirst && dropped > 0 ? { droppedBefore: dropped } : {}),
    },
  }
}

function whatOf(claim: Claim, atMs: number): Pick<EventDraft, 'type'> & Partial<EventDraft> {
  if (claim.type !== 'closed') return { type: claim.type }
  const { cause: clientCause, connected, code, text, sessionMs } = claim
  const cause = causeOfClosed(code === undefined ? { cause: clientCause } : { cause: clientCause, code })
  const isMqtt = ofMqtt.includes(clientCause) && code !== undefined && code <= 255
  return {
    type: connected ? 'disconnected' : 'refused',
    cause,
    initiator: initiatorOf(claim),
    graceful: causes[cause].graceful,
    ...(text === undefined || text === '' ? {} : { reason: text }),
    ...(isMqtt ? { reasonCode: code } : {}),
    ...(connected && sessionMs !== undefined ? { connectedAtMs: atMs - sessionMs } : {}),
  }
}

const Evidence = z.object(EvidenceSchema.shape)

/** Of document and claim together, what evidence has a name for. */
function evidenceOf(claim: Claim, document: ClaimDocument): NonNullable<EventDraft['evidence']> {
  const { cause, code } = claim.type === 'closed' ? claim : {}
  const isStatus = code !== undefined && (cause === 'ws_close' || cause === 'ws_handshake')
  return Evidence.parse({
    ...document,
    ...claim,
    ...(cause === undefined ? {} : { clientCause: cause }),
    ...(isStatus ? { statusCode: code } : {}),
  })
}

/** Their codes are those of MQTT. */
const ofMqtt: readonly ClientCause[] = ['server_disconnect', 'connack_refused', 'protocol_error']
/** The client closed, whatever made it. */
const byClient: readonly ClientCause[] = [
  'local_end',
  'local_destroy',
  'keepalive_timeout',
  'connack_timeout',
  'protocol_error',
]
const byServer: readonly ClientCause[] = ['server_disconnect', 'connack_refused', 'ws_handshake']
/** Not sent by anybody, says RFC 6455 §7.4.1, but what is told where no code came. */
const noCloseCodes: readonly (number | undefined)[] = [undefined, 1005, 1006, 1015]

/** Who closed, as the client saw it. That the cause it names has another initiator, seen from the broker, is no contradiction. */
function initiatorOf({ cause, code }: Pick<Closed, 'cause' | 'code'>): EventDraft['initiator'] {
  if (byClient.includes(cause)) return 'client'
  if (byServer.includes(cause)) return 'server'
  if (cause === 'ws_close') return noCloseCodes.includes(code) ? 'network' : 'server'
  return cause === 'unknown' ? 'unknown' : 'network'
}

type Rejected = ReadClaims['rejected'][number]

function none(reason: RejectionReason, detail: string): ReadClaims {
  return { events: [], rejected: [{ reason, detail }] }
}

function faultOf({ issues: [issue] }: z.core.$ZodError): string {
  return harmless(`${issue?.path.map(String).join('.') || 'the document'}: ${issue?.message ?? 'wrong'}`, 200)
}
