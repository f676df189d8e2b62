/** What an observer is handed, as much of it as is looked at, and what it makes of that. */
import type { Observation } from './types.ts'

/** As much of a packet as is looked at. */
export interface Packet {
  readonly cmd: string
  readonly reasonCode?: number
  readonly returnCode?: number
  readonly sessionPresent?: boolean
  readonly topic?: string
  readonly subscriptions?: readonly { readonly topic: string }[]
  readonly properties?: { readonly serverKeepAlive?: number }
}
/** As streams of Node have it. */
export interface Fault {
  readonly message: string
  readonly code?: string
}
/** What is not known is undefined here, and absent in what is told. */
type Loose<T> = { -readonly [K in keyof T]: T[K] | undefined }
export type Untold = Observation extends infer T
  ? T extends Observation
    ? Loose<Omit<T, 'type' | 'atMs' | 'sequence'>> & Pick<T, 'type'>
    : never
  : never
