/** What an observer tells of a client, and what it can be asked for. */
import type { ClosedFacts, Runtime, Transport } from '../domain/client-cause.ts'

/** What is told of every event. Times are epoch milliseconds by the client's clock. */
interface Told {
  readonly atMs: number
  /** Counts the observer's events: two of one instant stay in order, and apart. */
  readonly sequence: number
}

/** CONNACK said yes. */
export interface Connected extends Told {
  readonly type: 'connected'
  /** Attempts it took since a connection last stood; 1: the first one stood. */
  readonly attempt: number
  readonly connectMs: number
  readonly sessionPresent: boolean
  /** Effective keepalive: what the broker said in CONNACK, else what was asked for. */
  readonly keepaliveSeconds: number
}

/** One for each close, of a session or of an attempt that never became one. */
export interface Closed extends Told, ClosedFacts {
  readonly type: 'closed'
  /** In plain language, with the figures. */
  readonly text: string
  readonly attempt: number
  readonly keepaliveSeconds: number
  /** Of a session: how long it lasted. */
  readonly sessionMs?: number
  readonly sinceReceivedMs?: number
  readonly sinceSentMs?: number
  readonly rttMs?: number
  readonly publishesSent?: number
  readonly publishesReceived?: number
  readonly lastSent?: string
  readonly lastTopic?: string
  readonly hidden?: boolean
}

/** CONNACK said no: told at once; the `closed` of the same attempt follows. */
export interface Refused extends Told {
  readonly type: 'refused'
  readonly code: number
}
export interface Offline extends Told {
  readonly type: 'offline'
}
export interface Reconnecting extends Told {
  readonly type: 'reconnecting'
  readonly attempt: number
}
/** PINGREQ was answered. */
export interface Ping extends Told {
  readonly type: 'ping'
  readonly rttMs: number
}
export type Observation = Connected | Closed | Refused | Offline | Reconnecting | Ping

/** What does not change from event to event. */
export interface Observed {
  readonly clientId: string
  /** MQTT protocol level: 3, 4 (3.1.1) or 5. */
  readonly protocol: number
  readonly transport: Transport
  readonly runtime: Runtime
  /** Host and port. */
  readonly endpoint: string
  readonly cleanStart: boolean
  readonly reconnectPeriodMs: number
  readonly connectTimeoutMs: number
  /** Of MQTT.js. */
  readonly libraryVersion?: string
  /** Random name of this process. */
  readonly process: string
}

/**
 * What is published to `keepwatch/v1/clients/{clientId}`, posted to a webhook, or written to a log as one line: the same
 * document everywhere. Pings are not in it; a `refused` is not either, for the `closed` that follows tells it.
 */
export interface ClaimDocument extends Observed {
  readonly keepwatch: 1
  /** Events that found no room since the last document. */
  readonly dropped?: number
  readonly events: readonly Exclude<Observation, Ping | Refused>[]
}
