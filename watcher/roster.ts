/** Which brokers can be asked who is connected, and how. */
import { type ApiAccess } from './api-request.ts'
import { fetchEmqxRoster } from './roster-emqx.ts'
import { fetchNanomqRoster } from './roster-nanomq.ts'
import { fetchRabbitRoster, type Roster } from './rabbitmq-roster.ts'

export type { Roster } from './rabbitmq-roster.ts'

/** Asks for all connected clients. Never rejects. */
export type FetchRoster = (access: ApiAccess, asked: RosterQuestion) => Promise<Roster>
export interface RosterQuestion {
  /** Name of the broker behind the feed, for lists that do not tell it. */
  readonly broker: string
}

const fetchers: ReadonlyMap<string, FetchRoster> = new Map<string, FetchRoster>([
  ['emqx', fetchEmqxRoster],
  ['nanomq', fetchNanomqRoster],
  ['rabbitmq', fetchRabbitRoster],
])

/** How a broker product is asked, by the name of its dialect; undefined where it has no list. */
export function rosterOf(dialect: string): FetchRoster | undefined {
  return fetchers.get(dialect)
}
