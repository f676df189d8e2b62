/** The document in which a client's own process says what it saw: its topic, its form, its bounds. */
import * as z from 'zod/mini'
import { clientCauseNames, phaseNames, runtimeNames, transportNames } from './client-cause.ts'
import { maxClientIdBytes } from './event.ts'

/** Clients publish to this and their id. */
export const claimsTopic = 'keepwatch/v1/clients/'
/** Of one document. The publisher stays far below both. */
export const maxClaimBytes = 32 * 1024
export const maxClaimEvents = 200

/** Where the client of that id publishes: what a topic may not hold, and what parts it, is percent-encoded. */
export function claimTopicOf(clientId: string): string {
  return claimsTopic + clientId.replace(/[%#+/\p{Cc}]/gu, encodeURIComponent)
}

/**
 * Whose topic this is. An id has one topic alone: were `%41` read as `A`, the client called `%41` could speak for `A`
 * wherever the access list compares topics with ids as they are.
 */
export function claimantOf(topic: string): string | undefined {
  if (!topic.startsWith(claimsTopic)) return undefined
  try {
    const clientId = decodeURIComponent(topic.slice(claimsTopic.length))
    return claimTopicOf(clientId) === topic ? clientId : undefined
  } catch {
    return undefined
  }
}

/** Longer texts are cut, for what is in front is worth keeping; half a character is none. */
const upTo = (characters: number) =>
  z.pipe(
    z.string(),
    z.transform((text) => text.slice(0, characters).replace(/[\ud800-\udbff]$/, '')),
  )
/** What a library sends in the moment in which it gives up is a little later than the end: that is no reason to lose it. */
const figure = z.pipe(
  z.number().check(z.minimum(-1000), z.maximum(1e12)),
  z.transform((value) => Math.max(0, Math.round(value))),
)
const told = {
  atMs: z.pipe(
    z.number().check(z.minimum(-8.64e15), z.maximum(8.64e15)),
    z.transform((value) => Math.round(value)),
  ),
  sequence: z.number().check(z.int(), z.minimum(0)),
}
/** One that this version does not know yet is unknown. */
const ClientCauseName = z.pipe(
  z.string(),
  z.transform((text) => clientCauseNames.find((name) => name === text) ?? 'unknown'),
)
export const ClaimSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('connected'),
    ...told,
    keepaliveSeconds: z.optional(figure),
    attempt: z.optional(figure),
    connectMs: z.optional(figure),
    sessionPresent: z.optional(z.boolean()),
  }),
  z.object({
    type: z.literal('closed'),
    ...told,
    cause: ClientCauseName,
    connected: z.boolean(),
    code: z.optional(z.number().check(z.int(), z.minimum(0), z.maximum(65_535))),
    text: z.optional(upTo(300)),
    keepaliveSeconds: z.optional(figure),
    sessionMs: z.optional(figure),
    errorCode: z.optional(upTo(64)),
    phase: z.optional(z.enum(phaseNames)),
    attempt: z.optional(figure),
    sinceReceivedMs: z.optional(figure),
    sinceSentMs: z.optional(figure),
    rttMs: z.optional(figure),
    publishesSent: z.optional(figure),
    publishesReceived: z.optional(figure),
    lastSent: z.optional(upTo(16)),
    lastTopic: z.optional(upTo(256)),
    hidden: z.optional(z.boolean()),
  }),
  z.object({ type: z.literal('offline'), ...told }),
  z.object({ type: z.literal('reconnecting'), ...told, attempt: z.optional(figure) }),
])
export type Claim = z.infer<typeof ClaimSchema>
export type Closed = Extract<Claim, { type: 'closed' }>
export const claimTypes: readonly unknown[] = ['connected', 'closed', 'offline', 'reconnecting']

/** Fields that are not listed are let pass, and not stored: a newer observer may tell more. */
export const DocumentSchema = z.object({
  keepwatch: z.literal(1, 'only version 1 of the document is known'),
  clientId: z.optional(z.string().check(z.maxLength(maxClientIdBytes))),
  protocol: z.optional(z.literal([3, 4, 5])),
  transport: z.optional(z.enum(transportNames)),
  runtime: z.optional(z.enum(runtimeNames)),
  endpoint: z.optional(upTo(256)),
  cleanStart: z.optional(z.boolean()),
  reconnectPeriodMs: z.optional(figure),
  connectTimeoutMs: z.optional(figure),
  libraryVersion: z.optional(upTo(64)),
  process: upTo(64),
  dropped: z.optional(figure),
  events: z.array(z.unknown()),
})
export type ClaimDocument = z.infer<typeof DocumentSchema>
