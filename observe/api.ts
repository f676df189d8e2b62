/** What an application gives to an observer, and gets. */
import type { PublishOptions } from './publish.ts'
import type { Observation, Observed } from './types.ts'

export interface ObserverOptions extends PublishOptions {
  /** Send what is seen to the client's own broker, to `keepwatch/v1/clients/{clientId}`. */
  readonly publish?: boolean
  /** Gets each event but pings and refusals as one line that `keepwatch import` reads. */
  readonly log?: (line: string) => void
  /** Tell the topic of the last packet that was sent. */
  readonly topics?: boolean
}
type Named<T extends Observation['type']> = Extract<Observation, { type: T }>
export interface Observer {
  readonly on: <T extends Observation['type']>(type: T, listener: (event: Named<T>) => void) => Observer
  readonly observed: () => Promise<Observed>
  readonly stop: () => void
}
