/** A story that really happens: brokers, paths and clients of this machine, with the answer that is right. */
import type { Asked, Ground } from './ground.ts'

export interface LiveStory {
  readonly title: string
  /** Names of the diagnoses that are right; several only where what happens is each of them. */
  readonly right: readonly [string, ...string[]]
  /** It is told as if everything had taken so many times as long: signs of some causes take minutes to show. */
  readonly timesSlower?: number
  /** Lets it happen until all of it is recorded, and says of whom is asked. */
  readonly happen: (ground: Ground) => Promise<Asked>
}
