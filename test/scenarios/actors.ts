/** Who acts in the small world of the stories, and what can be made to happen there. */
import type { Case, Subject } from '../../domain/case.ts'
import type { Cause } from '../../domain/cause.ts'
import type { ClientCause } from '../../domain/client-cause.ts'
import type { Event, EventDraft } from '../../domain/event.ts'
import type { Minute } from '../../domain/minute.ts'

export type Evidence = NonNullable<Event['evidence']>

export interface Traits {
  readonly broker: string
  /** Address and port; each connection gets a new port unless one is given with `begin`. */
  readonly address: string
  readonly keepaliveSeconds: number
  readonly protocol: 4 | 5
  readonly cleanStart: boolean
  /** Its application uses observe(client) and publishes what it saw. */
  readonly observes: boolean
  /** By how much its clock is ahead of the brokers'. */
  readonly clockMs: number
  readonly process: string
  readonly libraryVersion: string
  readonly transport: NonNullable<Evidence['transport']>
  readonly reconnectPeriodMs: number
}
export interface Member extends Traits {
  readonly clientId: string
}
export interface Connection {
  readonly member: Member
  readonly broker: string
  readonly beganMs: number
  readonly peer: string
  readonly key: string
}

export interface EndTold {
  /** What the broker says. */
  readonly cause: Cause
  /** What the client sees; absent: it tells nothing of this end. */
  readonly sees?: {
    readonly cause: ClientCause
    readonly code?: number
    readonly atMs?: number
    readonly evidence?: Evidence
  }
  readonly reasonCode?: number
  /** In the broker's words; without: the cause's name. */
  readonly reason?: string
  /** The broker tells no end. */
  readonly silent?: boolean
}

export interface World {
  readonly beginMs: number
  /** How many clients the fleet around the story has. */
  readonly size: number
  readonly brokers: readonly string[]
  /** 0 ≤ x < 1, seeded. */
  readonly random: () => number
  readonly between: (from: number, to: number) => number
  /** Normally distributed about a mean. */
  readonly near: (mean: number, sigma: number) => number
  readonly member: (clientId: string, traits?: Partial<Traits>) => Member
  readonly begin: (
    member: Member,
    atMs: number,
    told?: {
      readonly broker?: string
      readonly peer?: string
      readonly attempt?: number
      readonly sessionPresent?: boolean
      readonly connectMs?: number
    },
  ) => Connection
  readonly end: (connection: Connection, atMs: number, told: EndTold) => void
  /** A failed attempt. `code` of CONNACK, where the broker said no; `sees` where only the client knows. */
  readonly refuse: (
    member: Member,
    atMs: number,
    told: {
      readonly broker?: string
      readonly cause?: Cause
      readonly code?: number
      readonly reason?: string
      readonly sees?: { readonly cause: ClientCause; readonly code?: number; readonly evidence?: Evidence }
    },
  ) => void
  /** Any event of one's own. */
  readonly tell: (draft: Partial<EventDraft> & { readonly atMs: number }) => void
  /** A broker's figure in the minutes from then on, such as its number of connected clients. */
  readonly gauge: (broker: string, name: keyof Minute['gauges'], atMs: number, value: number) => void
  /** Changes what is known of a broker. */
  readonly configure: (
    broker: string,
    known: { readonly weight?: number; readonly maximumConnections?: number },
  ) => void
  /** From then on nothing at all is told of this broker in minutes. */
  readonly vanish: (broker: string, atMs: number) => void
  /** The fleet lives its usual life from `beginMs` until then: long sessions, few ends, of usual causes. */
  readonly fleet: (untilMs: number, traits?: Partial<Traits>) => readonly Member[]
  /** The case as it would be gathered from the store. */
  readonly caseOf: (subject: Subject, span?: Span) => Case
}

/** What of the world is gathered; without bounds all of it. */
export interface Span {
  readonly fromMs?: number
  readonly toMs?: number
  /** As for alerts in a replay: no single event is known. */
  readonly minutesOnly?: boolean
}
