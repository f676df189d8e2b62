/** The messages in a body → events, and why each of the others is none. */
import type { Dialect, HookRequest, ReadingContext, RejectionReason } from '../../domain/dialect.ts'
import { readPlainHook } from '../../domain/dialects/plain-hook.ts'
import type { EventDraft } from '../../domain/event.ts'
import type { PostedClaims } from './claims.ts'

/** Messages in one body. */
export const maxMessages = 1000

/** A message that is no event. `index` is its place in the body. */
export interface Rejection {
  readonly index: number
  readonly reason: RejectionReason
  readonly detail: string
}

export interface ReadMessages {
  readonly events: readonly EventDraft[]
  readonly rejections: readonly Rejection[]
  /** Nothing in it is of a broker: clients, or whoever has their logs, told of themselves. */
  readonly areClaims: boolean
}

interface Readers {
  readonly dialect: Dialect
  readonly context: ReadingContext
  readonly claims: PostedClaims
}

/** Reads every message as the cluster's dialect does; a dialect without webhooks of its own takes the plain form. */
export function readMessages(
  messages: readonly unknown[],
  request: Omit<HookRequest, 'body'>,
  { dialect, context, claims }: Readers,
): ReadMessages {
  const read = dialect.readHook ?? readPlainHook
  const events: EventDraft[] = []
  const rejections: Rejection[] = []
  let documents = 0
  for (const [index, body] of messages.entries()) {
    const claimed = claims.read(body, request.receivedAtMs)
    if (claimed !== undefined) {
      documents += 1
      events.push(...claimed.events)
      rejections.push(...claimed.rejected.map((each) => ({ index, ...each })))
      continue
    }
    const reading = read({ ...request, body }, context)
    if (reading.kind === 'events') events.push(...reading.events)
    else if (reading.kind === 'rejection') rejections.push({ index, reason: reading.reason, detail: reading.detail })
    else rejections.push({ index, reason: 'not_lifecycle', detail: 'it tells of no client' })
  }
  return { events, rejections, areClaims: documents === messages.length }
}

/** Understood, but tells nothing that is recorded: no fault of the sender. */
export function isHarmless({ reason }: Rejection): boolean {
  return reason === 'not_lifecycle' || reason === 'not_watched'
}
