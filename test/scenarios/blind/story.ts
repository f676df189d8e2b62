/** A story as an engineer in the field would see it, with the answers that a careful one would accept, and why. */
import type { Case } from '../../../domain/case.ts'

export interface BlindStory {
  readonly title: string
  /** Answers that are right; the first is what happened. `unknown`: the record cannot tell. */
  readonly accept: readonly [string, ...string[]]
  /** Why these answers, in one line. */
  readonly why: string
  /** A fault of a diagnosis that is known: counted apart, and the test fails once it is mended. */
  readonly known?: string
  readonly tell: (seed: number) => Case
}

export const ofClient = (clientId: string) => ({ of: 'client', clientId }) as const
export const ofBroker = (broker: string) => ({ of: 'broker', broker }) as const
export const ofCluster = { of: 'cluster' } as const

export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour
