/** Finding a client without its id: those that stood out in some minutes, and the watched ones. */
import { joinTopClients, mostBrokersOfClient, type TopClientAnywhere } from './joined-minutes.ts'
import type { Watched } from './minute.ts'

/** What a minute tells of single clients, on whichever brokers. */
export interface TellingMinute {
  readonly minute: string
  readonly topClients: readonly TopClientAnywhere[]
  readonly watched?: readonly (Watched & { readonly broker: string })[] | undefined
}

export interface FoundClient {
  readonly clientId: string
  /** On which it stood out, or was last. */
  readonly brokers: string[]
  readonly disconnects: number
  readonly attempts: number
  readonly takeovers: number
  readonly peers: string[]
  readonly lastMinute?: string
  readonly watched?: { readonly offlineMinutes: number; readonly online?: boolean; readonly at?: string }
}

/**
 * Out of minutes, newest first: who stood out, with the sum of what is told of it, by disconnects; then the watched ones
 * that did not, those that are offline first. What a client did in minutes in which it did not stand out is not told.
 */
export function clientsIn(
  minutes: readonly TellingMinute[],
  watchedClients: ReadonlyMap<string, number>,
  limit: number,
): FoundClient[] {
  const last = new Map<string, string>()
  for (const { minute, topClients } of minutes) {
    for (const { clientId } of topClients) if (!last.has(clientId)) last.set(clientId, minute)
  }
  const states = watchedStates(minutes)
  const everyone = minutes.map(({ topClients }) => topClients)
  const found = new Map(
    joinTopClients(everyone, Number.POSITIVE_INFINITY).map((top): [string, FoundClient] => {
      const lastMinute = last.get(top.clientId)
      return [
        top.clientId,
        {
          clientId: top.clientId,
          brokers: top.brokers ?? [],
          disconnects: top.disconnects,
          attempts: top.attempts ?? 0,
          takeovers: top.takeovers ?? 0,
          peers: top.peers ?? [],
          ...(lastMinute === undefined ? {} : { lastMinute }),
        },
      ]
    }),
  )
  for (const [clientId, offlineMinutes] of watchedClients) {
    const { brokers = [], ...state } = states.get(clientId) ?? {}
    const calm = { clientId, brokers, disconnects: 0, attempts: 0, takeovers: 0, peers: [] }
    found.set(clientId, { ...(found.get(clientId) ?? calm), watched: { offlineMinutes, ...state } })
  }
  return [...found.values()].toSorted(inOrder).slice(0, limit)
}

function inOrder(a: FoundClient, b: FoundClient): number {
  const urgency = ({ watched }: FoundClient) => (watched === undefined ? 0 : watched.online === false ? 2 : 1)
  return (
    b.disconnects - a.disconnects ||
    b.attempts - a.attempts ||
    urgency(b) - urgency(a) ||
    (a.clientId < b.clientId ? -1 : 1)
  )
}

/** How each watched client stood last: online if it is on any broker; on each its newest word counts. */
function watchedStates(minutes: readonly TellingMinute[]) {
  const words = new Map<string, Map<string, Watched>>()
  for (const { watched = [] } of minutes) {
    for (const each of watched) {
      const own = words.get(each.clientId) ?? new Map<string, Watched>()
      if (!own.has(each.broker)) own.set(each.broker, each)
      words.set(each.clientId, own)
    }
  }
  return new Map(
    [...words].map(([clientId, byBroker]) => {
      const all = [...byBroker].toSorted(
        ([, a], [, b]) => Number(b.online) - Number(a.online) || (a.at > b.at ? -1 : 1),
      )
      const [, stands] = all[0] ?? []
      const brokers = all.filter(([, { online }]) => online === stands?.online).map(([broker]) => broker)
      return [
        clientId,
        {
          brokers: (stands?.online === true ? brokers : brokers.slice(0, 1)).slice(0, mostBrokersOfClient),
          ...(stands === undefined ? {} : { online: stands.online, at: stands.at }),
        },
      ]
    }),
  )
}
